// Pooling on two small maps or on a photograph: every window's arithmetic, what is lost, and what a
// shift changes.
import { colourOf, exact, fill, fromBase64, gradient, keepFocus, live, make, palette, percent, rem, show, table, theme, themed, typedNumber } from "./draw.js";
import { axis, clamp, compared, cut, enlarge, METHODS, minus, nearestWindow, only, pool, reach, shift, shuffled, swap, taken } from "./pool.js";
import { levels } from "./filters.js";

// Words and numbers

/** "= 0.75" or "≈ −1.111". */
function result(value) {
  const rounded = Number(value.toFixed(3)) || 0;
  return `${Math.abs(rounded - value) < 1e-9 ? "=" : "≈"} ${exact(rounded)}`;
}
/** For the cells of a map: two decimals, of large numbers one. */
const inCell = (value) => exact(Number(value.toFixed(Math.abs(value) < 9.995 ? 2 : 1)));

const LONGEST_LIST = 9; // values that are written out; of more, the first and the last
/** The values of a window with an operator between: "3 − 1 − 3 + 1", "12, 14, …, 9". */
function listed(values, sum) {
  const words = values.map((value, at) => {
    if (!sum) return `${at ? ", " : ""}${exact(value)}`;
    return at ? `${value < 0 ? " − " : " + "}${exact(Math.abs(value))}` : exact(value);
  });
  if (words.length <= LONGEST_LIST) return words.join("");
  return `${words.slice(0, 3).join("")}${sum ? " + …" : ", …"}${words.at(-1)}`;
}

// All in rem
const MAP_CELL = { windows: 3.2, detail: 2.6, position: 2.5, shift: 2.5 }; // at most
const SMALLEST_CELL = 1.9;
const BESIDE = 22; // the panel and the gap before it
const LABELS = 8; // of the rows, and all gaps
const HEADING = 6.9; // of a way of pooling
const NARROW = { windows: 58, detail: 68, position: 58, shift: 58 }; // below, the panel stands under the maps

class PoolingLab {
  constructor(root) {
    this.root = root;
    this.shown = { detail: "difference", position: "after", shift: "difference" };
    this.seed = 1;
  }

  update(component) {
    const { data } = component;
    this.component = component;
    this.text = data.text;
    if (!this.settings) {
      this.settings = { ...data.start.settings };
      this.maps = { values: Float64Array.from(data.start.values), height: 4, width: 4, channels: 2 };
    }
    this.mode = data.picture ? "picture" : "maps";
    if (data.picture && data.picture.pixels !== this.pixels) {
      const { height, width, pixels } = data.picture;
      this.pixels = pixels;
      this.colour = { values: Float64Array.from(fromBase64(pixels)), height, width, channels: 3 };
      this.grey = { ...this.colour, values: Float64Array.from(levels(this.colour.values, data.grey)), channels: 1 };
    }
    this.pause();
    this.build();
  }

  // State

  get view() { return this.settings.view; }
  get(name) { return this.settings[`${this.mode}_${name}`]; }
  limits(name) { return this.component.data.limits[`${this.mode}_${name}`]; }
  get size() { return this.get("size"); }
  get stride() { return this.get("stride") || this.size; }

