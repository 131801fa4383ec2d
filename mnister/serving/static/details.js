// What is known of one digit, and the buttons that say what it is.

const percent = (part) => `${(100 * part).toFixed(1)} %`;

export class Details {
  #root; #onRight;

  constructor(root, onRight) {
    this.#root = root;
    this.#onRight = onRight;
  }

  // Show an item: a digit, something that was left out, or a box that was drawn; null: nothing.
  show(item, classNames) {
    this.#root.hidden = !item;
    if (!item) return;
    const find = (selector) => this.#root.querySelector(selector);
    find("h3").textContent = titleOf(item);
    find("#seen-figure").hidden = !item.image;
    if (item.image) paintImage(find("#seen"), item.image);
    find("#bars tbody").replaceChildren(...barsOf(item, classNames));
    find("#reason").textContent = reasonOf(item);
    const names = classNames.filter((name) => name !== "none");
    const buttons = [...names.map((name) => [name, name]), ["none", "No digit"]];
    find("#right").replaceChildren(find("#right legend"), ...buttons.map(([label, words]) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = words;
      button.setAttribute("aria-pressed", item.label === label);
      button.addEventListener("click", () => this.#onRight(item, label));
      return button;
    }));
  }
}

function titleOf(item) {
  if (item.kind === "digit") return `Read as ${item.read_as}`;
  return item.kind === "rejected" ? "Left out" : "A digit that was missed";
}

function reasonOf(item) {
  if (item.kind === "digit") {
    const { digit, probability } = item.second;
    const unsure = item.read_as === "?" ? "Not sure enough. " : "";
    return `${unsure}Second guess: ${digit}, ${percent(probability)}`;
  }
  if (item.kind === "missed") return "Choose what stands in the box.";
  return `Why: ${item.reason}. Nearest digit: ${item.digit}, ${percent(item.probability)}`;
}

function barsOf(item, classNames) {
  return (item.probabilities ?? []).map((probability, i) => {
    const row = document.createElement("tr");
    const [head, cell, value] = ["th", "td", "td"].map((name) => document.createElement(name));
    head.scope = "row";
    head.textContent = classNames[i];
    const bar = document.createElement("span");
    bar.className = "bar";
    bar.style.width = percent(probability).replace(" ", "");
    cell.append(bar);
    value.textContent = percent(probability);
    row.append(head, cell, value);
    return row;
  });
}

// Paint the network's picture, 28 × 28 grey values in base64.
export function paintImage(canvas, base64) {
  const values = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  const picture = new ImageData(28, 28);
  values.forEach((value, i) => picture.data.set([value, value, value, 255], 4 * i));
  canvas.getContext("2d").putImageData(picture, 0, 0);
}
