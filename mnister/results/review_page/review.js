"use strict";
// Numbers come in parts of JSON; one is opened when it is about to be seen, so that 20,000 are no
// more work than those that were looked at. What a reviewer says is kept as {number: text}.
const $ = (id) => document.getElementById(id);
const settings = JSON.parse($("settings").textContent);
const parts = [...document.querySelectorAll("script.part")];
const at = Object.fromEntries(settings.columns.map((name, i) => [name, i]));
const key = `mnister-review-${settings.id}`;
const rows = [];  // of the numbers in the parts that were opened
const likeliest = [];  // what each is read as; the text of those has ? for digits that are not sure
const cards = [];
let said = {};
let isKept = true;
let isChanged = false;

try {
  said = JSON.parse(localStorage.getItem(key) || "{}");
} catch {
  isKept = false;
}

function keep() {
  isChanged = true;
  try {
    localStorage.setItem(key, JSON.stringify(said));
  } catch {
    isKept = false;
  }
  tell();
}

function tell() {
  const done = Object.keys(said).length;
  const corrected = Object.values(said).filter((entry) => !entry.isRight).length;
  $("progress").max = Math.max(1, settings.count);
  $("progress").value = done;
  $("status").textContent =
    `${done.toLocaleString("en")} of ${settings.count.toLocaleString("en")} checked` +
    (corrected ? `, ${corrected.toLocaleString("en")} corrected` : "");
}

function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

function percent(row) {
  return `${(100 * Number(row[at.probability])).toFixed(1)} %`;
}

function placeOf(row) {
  const cell = row[at.row] === "" ? "" : `, row ${row[at.row] + 1} column ${row[at.column] + 1}`;
  return `line ${row[at.line] + 1}${cell}`;
}

function fileOf(row) {
  return String(row[at.file] || "picture").split(/[\\/]/).pop();
}

function show(n) {
  const card = cards[n], entry = said[n];
  card.classList.toggle("right", Boolean(entry?.isRight));
  card.classList.toggle("wrong", Boolean(entry && !entry.isRight));
  const button = card.querySelector(".ok");
  button.textContent = entry && !entry.isRight ? "✎" : "✓";
  button.setAttribute("aria-pressed", String(Boolean(entry)));
  const state = !entry ? "" : entry.isRight ? ", right" : entry.text ? ", corrected" : ", no number";
  const unsure = rows[n][at.sure] === "false" ? "not sure, " : "";
  card.querySelector(".said").textContent = unsure + percent(rows[n]) + state;
}

function decide(n) {
  const read = rows[n][at.text], input = cards[n].querySelector("input");
  const text = input.value.trim();
  input.value = text;
  said[n] = { text, isRight: text === read };
  show(n);
}

function takeBack(n) {
  delete said[n];
  cards[n].querySelector("input").value = likeliest[n];
  show(n);
}

function card(row, picture, n) {
  const input = element("input", {
    value: said[n] ? said[n].text : likeliest[n], autocomplete: "off", spellcheck: false,
    enterKeyHint: "next", inputMode: /^[\d?]*$/.test(row[at.text]) ? "numeric" : "text",
  });
  input.dataset.n = n;
  input.setAttribute("aria-label", `Number ${n + 1} of ${settings.count}, read as ` +
    `${likeliest[n]}, ${percent(row)} sure, ${fileOf(row)}, ${placeOf(row)}`);
  const button = element("button", { type: "button", className: "ok", tabIndex: -1 });
  button.dataset.n = n;
  button.setAttribute("aria-label", `Number ${n + 1} is checked`);
  return element("li", { className: likeliest[n].length > 6 ? "long" : "" },
    element("div", { className: "picture" },
      element("img", { src: `data:image/webp;base64,${picture}`, alt: "", decoding: "async" })),
    input, button,
    element("p", { className: "said" }),
    element("p", { className: "where", title: row[at.file] || "" }, `${fileOf(row)}, ${placeOf(row)}`));
}

