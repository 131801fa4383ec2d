// The page: writing and pictures in, what was read out.

import * as api from "./api.js";
import { drawBoxes, itemAt } from "./boxes.js";
import { Corrections } from "./corrections.js";
import { Details } from "./details.js";
import { Sheet } from "./sheet.js";

const PAUSE = 150; // milliseconds after a stroke, until it is read
const UNSURE = 0.8; // a digit less probable than this is marked
const find = (selector) => document.querySelector(selector);

const sheet = new Sheet(find("#sheet"), find("#paper"));
const details = new Details(find("#details"), correct);
const corrections = new Corrections(find("#corrections"));
let answer = null; // the last one
let items = []; // what can be touched: digits, what was left out, boxes that were drawn
let chosen = null;
let source = "drawing";
let timer = 0;
let asking = null; // what ends the request that is under way

function say(words, isWrong = false) {
  find("#status").textContent = words;
  find("#status").classList.toggle("wrong", isWrong);
}

function tell(error) {
  if (error.name === "AbortError") return;
  find("#token-form").hidden = error.status !== 401;
  say(error.message, true);
}

function readSoon(pause = PAUSE) {
  clearTimeout(timer);
  asking?.abort();
  timer = setTimeout(read, pause);
}

async function read() {
  if (sheet.isEmpty) return show(null);
  const mine = (asking = new AbortController());
  say("Reading …");
  try {
    const asked = await question();
    const got = await api.read(asked, "application/json", mine.signal);
    if (mine !== asking) return;
    if (!sheet.isShown) await sheet.replaceShown(await api.read(asked, "image/png", mine.signal));
    if (mine === asking) show(got);
  } catch (error) {
    if (mine !== asking) return;
    if (error.status === 503) return readSoon(1000 * (error.wait || 1));
    show(null);
    tell(error);
  }
}

async function question() {
  return { picture: await sheet.file(), isDrawing: !sheet.hasPicture, model: find("#model").value };
}

function show(got) {
  answer = got;
  const page = got?.images[0];
  if (page) sheet.settle(page.width, page.height, page.rotation);
  const digits = page?.digits.map(({ label: _unknown, ...each }) =>
    ({ ...each, kind: "digit", isUnsure: each.probability < UNSURE }));
  items = [...(digits ?? []), ...(page?.rejected.map((each) => ({ ...each, kind: "rejected" })) ?? [])];
  choose(null);
  showText();
  showRejected();
  for (const id of ["copy", "json", "csv"]) find(`#${id}`).disabled = !page;
  const count = digits?.length ?? 0;
  const said = page && `${count} ${count === 1 ? "digit" : "digits"} in ${Math.round(got.timing_ms.total)} ms`;
  say([said, page?.note].filter(Boolean).join("\n"));
}

function showText() {
  const lines = answer?.images[0].lines ?? [];
  find("#text").replaceChildren(...lines.map((_, line) => {
    const row = document.createElement("p");
    row.append(...items.filter((item) => item.line === line).map(digitButton));
    return row;
  }));
}

function digitButton(item) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = item.label === "none" ? "×" : item.label ?? item.read_as;
  button.title = `${(100 * item.probability).toFixed(1)} %`;
  button.classList.toggle("unsure", item.isUnsure);
  button.setAttribute("aria-pressed", item === chosen);
  button.addEventListener("click", () => choose(item));
  item.button = button;
  return button;
}

function showRejected() {
  const rejected = items.filter((item) => item.kind === "rejected");
  find("#rejected").hidden = !rejected.length;
  find("#rejected ul").replaceChildren(...rejected.map((item) => {
    const entry = document.createElement("li");
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = item.reason;
    button.addEventListener("click", () => choose(item));
    entry.append(button);
    return entry;
  }));
}

function choose(item) {
  chosen?.button?.setAttribute("aria-pressed", false);
  chosen = item;
  chosen?.button?.setAttribute("aria-pressed", true);
  details.show(item, answer?.images[0].class_names ?? [..."0123456789"]);
  showBoxes();
}

function showBoxes(drawn = []) {
  find("#hint").hidden = !sheet.isEmpty;
  drawBoxes(find("#boxes"), sheet.page, [...items, ...drawn], chosen);
}