  put(values) {
    for (const [name, value] of Object.entries(values)) {
      const [low, high] = this.limits(name);
      this.settings[`${this.mode}_${name}`] = clamp(value, low, high);
    }
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.tell(), 400);
  }

  set(values) {
    this.put(values);
    this.build();
  }

  show(view) {
    this.pause();
    this.settings.view = view;
    this.set({});
  }

  /** Let the link carry the state. */
  tell() {
    clearTimeout(this.timer);
    if (this.timer) this.component.setStateValue("settings", { ...this.settings, values: [...this.maps.values] });
    this.timer = 0;
  }

  edit(values) {
    this.maps = { ...this.maps, values: Float64Array.from(values) };
    this.set({});
  }

  // Calculation

  calculate() {
    const { size, stride } = this;
    const input = this.mode === "maps" ? this.maps : this.get("grey") ? this.grey : this.colour;
    const pooled = (map) => ({ none: map, ...Object.fromEntries(METHODS.map((method) => [method, pool(map, size, stride, method)])) });
    const key = `${size} ${stride}`;
    if (this.input !== input || this.key !== key) {
      this.before = pooled(input);
      this.rearranged = null;
    }
    Object.assign(this, { input, key });
    this.rows = this.before.max.height;
    this.columns = this.before.max.width;
    this.reached = { height: reach(input.height, size, stride), width: reach(input.width, size, stride) };
    this.overlap = stride < size;
    if (this.view === "windows") return;
    if (this.view === "shift") this.after = pooled(shift(input, this.get("right"), this.get("down")));
    if (this.view === "position") {
      this.rearranged ??= this.overlap ? input : shuffled(input, size, stride, this.seed);
      this.after = pooled(this.rearranged);
    }
    if (this.view === "detail") {
      // Over the part that windows reach: left-out rows and columns have nothing to compare.
      const { height, width } = this.reached;
      const original = cut(input, height, width);
      this.enlarged = Object.fromEntries(METHODS.map((method) => [method, enlarge(this.before[method], size, stride, height, width)]));
      this.difference = Object.fromEntries(METHODS.map((method) => [method, minus(this.enlarged[method], original)]));
    } else {
      this.difference = Object.fromEntries(Object.keys(this.after).map((method) => [method, minus(this.after[method], this.before[method])]));
    }
  }

  /** What is compared: on the maps the one that is shown, on a photograph all channels. */
  judged(map) {
    return compared(this.mode === "maps" ? only(map, this.get("channel")) : map);
  }

  /** The window under the pointer, else the chosen one. */
  chosen() {
    if (this.hovered) return this.hovered;
    const { size, stride } = this;
    return {
      row: nearestWindow(this.get("row"), size, stride, this.rows),
      column: nearestWindow(this.get("column"), size, stride, this.columns),
      channel: this.mode === "maps" ? this.get("channel") : 0,
    };
  }

  /** Remembered is the cell in its middle: with another size or stride the place stays. */
  choose({ row, column, channel }) {
    const { size, stride } = this;
    const middle = (window, count) => clamp(window, 0, count - 1) * stride + Math.floor(size / 2);
    this.hovered = null;
    this.put({ row: middle(row, this.rows), column: middle(column, this.columns), ...(this.mode === "maps" ? { channel } : {}) });
    this.mark();
  }

  /** All values of a window in one channel. */
  patch({ row, column }, channel) {
    const { values, width, channels } = this.input;
    const list = [];
    for (let cell = 0; cell < this.size ** 2; cell++) {
      const y = row * this.stride + Math.floor(cell / this.size), x = column * this.stride + (cell % this.size);
      list.push(values[(y * width + x) * channels + channel]);
    }
    return list;
  }

  // Page

  build() {
    this.hovered = null;
    this.calculate();
    keepFocus(this.root, () => {
      this.theme = theme(this.root);
      this.width = this.root.clientWidth || 1000;
      this.narrow = this.width < NARROW[this.view] * rem();
      this.places = []; // where windows and outputs are marked
      this.panel = make("div", { class: "panel" });
      const main = make("div", { class: "main" }, this.mode === "maps" ? this.mapGrid() : this.pictures());
      this.fillPanel();
      this.root.replaceChildren(
        themed(this.root, `pooling-root${this.narrow ? " narrow" : ""}`, this.toolbar(), make("div", { class: `body of-${this.mode}` }, main, this.panel, this.view === "windows" ? this.today() : "")));
      this.root.firstChild.addEventListener("keydown", (event) => this.keyDown(event));
    });
    this.mark();
  }

  button(label, focus, onclick, properties = {}) {
    return make("button", { type: "button", class: "toggle", "data-focus": focus, onclick, ...properties }, label);
  }

  pressed(label, focus, on, onclick, properties = {}) {
    return this.button(label, focus, onclick, { "aria-pressed": String(on), ...properties });
  }

  group(label, ...children) {
    return make("div", { class: "control", role: "group", ariaLabel: label }, make("span", { class: "muted" }, label), make("div", { class: "group" }, ...children));
  }

  toolbar() {
    const { text } = this;
    const names = { windows: text.view_windows, detail: text.view_detail, position: text.view_position, shift: text.view_shift };
    const views = Object.entries(names).map(([view, name]) => this.pressed(name, `view-${view}`, this.view === view, () => this.show(view)));
    const [smallest, largest] = this.limits("size");
    const step = (by, sign, label) => this.button(sign, `size-${by}`, () => this.set({ size: this.size + by }), { ariaLabel: label, title: label, disabled: by < 0 ? this.size === smallest : this.size === largest });
    const strides = [0, 1, 2, 3, 4].map((stride) =>
      this.pressed(stride || text.stride_as_size, `stride-${stride}`, this.get("stride") === stride, () => this.set({ stride })));
    const more = [];
    if (this.mode === "picture") {
      const on = this.get("grey") === 1;
      more.push(this.group(text.channels, this.pressed(text.colour, "colour", !on, () => this.set({ grey: 0 })), this.pressed(text.grey, "grey", on, () => this.set({ grey: 1 }))));
    } else if (this.view === "windows") {
      const lecture = this.component.data.lecture;
      const asIs = this.maps.values.every((value, at) => value === lecture[at]);
      more.push(this.group(text.maps,
        this.button(text.random, "random", () => this.edit(lecture.map(() => Math.floor(19 * Math.random()) - 9))),
        this.button(text.lecture, "lecture", () => this.edit(lecture), { disabled: asIs })));
    } else {
      more.push(this.group(text.map, ...[0, 1].map((channel) =>
        this.pressed(String(channel + 1), `map-${channel}`, this.get("channel") === channel, () => this.set({ channel })))));
    }
    return make("div", { class: "controls" },
      make("div", { class: "group views", role: "group", ariaLabel: text.view }, ...views),
      make("div", { class: "toolbar" },
        this.group(text.size, step(-1, "−", text.smaller), make("output", { class: "count", "data-size": this.size }, `${this.size}×${this.size}`), step(1, "+", text.larger)),
        this.group(text.stride, ...strides), ...more));
  }

  methodName(method) {
    const { text } = this;
    const map = this.view === "windows" ? text.map : fill(text.map_number, { number: this.get("channel") + 1 });
    return { none: this.mode === "maps" ? map : this.component.data.picture.name, max: text.method_max, average: text.method_average, first: text.method_first }[method];
  }

  /** Name and size of what a column or a picture shows, under the colour of its kind of layer. */
  heading(method, properties = {}) {
    const { height, width } = this.before[method];
    const kind = method !== "none" ? "pooling" : this.mode === "maps" ? "convolution" : "input";
    return make("div", { class: "head", style: `--kind:${palette.layerKinds[kind]};${properties.style ?? ""}` },
      make("b", {}, this.methodName(method)), make("span", { class: "muted" }, ` ${height}×${width}`));
  }

  // The two small maps

  mapGrid() {
    const { text, view, before, after, difference } = this;
    const channel = this.get("channel");
    let stages;
    if (view === "windows") stages = [0, 1].map((at) => ({ name: fill(text.map_number, { number: at + 1 }), maps: before, channel: at, kind: "window" }));
    else if (view === "detail") {
      stages = [
        { name: text.shown_enlarged, maps: { none: this.input, ...this.enlarged }, kind: "plain" },
        { name: text.minus_original, maps: difference, kind: "difference" },
      ];
    } else {
      stages = [
        { name: text.before, maps: before, kind: "before" },
        { name: text.after, maps: after, kind: "after" },
        { name: text.minus_before, maps: difference, kind: "difference" },
      ];
    }
    const largest = (maps) => Math.max(...maps.flatMap((map) => [...map.values].map(Math.abs))) || 1;
    const limit = largest([this.input]);
    const differs = view === "windows" ? 1 : largest(Object.values(difference).map((map) => only(map, channel)));
    const room = this.width / rem() - (this.narrow ? 0 : BESIDE) - LABELS;
    const across = (cell) => this.input.width * cell + METHODS.length * Math.max(HEADING, stages.at(-1).maps.max.width * cell);
    let cell = MAP_CELL[view];
    while (cell > SMALLEST_CELL && across(cell) > room) cell -= 0.05;
    const grid = make("div", { class: `grid ${view}`, style: `--cell:${cell}rem;--stages:${stages.length}` });
    ["none", ...METHODS].forEach((method, at) => grid.append(this.heading(method, { style: `--method:${at}` })));
    stages.forEach((stage, row) => {
      grid.append(make("div", { class: "stage muted", style: `--stage:${row}` }, stage.name));
      ["none", ...METHODS].forEach((method, column) => {
        if (!stage.maps[method]) return;
        const shownChannel = stage.channel ?? channel;
        const element = this.numbers(stage.maps[method], shownChannel, { stage, method, limit: stage.kind === "difference" ? differs : limit });
        element.style.setProperty("--stage", row);
        element.style.setProperty("--method", column);
        grid.append(element);
      });
    });
    const legends = [this.legend(limit)];
    if (view !== "windows") legends.push(this.legend(differs, text.difference));
    return make("div", {}, grid, make("div", { class: "legends" }, ...legends));
  }

  legend(limit, name = "", clipped = false) {
    return make("div", { class: "legend" }, name ? make("span", {}, name) : "",
      make("span", {}, `${clipped ? "≤ " : ""}${show(-limit, 2)}`), make("i", { style: `background:${gradient("signed", this.theme)}` }),
      make("span", {}, `${clipped ? "≥ " : ""}${show(limit, 2)}`));
  }

  /** Whether a row or column of the input lies in a window at all. */
  isRead(at, length) {
    return at < reach(length, this.size, this.stride) && at % this.stride < this.size;
  }

  /** A map with all its numbers. */
  numbers(map, channel, { stage, method, limit }) {
    const { text } = this;
    const { height, width, channels } = map;
    const ofInput = height === this.input.height && width === this.input.width && (method === "none" || stage.kind !== "window");
    const editable = stage.kind === "window" && method === "none";
    const output = stage.kind === "window" && method !== "none";
    const movable = stage.kind === "after" && method === "none" && this.view === "position" && !this.overlap;
    const cells = [];
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++) {
        const at = (row * width + column) * channels + channel;
        const value = map.values[at];
        const { background, color } = colourOf(value, "signed", limit, this.theme);
        const unread = method === "none" && ofInput && !(this.isRead(row, height) && this.isRead(column, width));
        const properties = {
          class: `cell${unread ? " unread" : ""}`, "data-row": row, "data-column": column,
          style: `grid-area:${row + 1}/${column + 1};${unread ? "" : `background-color:${background};color:${color}`}`,
        };
        if (editable) cells.push(this.editableCell(properties, value, at, { row, column, channel }));
        else if (movable && !unread) {
          const name = fill(text.move_here, { row, column });
          cells.push(make("button", { ...properties, type: "button", ariaLabel: name, title: name, "data-focus": `move-${row}-${column}`, onclick: () => this.moveWinner(row, column) }, inCell(value)));
        } else cells.push(make("span", properties, inCell(value)));
      }
    }
    const element = make("div", { class: "numbers", "data-method": method, "data-stage": stage.kind, "data-channel": channel, style: `--columns:${width}` }, ...cells);
    if (output) this.selectable(element, method, channel);
    this.places.push({ element, method, channel, kind: stage.kind });
    return element;
  }

  editableCell(properties, value, at, { row, column, channel }) {
    return make("input", {
      ...properties, value: exact(value), inputMode: "decimal", "data-focus": `cell-${at}`,
      ariaLabel: fill(this.text.cell, { number: channel + 1, row, column }),
      onfocus: (event) => {
        event.target.select();
        const place = (cell, count) => clamp(Math.floor(cell / this.stride), 0, count - 1);
        if (this.isRead(row, 4) && this.isRead(column, 4)) this.choose({ row: place(row, this.rows), column: place(column, this.columns), channel });
      },
      onchange: (event) => {
        const typed = typedNumber(event.target.value);
        const { largest } = this.component.data;
        if (!(Math.abs(typed) <= largest)) {
          this.refuse(fill(this.text.refused, { typed: event.target.value, largest }));
          event.target.value = exact(value);
          event.target.classList.add("refused");
          return;
        }
        this.edit(this.maps.values.map((other, place) => (place === at ? Math.round(100 * typed) / 100 : other)));
      },
    });
  }

  refuse(sentence) {
    this.panel.querySelector(".refusal").textContent = sentence;
  }

  /** An output map or picture: point, tap, or arrow keys. */
  selectable(element, method, channel) {
    element.tabIndex = 0;
    element.setAttribute("role", "group");
    element.setAttribute("data-focus", `output-${method}-${channel}`);
    element.dataset.keys = channel;
    const name = this.methodName(method);
    element.ariaLabel = this.mode === "maps" ? fill(this.text.output_label, { method: name, number: channel + 1 }) : fill(this.text.picture_label, { method: name });
    element.addEventListener("click", (event) => {
      const place = this.locate(element, event, channel);
      if (place) this.choose(place);
    });
    element.addEventListener("pointermove", (event) => {
      if (event.pointerType !== "mouse") return;
      this.hovered = this.locate(element, event, channel);
      this.mark();
    });
    element.addEventListener("pointerleave", () => {
      if (!this.hovered) return;
      this.hovered = null;
      this.mark();
    });
  }

  locate(element, event, channel) {
    if (this.mode === "maps") {
      const { row, column } = event.target.dataset;
      return row === undefined ? null : { row: Number(row), column: Number(column), channel };
    }
    const box = element.getBoundingClientRect();
    const { height, width } = this.input;
    const cell = (position, start, extent, length) => clamp(Math.floor(((position - start) / extent) * length), 0, length - 1);
    return {
      row: nearestWindow(cell(event.clientY, box.top, box.height, height), this.size, this.stride, this.rows),
      column: nearestWindow(cell(event.clientX, box.left, box.width, width), this.size, this.stride, this.columns),
      channel,
    };
  }

  keyDown(event) {
    const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
    if (!step) return;
    const { keys, pad } = event.target.dataset;
    if (keys !== undefined) {
      event.preventDefault();
      const { row, column, channel } = this.chosen();
      const other = this.mode === "maps" && channel !== Number(keys);
      this.choose({ row: row + (other ? 0 : step[0]), column: column + (other ? 0 : step[1]), channel: Number(keys) });
    } else if (pad !== undefined) {
      event.preventDefault();
      this.move(step[1], step[0]);
    }
  }

  /** Frames around the chosen window and its outputs, the winner, the arithmetic. */
  mark() {
    if (this.view === "windows") {
      const chosen = this.chosen();
      for (const { element, method, channel } of this.places) {
        element.querySelectorAll(".frame, .most").forEach((mark) => (mark.classList.contains("frame") ? mark.remove() : mark.classList.remove("most")));
        if (this.mode === "picture") this.framePicture(element, method, chosen);
        else if (channel === chosen.channel) this.frameMap(element, method, chosen);
      }
      this.calculation.replaceChildren(...this.calculationOf(chosen));
      this.root.firstChild.dataset.window = `${chosen.row},${chosen.column},${chosen.channel}`;
      const window = chosen.row * this.columns + chosen.column;
      this.steps.back.disabled = window === 0;
      this.steps.forth.disabled = window === this.rows * this.columns - 1;
    } else if (this.view === "shift") this.frameMoved();
  }

  frameMap(element, method, { row, column, channel }) {
    const { size, stride } = this;
    if (method !== "none") {
      element.append(make("div", { class: "frame chosen", style: `grid-area:${row + 1}/${column + 1}` }));
      return;
    }
    element.append(make("div", { class: "frame window", style: `grid-area:${row * stride + 1}/${column * stride + 1}/span ${size}/span ${size}` }));
    const values = this.patch({ row, column }, channel);
    const most = Math.max(...values);
    values.forEach((value, cell) => {
      if (value !== most) return;
      const y = row * stride + Math.floor(cell / size), x = column * stride + (cell % size);
      element.querySelector(`[data-row="${y}"][data-column="${x}"]`).classList.add("most");
    });
  }

  framePicture(element, method, { row, column }) {
    const { size, stride } = this;
    const { height, width } = this.input;
    const percentOf = (cells, length) => `${(100 * cells) / length}%`;
    element.append(make("div", {
      class: `frame ${method === "none" ? "window" : "chosen"}`,
      style: `left:${percentOf(column * stride, width)};top:${percentOf(row * stride, height)};width:${percentOf(size, width)};height:${percentOf(size, height)}`,
    }));
  }

  // A photograph

  /** Four pictures of the same size on the screen: the input, and each way of pooling it. */
  pictures() {
    const { text, view, input } = this;
    const { height, width } = input;
    const shown = this.shown[view];
    const zoom = this.zoom();
    const box = make("div", { class: "pictures" });
    const limit = this.differenceLimit();
    for (const method of ["none", ...METHODS]) {
      const canvas = make("canvas", { width, height, style: `width:${width * zoom}px;height:${height * zoom}px` });
      const image = new ImageData(width, height);
      const map = this.drawn(method);
      if (map.signed) paintSigned(image, map, limit.value, this.theme);
      else paintLevels(image, map);
      const left = (at, length) => (method === "none" ? !this.isRead(at, length) : at >= reach(length, this.size, this.stride));
      paintLeftOut(image, axis(height, (row) => left(row, height)), axis(width, (column) => left(column, width)));
      canvas.getContext("2d").putImageData(image, 0, 0);
      const sheet = make("div", { class: "sheet", "data-method": method, "data-shown": map.signed ? "difference" : "levels" }, canvas);
      if (view === "windows") this.selectable(sheet, method, 0);
      else {
        sheet.setAttribute("role", "img");
        sheet.ariaLabel = this.methodName(method);
      }
      this.places.push({ element: sheet, method, channel: 0, kind: shown });
      box.append(make("figure", {}, this.heading(method), sheet));
    }
    const tools = [];
    const names = { enlarged: text.shown_enlarged, before: text.before, after: text.after, difference: text.difference };
    const choices = { detail: ["difference", "enlarged"], position: ["before", "after", "difference"], shift: ["before", "after", "difference"] }[view] ?? [];
    if (choices.length) {
      tools.push(this.group(text.shown, ...choices.map((one) => this.pressed(names[one], `shown-${one}`, shown === one, () => { this.shown[view] = one; this.build(); }))));
    }
    if (shown === "difference") tools.push(this.legend(limit.value, input.channels === 3 ? text.difference_colour : text.difference_grey, limit.clipped));
    return make("div", {}, box, tools.length ? make("div", { class: "toolbar shown" }, ...tools) : "");
  }

  /** The values that stand for a method, as large as the input. */
  drawn(method) {
    const { size, stride, view, input } = this;
    const { height, width } = input;
    const shown = this.shown[view];
    const back = (map) => (method === "none" ? map : enlarge(map, size, stride, height, width));
    if (view === "windows" || shown === "before" || shown === "enlarged") return back(this.before[method]);
    if (shown === "after") return back(this.after[method]);
    if (view === "detail") return method === "none" ? input : { ...this.difference[method], signed: true };
    return { ...back(this.difference[method]), signed: true };
  }

  /** The end of the scale of differences: six times their mean, else single pixels decide. */
  differenceLimit() {
    if (this.shown[this.view] !== "difference") return { value: 1, clipped: false };
    let most = 0, mean = 0;
    for (const map of Object.values(this.difference)) {
      for (const value of map.values) most = Math.max(most, Math.abs(value));
      mean = Math.max(mean, compared(map).mean);
    }
    const value = Number(Math.min(most, 6 * mean).toPrecision(2)) || 1;
    return { value, clipped: most > value };
  }

  /** CSS pixels for each of the picture: one, or more by quarters where there is room. */
  zoom() {
    const { height, width } = this.input;
    const unit = rem();
    const space = this.narrow ? this.width : this.width - BESIDE * unit;
    const across = (space - unit) / 2 / width;
    const down = (window.innerHeight - 25 * unit) / 2 / height;
    const fit = this.narrow ? across : Math.min(across, Math.max(unit / 16, down));
    return fit >= 1 ? Math.floor(4 * fit) / 4 : fit;
  }

  // Beside it

  fillPanel() {
    const { text } = this;
    const panels = { windows: () => this.windowPanel(), detail: () => this.detailPanel(), position: () => this.positionPanel(), shift: () => this.shiftPanel() };
    this.panel.replaceChildren(...panels[this.view](), make("p", { class: "refusal note warning", role: "status" }));
    if (this.view === "windows") this.panel.append(make("p", { class: "muted" }, this.mode === "maps" ? text.hint_maps : text.hint_picture));
  }

  windowPanel() {
    const { text } = this;
    this.calculation = make("div", { class: "calculation", role: "status" });
    const go = (by) => () => {
      this.pause();
      this.step(by);
    };
    this.steps = {
      back: this.button("‹", "step-back", go(-1), { ariaLabel: text.previous, title: text.previous }),
      forth: this.button("›", "step-forth", go(1), { ariaLabel: text.next, title: text.next }),
    };
    this.play = this.button(this.playing ? text.pause : text.play, "play", () => (this.playing ? this.pause() : this.start()));
    return [
      make("div", { class: "group stepping" }, this.steps.back, this.play, this.steps.forth),
      this.calculation, this.facts(),
    ];
  }

  step(by) {
    const { row, column, channel } = this.chosen();
    const window = clamp(row * this.columns + column + by, 0, this.rows * this.columns - 1);
    this.choose({ row: Math.floor(window / this.columns), column: window % this.columns, channel });
    return window < this.rows * this.columns - 1;
  }

  start() {
    const { row, column, channel } = this.chosen();
    if (row === this.rows - 1 && column === this.columns - 1) this.choose({ row: 0, column: 0, channel });
    this.playing = setInterval(() => this.step(1) || this.pause(), 1000);
    this.play.textContent = this.text.pause;
  }

  pause() {
    clearInterval(this.playing);
    this.playing = 0;
    if (this.play) this.play.textContent = this.text.play;
  }

  calculationOf({ row, column, channel }) {
    const { text, size, stride } = this;
    const grouped = (number) => (Math.abs(number) < 1000 ? exact(number) : number.toLocaleString(this.component.data.locale));
    const title = make("h4", {}, fill(text.window_title, { number: grouped(row * this.columns + column + 1), count: grouped(this.rows * this.columns) }));
    const top = row * stride, left = column * stride;
    const where = make("p", { class: "muted" }, fill(text.window_place, { top, bottom: top + size - 1, left, right: left + size - 1 }));
    const look = this.mode === "maps" ? make("div", {}, title, where) : make("div", { class: "look" }, make("div", {}, title, where), this.magnified({ row, column }));
    const sum = (values) => values.reduce((total, value) => total + value, 0);
    if (this.input.channels === 3) {
      const rows = [text.red, text.green, text.blue].map((name, at) => {
        const values = this.patch({ row, column }, at);
        return [name, exact(Math.max(...values)), `${grouped(sum(values))} / ${size ** 2} ${result(sum(values) / size ** 2)}`, exact(values[0])];
      });
      return [look, this.table(["", text.short_max, text.short_average, text.short_first], rows), make("p", { class: "muted" }, text.channels_apart)];
    }
    const values = this.patch({ row, column }, channel);
    const most = Math.max(...values);
    const winners = values.filter((value) => value === most).length;
    const line = (name, formula, value) => make("p", { class: "line" }, make("span", { class: "muted" }, name), make("br"), formula, " ", make("b", {}, value));
    return [look,
      line(winners > 1 ? fill(text.line_max_tied, { winners }) : text.line_max, `max(${listed(values, false)})`, `= ${exact(most)}`),
      line(text.line_average, `(${listed(values, true)}) / ${size ** 2} = ${grouped(sum(values))} / ${size ** 2}`, result(sum(values) / size ** 2)),
      line(text.line_first, `x(${top}, ${left})`, `= ${exact(values[0])}`)];
  }

  /** The window of a photograph, large; in grey the winner is marked. */
  magnified({ row, column }) {
    const { size, stride, input } = this;
    const part = taken(input, axis(size, (at) => row * stride + at), axis(size, (at) => column * stride + at));
    const canvas = make("canvas", { width: size, height: size, class: "magnified" });
    const image = new ImageData(size, size);
    paintLevels(image, part);
    canvas.getContext("2d").putImageData(image, 0, 0);
    const sheet = make("div", { class: "sheet look-closer" }, canvas);
    if (input.channels === 1) {
      const at = part.values.indexOf(Math.max(...part.values));
      sheet.append(make("div", { class: "frame chosen", style: `left:${(100 * (at % size)) / size}%;top:${(100 * Math.floor(at / size)) / size}%;width:${100 / size}%;height:${100 / size}%` }));
    }
    return sheet;
  }

  facts() {
    const { text, size, stride, rows, columns } = this;
    const { height, width, channels } = this.input;
    const formula = (length, count) => make("div", {}, `⌊(${length} − ${size}) / ${stride}⌋ + 1 = ${count}`);
    const left = [height - this.reached.height, width - this.reached.width];
    const [before, after] = [height * width * channels, rows * columns * channels];
    const numbers = (count) => count.toLocaleString(this.component.data.locale);
    const list = [
      [text.fact_size, [make("div", { class: "muted" }, text.size_formula), formula(height, rows), height === width ? "" : formula(width, columns)]],
      [text.fact_left_out, [left[0] || left[1] ? fill(text.left_out, { rows: left[0], columns: left[1] }) : text.nothing_left_out]],
    ];
    if (stride > size) list.push([text.fact_gaps, [fill(text.gaps, { gap: stride - size })]]);
    if (this.overlap) list.push([text.fact_overlap, [fill(text.overlapping, { shared: size - stride, size })]]);
    list.push(
      [text.fact_kept, [fill(text.kept, { after: numbers(after), before: numbers(before), share: percent(after / before) })]],
      [text.fact_parameters, [fill(text.parameters, { channels })]],
    );
    return make("dl", { class: "facts" }, ...list.flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, ...value)]));
  }

  /** What nets do today instead, with the numbers of this input: a stride, and one window a map. */
  today() {
    const { text, size, stride, input } = this;
    const { channels } = input;
    const each = axis(channels, (channel) => only(input, channel).values);
    const listed = (numbers) => numbers.map((value) => show(value)).join(", ");
    return make("p", { class: "muted today" }, fill(text.today, {
      size, channels, convolution: (size * size * channels + 1) * channels,
      most: listed(each.map((values) => values.reduce((best, value) => Math.max(best, value), -Infinity))),
      mean: listed(each.map((values) => values.reduce((total, value) => total + value, 0) / values.length)),
    }), this.mode === "maps" && stride > 1 ? ` ${fill(text.subsampled, { stride })}` : "");
  }

  detailPanel() {
    const { text, size, stride } = this;
    const rows = METHODS.map((method) => {
      const { mean, signed } = this.judged(this.difference[method]);
      return [this.methodName(method), show(mean), show(signed)];
    });
    const all = METHODS.map((method) => (this.mode === "maps" ? only(this.difference[method], this.get("channel")) : this.difference[method]));
    const never = all[0].values.every((value) => value >= 0);
    const notes = [make("p", {}, fill(text.detail_text, { size, stride }))];
    if (never) notes.push(make("p", {}, text.detail_max));
    if (!this.overlap && stride === size) notes.push(make("p", {}, text.detail_average));
    const formula = make("p", { class: "muted" }, fill(text.detail_formula, { height: this.reached.height, width: this.reached.width }));
    return [make("h4", {}, text.detail_title), this.table(["", text.mean_difference, text.mean_signed], rows), formula, ...notes];
  }

  /** Rows of the comparison: how many outputs are the same, how much they changed. */
  comparison() {
    const { text, locale } = { text: this.text, locale: this.component.data.locale };
    const judged = Object.fromEntries(Object.entries(this.difference).map(([method, map]) => [method, this.judged(map)]));
    const rows = Object.entries(judged).map(([method, { unchanged, count, mean }]) => [
      method === "none" ? text.unpooled : this.methodName(method),
      `${unchanged === count ? "100 %" : percent(unchanged / count)} `,
      fill(text.of, { unchanged: unchanged.toLocaleString(locale), count: count.toLocaleString(locale) }),
      show(mean),
      judged.none.mean ? `${Math.round((100 * mean) / judged.none.mean)} %` : "–",
    ]);
    const shown = rows.map(([name, share, counts, mean, relative]) => [name, [share, make("span", { class: "muted" }, counts)], mean, relative]);
    return { judged, table: this.table(["", text.unchanged, text.mean_change, text.relative], shown) };
  }

  table(head, rows) {
    return make("table", {},
      make("tr", {}, ...head.map((name) => make("th", { scope: "col" }, name))),
      ...rows.map(([name, ...cells]) => make("tr", {}, make("th", { scope: "row" }, name), ...cells.map((cell) => make("td", {}, ...[cell].flat())))));
  }

  /** The mean of |after − before| written out for max pooling, where the map is small. */
  written() {
    const { text } = this;
    if (this.mode === "picture") return make("p", { class: "muted" }, text.mean_formula);
    const { values } = only(this.difference.max, this.get("channel"));
    const terms = [...values].map((value) => `|${exact(value)}|`).join(" + ");
    return make("p", { class: "line" }, make("span", { class: "muted" }, text.mean_written), make("br"), `(${terms}) / ${values.length} ${result(values.reduce((sum, value) => sum + Math.abs(value), 0) / values.length)}`);
  }

  positionPanel() {
    const { text } = this;
    const again = () => {
      this.seed++;
      this.rearranged = null;
      this.build();
    };
    const ordered = this.rearranged === this.input;
    const tools = make("div", { class: "group" },
      this.button(text.shuffle, "shuffle", again, { disabled: this.overlap }),
      this.button(text.in_order, "order", () => { this.rearranged = this.input; this.build(); }, { disabled: ordered }));
    const { judged, table: rows } = this.comparison();
    const notes = [];
    if (this.overlap) notes.push(make("p", { class: "note warning" }, fill(text.position_overlap, { size: this.size, stride: this.stride })));
    else {
      const { unchanged, count } = judged.max;
      const locale = this.component.data.locale;
      notes.push(make("p", {}, fill(text.position_text, { unchanged: unchanged.toLocaleString(locale), count: count.toLocaleString(locale), size: this.size })));
      notes.push(make("p", {}, text.position_first));
      if (this.mode === "maps") notes.push(make("p", { class: "muted" }, text.position_tap));
    }
    return [make("h4", {}, text.position_title), tools, rows, this.written(), ...notes];
  }

  /** Exchange a cell with the largest of its window. */
  moveWinner(row, column) {
    const { size, stride } = this;
    const map = { ...this.rearranged, values: this.rearranged.values.slice() };
    const channel = this.get("channel");
    const top = Math.floor(row / stride) * stride, left = Math.floor(column / stride) * stride;
    let winner = [top, left];
    const value = ([y, x]) => map.values[(y * map.width + x) * map.channels + channel];
    for (let cell = 1; cell < size ** 2; cell++) {
      const place = [top + Math.floor(cell / size), left + (cell % size)];
      if (value(place) > value(winner)) winner = place;
    }
    swap(map, winner[0] * map.width + winner[1], row * map.width + column);
    this.rearranged = map;
    this.build();
  }

  move(right, down) {
    this.set({ right: this.get("right") + right, down: this.get("down") + down });
  }

  shiftPanel() {
    const { text, stride } = this;
    const right = this.get("right"), down = this.get("down");
    const [low, high] = this.limits("right");
    const arrow = (sign, name, label, x, y) => this.button(sign, `move-${name}`, () => this.move(x, y), {
      ariaLabel: label, title: label, "data-pad": "", style: `grid-area:${name}`,
      disabled: (x ? right + x : down + y) < low || (x ? right + x : down + y) > high,
    });
    const pad = make("div", { class: "pad", role: "group", ariaLabel: text.shift_by },
      arrow("↑", "up", text.up, 0, -1), arrow("←", "left", text.left, -1, 0),
      arrow("→", "right", text.right, 1, 0), arrow("↓", "down", text.down, 0, 1));
    const beside = make("div", {},
      make("p", { "data-shift": `${right},${down}` }, make("b", {}, right || down ? fill(text.shifted, { shift: this.shiftWords(right, down) }) : text.not_shifted)),
      make("p", { class: "muted" }, text.fill_value),
      make("div", { class: "group" },
        this.button(fill(text.by_stride, { stride }), "by-stride", () => this.set({ right: stride, down: 0 })),
        this.button(text.no_shift, "no-shift", () => this.set({ right: 0, down: 0 }), { disabled: !right && !down })));
    return [make("div", { class: "shifting" }, pad, beside), this.comparison().table, this.written(), ...this.shiftNotes()];
  }

  /** "1 to the right, 2 up" */
  shiftWords(right, down) {
    const { text } = this;
    const across = right && fill(right > 0 ? text.moved_right : text.moved_left, { count: Math.abs(right) });
    const along = down && fill(down > 0 ? text.moved_down : text.moved_up, { count: Math.abs(down) });
    return across && along ? fill(text.both, { across, along }) : across || along;
  }

  /** Where an output's value went, if the shift is a multiple of the stride; null if it is none. */
  cellsMoved() {
    const right = this.get("right") / this.stride, down = this.get("down") / this.stride;
    return Number.isInteger(right) && Number.isInteger(down) && (right || down) ? { right, down } : null;
  }

  shiftNotes() {
    const { text, stride, rows, columns } = this;
    const right = this.get("right"), down = this.get("down");
    if (!right && !down) return [];
    const moved = this.cellsMoved();
    if (!moved) return [make("p", {}, fill(text.shift_between, { stride, shift: this.shiftWords(right, down) }))];
    let same = 0, count = 0;
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        const from = [row - moved.down, column - moved.right];
        if (from[0] < 0 || from[0] >= rows || from[1] < 0 || from[1] >= columns) continue;
        for (let channel = 0; channel < this.input.channels; channel++) {
          if (this.mode === "maps" && channel !== this.get("channel")) continue;
          for (const method of METHODS) {
            const value = (maps, y, x) => maps[method].values[(y * columns + x) * this.input.channels + channel];
            count++;
            if (value(this.after, row, column) === value(this.before, ...from)) same++;
          }
        }
      }
    }
    const locale = this.component.data.locale;
    return [make("p", {}, fill(text.shift_whole, { stride, cells: this.shiftWords(moved.right, moved.down), same: same.toLocaleString(locale), count: count.toLocaleString(locale) }))];
  }

  /** After a shift by whole strides: the part of the outputs that came, and where it came from. */
  frameMoved() {
    const moved = this.cellsMoved();
    if (!moved) return;
    const { rows, columns, size, stride } = this;
    const part = (by, count) => [clamp(by, 0, count), clamp(count + by, 0, count)];
    for (const { element, method, kind } of this.places) {
      if (method === "none" || (kind !== "before" && kind !== "after")) continue;
      const back = kind === "before" ? -1 : 1;
      const [top, bottom] = part(back * moved.down, rows), [left, right] = part(back * moved.right, columns);
      if (bottom <= top || right <= left) continue;
      const { height, width } = this.input;
      element.append(make("div", {
        class: "frame window",
        style: this.mode === "maps"
          ? `grid-area:${top + 1}/${left + 1}/${bottom + 1}/${right + 1}`
          : `left:${(100 * left * stride) / width}%;top:${(100 * top * stride) / height}%;width:${(100 * ((right - left - 1) * stride + size)) / width}%;height:${(100 * ((bottom - top - 1) * stride + size)) / height}%`,
      }));
    }
  }

  leave(here) {
    if (here) {
      this.tell();
      return;
    }
    this.pause();
    clearTimeout(this.timer);
  }
}

