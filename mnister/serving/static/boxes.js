// Boxes over the sheet, with what was read in each. They are for the eye: the text has them, too.

const SVG = "http://www.w3.org/2000/svg";

export function drawBoxes(svg, page, items, chosen) {
  svg.setAttribute("viewBox", `0 0 ${page.width} ${page.height}`);
  svg.setAttribute("preserveAspectRatio", "none");
  const scale = page.width / (svg.getBoundingClientRect().width || page.width);
  svg.replaceChildren(...items.map((item) => group(item, item === chosen, scale)));
}

function group(item, isChosen, scale) {
  const made = document.createElementNS(SVG, "g");
  made.classList.add(item.kind);
  made.classList.toggle("unsure", item.isUnsure ?? false);
  made.classList.toggle("corrected", item.label !== undefined);
  made.classList.toggle("chosen", isChosen);
  const [x, y, width, height] = item.box;
  const rect = document.createElementNS(SVG, "rect");
  for (const [name, value] of Object.entries({ x, y, width, height, rx: 3 * scale })) {
    rect.setAttribute(name, value);
  }
  made.append(rect);
  const name = item.label ?? (item.kind === "digit" ? item.read_as : "");
  if (name !== "") {
    const text = document.createElementNS(SVG, "text");
    const above = y - 5 * scale > 14 * scale;
    text.setAttribute("transform",
      `translate(${x} ${above ? y - 5 * scale : y + height + 17 * scale}) scale(${scale})`);
    text.textContent = name === "none" ? "×" : name;
    made.append(text);
  }
  return made;
}

// The smallest of the items whose box holds a point, with a little around it.
export function itemAt(items, [x, y], margin) {
  const holding = items.filter(({ box: [left, top, width, height] }) =>
    x > left - margin && x < left + width + margin && y > top - margin && y < top + height + margin);
  holding.sort((a, b) => a.box[2] * a.box[3] - b.box[2] * b.box[3]);
  return holding[0];
}
