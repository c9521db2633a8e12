// A small window of a picture, slid over the whole picture: where else is its pattern?
import { fill, fromBase64, gradient, keepFocus, make, rem, table, theme, themed, drawSheet } from "./draw.js";
import { arithmetic, correlate, strongest } from "./matching.js";

const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
const MARKED = 12; // found places that get a box
const SWEEP = 450; // milliseconds for one sweep from left to right
// Milliseconds. Where calculating takes longer than SLOW, it waits until a drag has rested for REST:
// the window must not lag behind the finger.
const SLOW = 40, REST = 120;

const correlation = (value) => value.toFixed(3).replace("-", "−");

const clamp = (value, low, high) => Math.max(low, Math.min(high, value));

class Finder {
  constructor(root) {
    this.root = root;
    this.sweep = null; // how far the window has slid, in strips; null where it does not slide
  }

  update(component) {
    this.component = component;
    const { data } = component;
    this.text = data.text;
    this.mode = theme(this.root);
    const built = [data.picture.name, data.picture.grey, data.locale, this.mode, rem()].join();
    if (built === this.built) return; // what we sent, on its way back: a drag goes on
    this.built = built;
    if (this.picture?.name !== data.picture.name || this.picture.grey !== data.picture.grey) {
      this.stop();
      this.picture = data.picture;
      this.grey = fromBase64(data.picture.grey);
      this.window = { ...data.window };
      this.least = data.least;
      this.probe = null;
    }
    keepFocus(this.root, () => this.build());
    this.calculate();
  }

  // What is chosen