// Pixels

function paintLevels({ data }, { values, channels }) {
  for (let pixel = 0; pixel < data.length / 4; pixel++) {
    for (let colour = 0; colour < 3; colour++) data[4 * pixel + colour] = values[pixel * channels + (channels === 3 ? colour : 0)];
    data[4 * pixel + 3] = 255;
  }
}

/** Signed differences; of three channels the one that differs most. The map may lack left-out edges. */
function paintSigned({ data, width }, map, limit, mode) {
  const colours = table("signed", mode);
  const pixels = new Uint32Array(data.buffer);
  for (let row = 0; row < map.height; row++) {
    for (let column = 0; column < map.width; column++) {
      const at = (row * map.width + column) * map.channels;
      let most = map.values[at];
      for (let channel = 1; channel < map.channels; channel++) if (Math.abs(map.values[at + channel]) > Math.abs(most)) most = map.values[at + channel];
      pixels[row * width + column] = colours[clamp(Math.round(255 * (0.5 + most / (2 * limit))), 0, 255)];
    }
  }
}

/** Grey stripes where no window reads. */
function paintLeftOut({ data, width }, rows, columns) {
  const pixels = new Uint32Array(data.buffer);
  rows.forEach((leftOut, row) => {
    columns.forEach((alsoLeftOut, column) => {
      if (leftOut || alsoLeftOut) pixels[row * width + column] = (row + column) % 6 < 3 ? 0xff9a9a9a : 0xffc4c4c4;
    });
  });
}

export default (component) => live(component, PoolingLab);