// Open the next part; false where there is none.
function openPart() {
  const part = parts.shift();
  if (!part) return false;
  const first = rows.length, list = element("ol");
  for (const { row, likely, picture } of JSON.parse(part.textContent)) {
    const n = rows.push(row) - 1;
    likeliest.push(likely);
    cards.push(card(row, picture, n));
    list.append(cards[n]);
    show(n);
  }
  part.remove();
  const last = rows.length - 1;
  const all = element("button", { type: "button", className: "all" },
    `The rest of these ${last - first + 1} are right`);
  all.addEventListener("click", () => {
    for (let n = first; n <= last; n++) if (!said[n]) decide(n);
    keep();
    go(last + 1);
  });
  const section = element("section", {}, list, all);
  section.setAttribute("aria-label", `Numbers ${first + 1} to ${last + 1}`);
  $("numbers").append(section);
  $("end").textContent = parts.length ? "" : settings.count ? "That was all." : "There is no number.";
  return true;
}

function go(n) {
  while (n >= rows.length && openPart());
  const input = cards[n]?.querySelector("input");
  if (!input) return $("download").focus();
  input.focus({ preventScroll: true });
  input.select();
  cards[n].scrollIntoView({ block: "nearest" });
}

$("numbers").addEventListener("focusin", (event) => {
  if (event.target.matches("input")) event.target.select();
});

$("numbers").addEventListener("keydown", (event) => {
  const input = event.target;
  if (!input.matches("input") || event.isComposing) return;
  const n = Number(input.dataset.n);
  if (event.key === "Enter" && !event.shiftKey) {
    decide(n);
    keep();
    go(n + 1);
  } else if (event.key === "ArrowDown") {
    go(n + 1);
  } else if (event.key === "ArrowUp" || event.key === "Enter") {
    if (n) go(n - 1);
  } else if (event.key === "Escape") {
    takeBack(n);
    input.select();
    keep();
  } else {
    return;
  }
  event.preventDefault();
});

// What was typed and left is meant.
$("numbers").addEventListener("change", (event) => {
  const n = Number(event.target.dataset.n);
  if (event.target.value.trim() !== (said[n] ? said[n].text : likeliest[n])) {
    decide(n);
    keep();
  }
});

$("numbers").addEventListener("click", (event) => {
  const button = event.target.closest(".ok");
  if (!button) return;
  const n = Number(button.dataset.n);
  if (said[n]) takeBack(n);
  else decide(n);
  keep();
});

$("next").addEventListener("click", () => {
  let n = 0;
  while (n in said && n < settings.count) n++;
  go(n);
});

// As RFC 4180 has it; "correct" is what is written there, empty: no number.
function csv() {
  for (const n of Object.keys(said)) while (Number(n) >= rows.length && openPart());
  const cell = (value) => /[",\r\n]/.test(value) ? `"${String(value).replaceAll('"', '""')}"` : value;
  const lines = [[...settings.columns, "correct"]];
  for (const n of Object.keys(said)) lines.push([...rows[n], said[n].text]);
  return lines.map((line) => line.map((value) => cell(value ?? "")).join(",") + "\r\n").join("");
}

$("download").addEventListener("click", () => {
  const url = URL.createObjectURL(new Blob([csv()], { type: "text/csv" }));
  element("a", { href: url, download: "corrections.csv" }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60000);
  isChanged = false;
});

addEventListener("beforeunload", (event) => {
  if (isChanged && !isKept) event.preventDefault();
});

history.scrollRestoration = "manual";  // the parts below are not open yet; "Next" leads there
openPart();
tell();
new IntersectionObserver((entries) => {
  if (entries.some((entry) => entry.isIntersecting)) while (openPart() && isNear());
}, { rootMargin: "800px" }).observe($("end"));

function isNear() {
  return $("end").getBoundingClientRect().top < innerHeight + 800;
}