function correct(item, label) {
  const { name, version } = answer?.model ?? {};
  corrections.add(item, label, sheet, { source, model: name ? `${name}/${version}` : "" });
  item.button?.replaceWith(digitButton(item));
  choose(item);
}

function mark(isOn) {
  sheet.isMarking = isOn;
  find("#mark").setAttribute("aria-pressed", isOn);
}

function take(file) {
  if (!file) return;
  source = file.name || "pasted";
  mark(false);
  sheet.show(file);
}

function download(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

sheet.addEventListener("begin", () => { clearTimeout(timer); find("#hint").hidden = true; });
sheet.addEventListener("fit", () => showBoxes());
sheet.addEventListener("change", () => {
  if (!sheet.hasPicture) source = "drawing";
  if (sheet.isEmpty) { clearTimeout(timer); asking?.abort(); asking = null; show(null); }
  else readSoon(sheet.hasPicture ? 0 : PAUSE);
});
sheet.addEventListener("marking", ({ detail }) => showBoxes([{ box: detail, kind: "missed" }]));
sheet.addEventListener("marked", ({ detail }) => {
  mark(false);
  if (Math.min(detail[2], detail[3]) < 4) return showBoxes();
  const item = { box: detail, kind: "missed" };
  items.push(item);
  choose(item);
  find("#details-title").focus();
});
sheet.addEventListener("tap", (event) => {
  const item = itemAt(items, event.detail, (4 * sheet.page.width) / find("#sheet").clientWidth);
  if (!item) return;
  event.preventDefault();
  choose(item);
});

find("#undo").addEventListener("click", () => sheet.undo());
find("#clear").addEventListener("click", () => sheet.clear());
find("#mark").addEventListener("click", () => mark(!sheet.isMarking));
find("#model").addEventListener("change", () => readSoon(0));
for (const id of ["file", "camera"]) {
  find(`#${id}`).addEventListener("change", (event) => { take(event.target.files[0]); event.target.value = ""; });
}
find("#copy").addEventListener("click", async () => {
  try {
    await navigator.clipboard.writeText(answer.images[0].lines.join("\n"));
    say("Copied");
  } catch {
    getSelection().selectAllChildren(find("#text"));
    say("Selected; copy it with the keyboard");
  }
});
find("#json").addEventListener("click", () =>
  download(new Blob([JSON.stringify(answer, null, 1)], { type: "application/json" }), "predictions.json"));
find("#csv").addEventListener("click", async () => {
  try {
    download(await api.read(await question(), "text/csv"), "predictions.csv");
  } catch (error) { tell(error); }
});
find("#discard").addEventListener("click", () => { corrections.discard(); showText(); choose(null); });
find("#save").addEventListener("click", async () => {
  try {
    const { saved, folder } = await api.keep(await corrections.told());
    corrections.saved();
    say(`${saved} saved in ${folder}`);
  } catch (error) { tell(error); }
});
find("#token-form").addEventListener("submit", (event) => {
  event.preventDefault();
  api.keepToken(find("#token").value);
  find("#token-form").hidden = true;
  start();
});
addEventListener("keydown", (event) => {
  if (event.key === "Escape") { mark(false); choose(null); }
  if (event.key === "z" && (event.ctrlKey || event.metaKey) && !event.target.matches("input")) sheet.undo();
});
addEventListener("paste", (event) => take([...event.clipboardData.files].find((file) => file.type.startsWith("image/"))));
for (const name of ["dragover", "dragleave", "drop"]) {
  addEventListener(name, (event) => {
    event.preventDefault();
    find("#sheet").classList.toggle("dropping", name === "dragover");
    if (name === "drop") take(event.dataTransfer.files[0]);
  });
}

async function start() {
  try {
    const { current, models } = await api.models();
    const names = models.map(({ name, version }) => `${name}/${version}`);
    find("#model").replaceChildren(...names.map((name) => new Option(name)),
      new Option("page network", names.length ? "none" : "")); // "": whatever is exported later
    find("#model").value = current ?? (names.length ? "none" : "");
    say("");
    if (!sheet.isEmpty) readSoon(0);
  } catch (error) { tell(error); }
}

start();