  move(row, column, size = this.window.size) {
    const { height, width } = this.picture;
    const next = { row: clamp(row, 0, height - size), column: clamp(column, 0, width - size), size };
    this.stop();
    if (next.row === this.window.row && next.column === this.window.column && size === this.window.size) return;
    this.window = next;
    this.probe = null;
    this.place();
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.calculate(), this.cost > SLOW ? REST : 0);
    this.remember();
  }

  remember() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      const { row, column, size } = this.window;
      this.component.setStateValue("window", `${this.picture.name}~${row}-${column}-${size}~${this.least.toFixed(2)}`);
    }, 400);
  }

  // What is calculated

  calculate() {
    const { height, width } = this.picture;
    const started = performance.now();
    this.response = correlate(this.grey, height, width, this.window);
    this.cost = performance.now() - started;
    this.paint();
    this.find();
  }

  find() {
    const { row, column, size } = this.window;
    const same = (place) => place.row === row && place.column === column;
    this.found = strongest(this.response, size, this.least).filter((place) => !same(place));
    const [best] = strongest(this.response, size, 0).filter((place) => !same(place));
    this.probe ??= best ?? this.window;
    this.refresh();
  }

  look(row, column) {
    this.stop();
    this.probe = { row: clamp(row, 0, this.response.rows - 1), column: clamp(column, 0, this.response.columns - 1) };
    this.refresh();
  }

  // The page

  build() {
    const { text, picture } = this;
    const { smallest, largest, step, lowest } = this.component.data.limits;
    const range = (name, label, min, max, by, value, oninput) => {
      const shown = make("b");
      const input = make("input", { type: "range", min, max, step: by, "data-focus": name, oninput: () => oninput(Number(input.value)) });
      input.value = value;
      return { input, shown, element: make("label", { class: "range" }, make("span", {}, label), input, shown) };
    };
    const most = Math.floor(Math.min(largest, picture.height, picture.width) / step) * step;
    this.size = range("size", text.size, smallest, most, step, this.window.size, (size) => {
      const { row, column } = this.window;
      const by = Math.round((this.window.size - size) / 2); // it grows around its middle
      this.move(row + by, column + by, size);
    });
    this.mark = range("least", text.least, lowest, 1, 0.01, this.least, (least) => {
      this.least = least;
      this.find();
      this.remember();
    });
    this.slider = make("button", { type: "button", class: "toggle", "data-focus": "slide", onclick: () => (this.sweep === null ? this.slide() : this.halt()) });
    this.weights = make("p", { class: "weights" });
    this.told = make("p", { class: "told", role: "status" });
    this.left = this.panel("picture", text.picture, text.picture_keys);
    this.right = this.panel("map", text.map, text.map_keys);
    this.drag();
    this.hand = make("div", { class: "hand" });
    this.right.frame.append(this.hand);
    this.tiles = ["kernel", "under", "products"].map((name) => {
      const canvas = make("canvas");
      const caption = make("figcaption", {});
      return { name, canvas, caption, element: make("figure", { class: "tile" }, canvas, caption) };
    });
    const [kernel, under, products] = this.tiles.map((tile) => tile.element);
    this.formula = make("div", { class: "formula" });
    this.root.replaceChildren(themed(this.root, "why-window-root",
      make("div", { class: "toolbar" }, this.size.element, this.mark.element, this.slider),
      this.weights,
      make("div", { class: "panels" }, this.left.element, this.right.element),
      make("div", { class: "equation" },
        make("div", { class: "tiles" }, kernel, make("span", { class: "operator" }, "·"), under, make("span", { class: "operator" }, "="), products),
        make("div", { class: "sums" }, this.told, this.formula))));
    const image = new Image();
    image.onload = () => this.left.canvas.getContext("2d").drawImage(image, 0, 0, picture.width, picture.height);
    this.left.canvas.width = picture.width;
    this.left.canvas.height = picture.height;
    image.src = `data:image/jpeg;base64,${picture.jpeg}`;
    this.place();
  }

  panel(name, title, keys) {
    const { picture } = this;
    const canvas = make("canvas", { tabIndex: 0, role: "img", "data-focus": name, ariaLabel: `${title}. ${keys}` });
    const marks = make("div", { class: "marks" });
    const frame = make("div", { class: `frame ${name}`, style: `--aspect:${picture.width / picture.height}` }, canvas, marks);
    const foot = make("div", { class: "foot" }, name === "map" ? this.legend() : "", make("p", { class: "muted" }, keys));
    canvas.addEventListener("keydown", (event) => this.key(event, name));
    // Not "click": a slow phone takes a tap that it answers late for a long press. A scroll cancels.
    canvas.addEventListener("pointerup", (event) => {
      const { row, column } = this.pixel(event, frame);
      const half = Math.floor(this.window.size / 2);
      if (name === "picture") this.move(row - half, column - half);
      else this.look(row - half, column - half);
    });
    return { canvas, marks, frame, element: make("figure", { class: "panel" }, make("h4", {}, title), frame, foot) };
  }

  legend() {
    const numbers = make("div", {}, ...["−1", "0", "1"].map((number) => make("span", {}, number)));
    return make("div", { class: "scale" }, make("i", { style: `background:${gradient("signed", this.mode)}` }), numbers);
  }

  /** The pixel of the picture under a pointer. */
  pixel(event, frame) {
    const box = frame.getBoundingClientRect();
    return {
      row: Math.floor(((event.clientY - box.top) / box.height) * this.picture.height),
      column: Math.floor(((event.clientX - box.left) / box.width) * this.picture.width),
    };
  }

  /** The window can be dragged; around it a finger scrolls the page as everywhere. */
  drag() {
    const handle = make("div", { class: "handle" }, make("i")); // inside: large enough for a finger
    let grip = null;
    handle.addEventListener("pointerdown", (event) => {
      const { row, column } = this.pixel(event, this.left.frame);
      grip = { row: row - this.window.row, column: column - this.window.column };
      handle.setPointerCapture(event.pointerId);
    });
    handle.addEventListener("pointermove", (event) => {
      if (!grip) return;
      const { row, column } = this.pixel(event, this.left.frame);
      this.move(row - grip.row, column - grip.column);
    });
    for (const end of ["pointerup", "pointercancel"]) handle.addEventListener(end, () => { grip = null; });
    this.handle = handle;
    this.left.frame.append(handle);
  }

  key(event, name) {
    const direction = STEPS[event.key];
    if (!direction) return;
    event.preventDefault();
    const reach = event.shiftKey ? 10 : 1;
    const { row, column } = name === "picture" ? this.window : this.probe;
    const [down, right] = direction;
    if (name === "picture") this.move(row + reach * down, column + reach * right);
    else this.look(row + reach * down, column + reach * right);
  }

  /** Position of a window in its frame, in percent. */
  at({ row, column }, size = this.window.size) {
    const { height, width } = this.picture;
    return `left:${(100 * column) / width}%;top:${(100 * row) / height}%;width:${(100 * size) / width}%;height:${(100 * size) / height}%`;
  }

  place() {
    this.handle.style = this.at(this.window);
    const { size } = this.window;
    const { height, width } = this.picture;
    this.size.input.value = size;
    this.size.shown.textContent = `${size}×${size}`;
    const number = (value) => value.toLocaleString(this.component.data.locale);
    this.weights.textContent = fill(this.text.weights, {
      size, count: number(size * size), height, width, pixels: number(height * width), times: number(Math.round((height * width) / (size * size))),
    });
  }

  paint() {
    const { map, rows, columns } = this.response;
    const { height, width } = this.picture;
    const colours = table("signed", this.mode);
    const image = new ImageData(columns, rows);
    const pixels = new Uint32Array(image.data.buffer);
    for (let at = 0; at < map.length; at++) pixels[at] = colours[Math.round(127.5 + 127.5 * map[at])];
    const { canvas } = this.right;
    canvas.width = width;
    canvas.height = height;
    // A place is that of the window's middle; at the rim no window fits.
    canvas.getContext("2d").putImageData(image, Math.floor(this.window.size / 2), Math.floor(this.window.size / 2));
  }

  refresh() {
    const { text, window, found, probe } = this;
    const value = this.response.map[probe.row * this.response.columns + probe.column];
    this.mark.shown.textContent = this.least.toFixed(2);
    this.slider.textContent = this.sweep === null ? text.slide : text.stop;
    const high = 0.08 * this.picture.height; // above a box at the very top there is no room for its number
    const box = (place, kind, label) => make("div", { class: `box ${kind}${place.row < high ? " high" : ""}`, style: this.at(place) }, label ? make("span", {}, label) : "");
    const boxes = () => [box(window, "own"), ...found.slice(0, MARKED).map((place) => box(place, "found", place.value.toFixed(2)))];
    for (const { marks } of [this.left, this.right]) marks.replaceChildren(...boxes(), box(probe, "probe"));
    this.root.firstChild.dataset.found = found.length;
    this.root.firstChild.dataset.value = value;
    const least = this.least.toFixed(2), count = found.length;
    if (this.response.flat) this.told.textContent = text.flat;
    else if (!count) this.told.textContent = fill(text.found_none, { least });
    else if (count > MARKED) this.told.textContent = fill(text.found_marked, { least, count, marked: MARKED });
    else this.told.textContent = fill(text.found, { least, count });
    this.equation(value);
  }

  equation(value) {
    const { text, window, probe } = this;
    const { kernel, under, products, sum, squares } = arithmetic(this.grey, this.picture.width, window, probe);
    const largest = (values) => values.reduce((most, one) => Math.max(most, Math.abs(one)), 1);
    const limit = Math.max(largest(kernel), largest(under)); // one scale for both
    const number = (exact) => Math.round(exact).toLocaleString(this.component.data.locale).replace("-", "−");
    for (const tile of this.tiles) {
      const values = { kernel, under, products }[tile.name];
      const end = tile.name === "products" ? largest(products) : limit;
      drawSheet(tile.canvas, { values, height: window.size, width: window.size, channels: 1, columns: 1, scale: "signed", limit: end, mode: this.mode, gap: 0, zoom: (5.6 * rem()) / window.size });
      const names = { kernel: text.kernel, under: fill(text.under, { row: probe.row, column: probe.column }), products: text.products };
      tile.caption.textContent = `${names[tile.name]} (±${number(end)})`;
    }
    this.formula.replaceChildren(
      make("p", {}, "r = Σ (w − w̄)(x − x̄) / √( Σ (w − w̄)² · Σ (x − x̄)² )"),
      make("p", {}, `= ${number(sum)} / √( ${number(squares[0])} · ${number(squares[1])} ) = `, make("b", {}, correlation(value))));
  }

  // Sliding

  slide() {
    this.sweep = 0;
    this.before = null;
    this.refresh();
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const step = (now) => {
      if (this.sweep === null) return;
      const strip = Math.max(2, Math.round(this.window.size / 3));
      const strips = Math.ceil(this.response.rows / strip);
      this.sweep += this.before === null ? 0 : Math.min(0.2, (now - this.before) / SWEEP);
      this.before = now;
      if (this.sweep >= strips) return this.halt();
      const row = Math.floor(this.sweep) * strip;
      const share = still ? 1 : this.sweep % 1; // no sliding to and fro where motion is not wanted
      this.reveal(row, strip, share * (this.response.columns - 1));
      this.animation = requestAnimationFrame(step);
    };
    this.animation = requestAnimationFrame(step);
  }

  /** Show the map as far as the window has come. */
  reveal(row, strip, column) {
    const { height, width } = this.picture;
    const middle = this.window.size / 2;
    const y = (100 * (row + middle)) / height, below = (100 * (row + strip + middle)) / height, x = (100 * (column + middle)) / width;
    this.right.canvas.style.clipPath = `polygon(0 0, 100% 0, 100% ${y}%, ${x}% ${y}%, ${x}% ${below}%, 0 ${below}%)`;
    for (const { frame } of [this.left, this.right]) frame.classList.add("sliding");
    this.handle.style = this.at({ row: Math.min(row, this.response.rows - 1), column });
    this.hand.style = `left:${x}%;top:${(y + below) / 2}%`;
  }

  /** The picture as it is without sliding. */
  stop() {
    if (this.sweep === null) return;
    cancelAnimationFrame(this.animation);
    this.sweep = null;
    this.right.canvas.style.clipPath = "";
    for (const { frame } of [this.left, this.right]) frame.classList.remove("sliding");
    this.place();
  }

  halt() {
    this.stop();
    this.refresh();
  }
}

export default function (component) {
  const { root } = component;
  root.finder ??= new Finder(root);
  root.finder.update(component);
  return () => root.finder.stop();
}
