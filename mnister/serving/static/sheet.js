// The sheet: what is written on it, or a picture. Strokes are kept as points, in pixels of the
// page that is sent, so that a resize, a zoom or a hidden tab loses nothing.

const PEN = 7; // pixels of the screen
const LONGEST = 3000; // pixels of a page that is written on
const TAP = 6; // pixels of the screen: what moves less is no stroke

export class Sheet extends EventTarget {
  #canvas; #frame; #strokes = []; #open = new Map(); #picture = null; #turn = 0;
  isMarking = false;

  constructor(frame, canvas) {
    super();
    this.#frame = frame;
    this.#canvas = canvas;
    this.page = { width: 1, height: 1 };
    canvas.addEventListener("pointerdown", (event) => this.#down(event));
    canvas.addEventListener("pointermove", (event) => this.#move(event));
    for (const name of ["pointerup", "pointercancel", "lostpointercapture"]) {
      canvas.addEventListener(name, (event) => this.#up(event));
    }
    canvas.addEventListener("contextrestored", () => this.draw());
    document.addEventListener("visibilitychange", () => this.draw());
    new ResizeObserver(() => this.#fit()).observe(frame);
    this.#watchZoom();
  }

  get isEmpty() { return !this.#picture && !this.#strokes.length; }
  get hasPicture() { return Boolean(this.#picture); }

  undo() {
    if (this.#picture) this.clear();
    else if (this.#strokes.pop()) this.#changed();
  }

  clear() {
    this.#strokes = [];
    this.#open.clear();
    this.#picture = null;
    this.#turn = 0;
    Object.assign(this.#frame.style, { aspectRatio: "", maxHeight: "", maxWidth: "" });
    this.#changed();
  }

  // Show a picture: a Blob whose pixels, if they can be shown here, are those that are read.
  async show(picture) {
    this.clear();
    this.#picture = { file: picture, shown: await createImageBitmap(picture).catch(() => null) };
    this.#changed();
  }

  // Show something else in the place of a picture that the browser cannot show.
  async replaceShown(picture) {
    if (!this.#picture || this.#picture.shown) return;
    this.#picture.shown = await createImageBitmap(picture);
    this.draw();
  }

  get isShown() { return !this.#picture || Boolean(this.#picture.shown); }

  // Take the page's size, and how far it was turned, from what was read.
  settle(width, height, turn) {
    if (!this.#picture) return;
    this.page = { width, height };
    this.#turn = turn;
    this.#keepShape();
    this.draw();
  }

  async file() {
    if (this.#picture) return this.#picture.file;
    const page = new OffscreenCanvas(this.page.width, this.page.height);
    this.#paint(page.getContext("2d"), 1);
    return page.convertToBlob({ type: "image/png" });
  }

  // Cut a box out of the page, as a canvas of at most 512 pixels.
  cut([x, y, width, height]) {
    const scale = Math.min(1, 512 / Math.max(width, height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(8, Math.round(width * scale));
    canvas.height = Math.max(8, Math.round(height * scale));
    const context = canvas.getContext("2d");
    context.translate(-x * scale, -y * scale);
    this.#paint(context, scale);
    return canvas;
  }

  draw() {
    const box = this.#frame.getBoundingClientRect();
    const ratio = Math.min(devicePixelRatio, 4096 / Math.max(box.width, box.height));
    const [width, height] = [Math.round(box.width * ratio), Math.round(box.height * ratio)];
    if (!width || !height) return; // hidden: there is nothing to draw on, and nothing is lost
    if (this.#canvas.width !== width || this.#canvas.height !== height) {
      this.#canvas.width = width;
      this.#canvas.height = height;
    }
    const context = this.#canvas.getContext("2d");
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, width, height);
    if (!this.isEmpty) this.#paint(context, width / this.page.width);
  }

  #paint(context, scale) {
    const { width, height } = this.page;
    context.save();
    context.scale(scale, scale);
    context.fillStyle = "#fff";
    context.fillRect(0, 0, width, height);
    if (this.#picture?.shown) this.#paintPicture(context);
    context.strokeStyle = context.fillStyle = "#000";
    context.lineCap = context.lineJoin = "round";
    for (const stroke of this.#strokes) paintStroke(context, stroke);
    context.restore();
  }

  #paintPicture(context) {
    const { width, height } = this.page;
    context.translate(width / 2, height / 2);
    context.rotate((-this.#turn * Math.PI) / 180);
    const [w, h] = this.#turn % 180 ? [height, width] : [width, height];
    context.drawImage(this.#picture.shown, -w / 2, -h / 2, w, h);
    context.resetTransform();
  }

  #changed() {
    const { width, height } = this.#picture?.shown ?? {};
    if (width) {
      this.page = { width, height };
      this.#keepShape();
    }
    this.#fit();
    this.dispatchEvent(new Event("change"));
  }

  #keepShape() {
    const { width, height } = this.page;
    this.#frame.style.aspectRatio = `${width} / ${height}`;
    this.#frame.style.maxHeight = "none";
    this.#frame.style.maxWidth = `calc(80vh * ${width / height})`;
  }

  // An empty sheet is as large as its place; one that is written on keeps its shape.
  #fit() {
    const box = this.#frame.getBoundingClientRect();
    if (this.isEmpty && box.width) {
      const ratio = Math.min(Math.max(1, devicePixelRatio), LONGEST / Math.max(box.width, box.height));
      this.page = { width: Math.round(box.width * ratio), height: Math.round(box.height * ratio) };
    }
    this.draw();
    this.dispatchEvent(new Event("fit"));
  }

  #watchZoom() {
    const query = matchMedia(`(resolution: ${devicePixelRatio}dppx)`);
    query.addEventListener("change", () => { this.#fit(); this.#watchZoom(); }, { once: true });
  }

  #at(event) {
    const box = this.#canvas.getBoundingClientRect();
    const { width, height } = this.page;
    return [((event.clientX - box.left) * width) / box.width, ((event.clientY - box.top) * height) / box.height];
  }

  #down(event) {
    if (event.button !== 0 || (event.pointerType === "touch" && this.#hasPen())) return;
    event.preventDefault();
    try { this.#canvas.setPointerCapture(event.pointerId); } catch { /* it is gone already */ }
    const scale = this.page.width / this.#canvas.getBoundingClientRect().width;
    const stroke = { points: [this.#at(event)], width: PEN * scale, type: event.pointerType };
    stroke.start = [event.clientX, event.clientY];
    this.#open.set(event.pointerId, stroke);
    if (this.#isWritten) {
      this.#strokes.push(stroke);
      this.#keepShape();
      this.draw();
    }
    this.dispatchEvent(new Event("begin"));
  }

  get #isWritten() { return !this.#picture && !this.isMarking; }
  #hasPen() { return [...this.#open.values()].some((stroke) => stroke.type === "pen"); }

  #move(event) {
    const stroke = this.#open.get(event.pointerId);
    if (!stroke) return;
    const events = event.getCoalescedEvents?.() ?? [];
    for (const each of events.length ? events : [event]) stroke.points.push(this.#at(each));
    const far = Math.hypot(event.clientX - stroke.start[0], event.clientY - stroke.start[1]) > TAP;
    stroke.isMoved ||= far;
    if (this.#isWritten) this.draw();
    else this.dispatchEvent(new CustomEvent("marking", { detail: boxOf(stroke) }));
  }

  #up(event) {
    const stroke = this.#open.get(event.pointerId);
    if (!stroke) return;
    this.#open.delete(event.pointerId);
    if (!stroke.isMoved) {
      const tap = new CustomEvent("tap", { detail: stroke.points[0], cancelable: true });
      const isTaken = !this.dispatchEvent(tap);
      if (isTaken) this.#strokes = this.#strokes.filter((each) => each !== stroke);
      if (isTaken || !this.#isWritten) return this.draw();
    } else if (this.isMarking || this.#picture) {
      this.dispatchEvent(new CustomEvent("marked", { detail: boxOf(stroke) }));
      return;
    }
    this.#changed();
  }
}

function paintStroke(context, { points, width }) {
  context.lineWidth = width;
  context.beginPath();
  context.moveTo(...points[0]);
  for (let i = 1; i < points.length - 1; i++) {
    const [x, y] = points[i], [nextX, nextY] = points[i + 1];
    context.quadraticCurveTo(x, y, (x + nextX) / 2, (y + nextY) / 2);
  }
  context.lineTo(...points[points.length - 1]);
  context.stroke();
}

function boxOf({ points }) {
  const [[x0, y0], [x1, y1]] = [points[0], points[points.length - 1]];
  return [Math.min(x0, x1), Math.min(y0, y1), Math.abs(x1 - x0), Math.abs(y1 - y0)].map(Math.round);
}
