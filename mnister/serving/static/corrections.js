// Corrections: each with its own picture, kept here until they are saved or discarded.

import { paintImage } from "./details.js";

export class Corrections {
  #root; #all = [];

  constructor(root) {
    this.#root = root;
  }

  // Note what an item is; a second time replaces the first.
  add(item, label, sheet, origin) {
    this.#all = this.#all.filter((each) => each.item !== item);
    item.label = label;
    this.#all.push({ item, label, canvas: pictureOf(item, sheet), origin });
    this.#show();
  }

  discard() {
    for (const { item } of this.#all) delete item.label;
    this.#all = [];
    this.#show();
  }

  // Return what is sent to the server.
  async told() {
    return Promise.all(this.#all.map(async ({ item, label, canvas, origin }) => ({
      label, picture: canvas.toDataURL("image/png").split(",")[1], box: item.box, kind: item.kind,
      read_as: String(item.read_as ?? item.digit ?? ""), probability: item.probability ?? null, ...origin,
    })));
  }

  saved() {
    this.#all = [];
    this.#show();
  }

  #show() {
    this.#root.hidden = !this.#all.length;
    this.#root.querySelector("ul").replaceChildren(...this.#all.map(({ label, canvas }) => {
      const entry = document.createElement("li");
      entry.append(canvas, label === "none" ? "no digit" : label);
      return entry;
    }));
  }
}

// What the network saw, where it saw something; else what stands in the box.
function pictureOf(item, sheet) {
  if (!item.image) return sheet.cut(item.box);
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 28;
  paintImage(canvas, item.image);
  return canvas;
}
