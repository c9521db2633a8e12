// One convolution, window by window, forwards and backwards, with all that follows it. Everything is
// calculated here; the server hears of a change only so that the link, the question and the code know it.
import { colourOf, exact, fill, gradient, keepFocus, live, make, rem, short, theme, themed, typedNumber } from "./draw.js";
import { choice, list, stepper } from "./controls.js";
import { connectionsView } from "./connections.js";
import { exportTools } from "./convolution_export.js";
import { DoesNotFit, Example } from "./example.js";
import { COLOURS, channelName, formulas, sumLines } from "./explanation.js";
import * as layers from "./layers.js";

const NARROW = 40; // rem
const LOW = 45; // rem of the window's height: below, the controls stand under the instrument
const LARGEST_UNIT = 3.25; // rem
const SMALLEST_TEXT = 1.35; // rem: in smaller cells a number would be below 12 pixels
const STAGE_HEIGHT = 21; // rem that are left for the maps at 1440×900, more in higher windows
const FLAT = 1.3; // rem: with smaller cells the calculation goes below the maps
const SPEEDS = [0.5, 1, 2, 4, 8]; // steps a second
const ICONS = { // on a square of 24
  first: "M5 5h2.5v14H5zM17 4.5L9.5 12l7.5 7.5 1.8-1.8L13.1 12l5.7-5.7z",
  back: "M15 4.5L7.5 12l7.5 7.5 1.8-1.8L11.1 12l5.7-5.7z",
  play: "M7 5v14l11-7z",
  pause: "M6.5 5h4v14h-4zM13.5 5h4v14h-4z",
  forward: "M9 4.5L16.5 12 9 19.5l-1.8-1.8 5.7-5.7-5.7-5.7z",
  last: "M16.5 5H19v14h-2.5zM7 4.5L14.5 12 7 19.5l-1.8-1.8 5.7-5.7-5.7-5.7z",
};

function icon(name) {
  const picture = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  picture.setAttribute("viewBox", "0 0 24 24");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", ICONS[name]);
  picture.append(path);
  return picture;
}

/** A value in so many characters: as it is, without the zero before the point, with one decimal, whole. */
function fitting(value, most) {
  const bare = (written) => written.replace(/^(−?)0\./, "$1.");
  const forms = [short(value), bare(short(value)), bare(exact(Number(value.toFixed(1)))), exact(Math.round(value))];
  return forms.find((form) => form.length <= most) ?? "";
}

/** A whole number, a decimal, or a fraction like 1/16. NaN if none of them. */
function typedFraction(typed) {
  const [above, below, ...more] = typed.split("/");
  if (more.length) return NaN;
  return below === undefined ? typedNumber(above) : typedNumber(above) / typedNumber(below);
}

class Convolution {
  constructor(root) {
    this.root = root;
    this.position = 0; // of the stepped map, row by row
    this.filter = 0;
    this.stage = "convolution"; // or "pool": what is stepped through
    this.view = "window"; // or "dense"
    this.hide = false; // what comes later
    this.speed = 1;
    this.hover = null; // { grid, channel, at }
    this.selected = null; // the same, of a cell that is edited
    this.playing = false;
    this.kept = {};
  }

  update(component) {
    this.component = component;
    this.data = component.data;
    this.text = component.data.text;
    if (!this.example) {
      this.example = new Example(this.data.example);
      this.readPlace();
    }
    // The arrow keys also step before anything has been clicked, as a lecturer expects.
    if (!this.keys) {
      this.keys = (event) => { if (document.activeElement === document.body && /^Arrow(Left|Right)$/.test(event.key)) this.key(event); };
      document.addEventListener("keydown", this.keys);
    }
    // After a change of ours the server sends nothing new: whoever types or plays is not disturbed.
    const shown = JSON.stringify(this.text) + theme(this.root);
    if (shown !== this.shown) this.build();
    this.shown = shown;
  }

  /** Where a link says that the instrument stands. */
  readPlace() {
    const words = new URL(window.location.href).searchParams;
    const whole = (name, most) => (/^\d{1,3}$/.test(words.get(name) ?? "") ? Math.min(Number(words.get(name)), most) : 0);
    this.filter = whole("filter", this.example.filters.length - 1);
    if (words.get("stage") === "pool" && this.poolLayer.output) this.stage = "pool";
    if (words.get("view") === "dense") this.view = "dense";
    this.hide = words.get("hide") === "1";
    this.position = whole("at", this.steps() - 1);
  }

  /**
   * Write the place into the address, once stepping has come to rest: the next rerun finds it there.
   * Nothing is sent, but browsers look for the page's icon again whenever the address changes.
   */
  writePlace() {
    clearTimeout(this.placing);
    this.placing = setTimeout(() => this.writePlaceNow(), 1000);
  }

  writePlaceNow() {
    clearTimeout(this.placing);
    if (window.location.pathname !== this.root.path) return; // the visitor is already on the next page
    const address = new URL(window.location.href);
    const words = { at: this.position || "", filter: this.filter || "", stage: this.stage === "pool" ? "pool" : "", view: this.view === "dense" ? "dense" : "", hide: this.hide ? "1" : "" };
    for (const [name, word] of Object.entries(words)) {
      if (word === "") address.searchParams.delete(name);
      else address.searchParams.set(name, word);
    }
    if (address.href !== window.location.href) window.history.replaceState(window.history.state, "", address);
  }

  // ---------------------------------------------------------------- numbers

  get layer() { return this.example.layer; }
  get poolLayer() { return this.example.poolLayer; }
  get maps() { return this.example.maps; }
  get kernel() { return this.example.kernel; }

  /** Bring the place into what the example has. */
  settle() {
    this.filter = Math.min(this.filter, this.example.filters.length - 1);
    if (!this.poolLayer.output || this.view === "dense") this.stage = "convolution";
    this.position = Math.max(0, Math.min(this.position, this.steps() - 1));
  }

  steps() {
    const { output } = this.stage === "pool" ? this.poolLayer : this.layer;
    return output * output;
  }

  valueAt(grid, channel, at) {
    return this.example.valueAt(grid, channel, at, this.filter);
  }

  // ---------------------------------------------------------------- changes

  /** Take over another example; where it cannot be calculated the last good one stays. */
  change(make) {
    try {
      this.example = make();
    } catch (error) {
      if (!(error instanceof DoesNotFit)) throw error;
      this.refusal = fill(this.text.refused_kernel, { span: error.span, padded: error.padded });
      this.build(); // a list may show what was not taken
      return;
    }
    this.refusal = "";
    this.selected = null;
    this.hover = null;
    this.pause();
    this.build();
    this.tell();
    this.tellNow();
  }

  set(values) {
    this.change(() => this.example.with(values));
  }

  refuse(sentence) {
    this.refusal = sentence;
    this.showRefusal();
  }

  showRefusal() {
    this.notice.textContent = this.refusal || this.standing();
    this.notice.classList.toggle("warning", Boolean(this.refusal));
  }

  /** What there is to say without a mistake: a step that was left out, a map too small to pool. */
  standing() {
    if (this.data.unread.length && !this.told) return fill(this.text.refused_link, { words: this.data.unread.join(", ") });
    return "";
  }

  tell() {
    this.told = true;
    clearTimeout(this.telling);
    this.telling = setTimeout(() => this.tellNow(), 400);
  }

  tellNow() {
    if (!this.telling) return;
    clearTimeout(this.telling);
    this.telling = 0;
    this.component.setStateValue("link", this.example.link(this.data.defaults[this.example.channels]));
  }

  /** The key of the preset that the image, or the chosen filter, is as it stands. */
  imageKey() {
    return Object.keys(this.data.images).find((key) => this.example.isDrawn(this.data.images[key]));
  }

  kernelKey() {
    return Object.keys(this.data.kernels).find((key) => this.example.isSliced(this.data.kernels[key], this.filter));
  }

  /** Between grey and colour: image and filters are those that were last seen there. */
  setChannels(channels) {
    this.kept[this.example.channels] = this.example;
    const { image, size, filters } = this.kept[channels] ?? this.data.defaults[channels];
    this.set({ channels, image, size, filters });
  }

  setFilters(count) {
    this.filter = count - 1;
    this.change(() => this.example.withFilters(count, Object.values(this.data.kernels)));
  }

  /** Start one of the prepared experiments, the lecture's example among them. */
  load(key) {
    this.position = 0;
    this.filter = 0;
    this.stage = "convolution";
    this.change(() => new Example(this.data.experiments[key]));
    this.writePlace();
  }

  /** One number of the image, a filter or its bias; redraws the numbers, not the page. */
  setNumber({ grid, channel, at }, value) {
    this.example.set(grid, channel, at, this.filter, value);
    this.refusal = "";
    this.refresh();
    this.tell();
  }

  // ---------------------------------------------------------------- stepping

  go(position) {
    const last = this.steps() - 1;
    this.position = Math.max(0, Math.min(last, position));
    this.hover = null;
    this.paint();
    this.writePlace();
  }

  play() {
    if (this.position >= this.steps() - 1) this.go(0);
    this.playing = true;
    this.paintTransport();
    const tick = () => {
      this.timer = setTimeout(() => {
        if (!this.playing || !this.root.isConnected) return;
        this.go(this.position + 1);
        if (this.position >= this.steps() - 1) this.pause();
        else tick();
      }, 1000 / SPEEDS[this.speed]);
    };
    tick();
  }

  pause() {
    clearTimeout(this.timer);
    if (!this.playing) return;
    this.playing = false;
    this.paintTransport();
  }

  /** What the mouse points at, null where it points at nothing. */
  point(cell) {
    if (this.playing) return;
    this.hover = cell ?? this.selected;
    this.paint();
  }

  /** The cell that is explained: under the pointer, else the one that stepping has come to. */
  current() {
    if (this.hover && this.hover.grid !== "kernel") return this.hover;
    return { grid: this.stage, channel: this.filter, at: this.position };
  }

  key(event) {
    const { target } = event;
    if (event.altKey || event.ctrlKey || event.metaKey || target.matches?.("select, input")) return;
    const grid = target.dataset?.grid;
    const move = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
    if (grid === "input" || grid === "kernel") {
      if (move) this.moveSelection(target, move);
      else if (event.key === "Enter") this.editField?.focus();
      else if (event.key === "Escape") { this.selected = null; this.hover = null; this.paint(); }
      else if (/^[\d.,\-−]$/.test(event.key) && this.selected) this.startTyping(event.key);
      else return;
      event.preventDefault();
      return;
    }
    const side = this.stage === "pool" ? this.poolLayer.output : this.layer.output;
    if (move) this.go(this.position + move[0] * side + move[1]);
    else if (event.key === "Home") this.go(0);
    else if (event.key === "End") this.go(this.steps() - 1);
    else if (event.key === "Escape") { this.hover = null; this.pause(); this.paint(); }
    else return;
    this.pause();
    event.preventDefault();
  }

  /** The first key goes into the field, and what follows behind it. */
  startTyping(key) {
    this.editField.value = key;
    this.editField.focus();
    this.editField.setSelectionRange(key.length, key.length);
    this.typed();
  }

  moveSelection(target, [down, right]) {
    const { grid, channel } = target.dataset;
    const side = grid === "input" ? this.layer.padded : this.kernel;
    const low = grid === "input" ? this.layer.before : 0, high = grid === "input" ? low + this.layer.size - 1 : side - 1;
    const same = this.selected?.grid === grid && this.selected.channel === Number(channel);
    const at = same ? this.selected.at : low * side + low;
    const clamp = (value) => Math.max(low, Math.min(high, value));
    const row = clamp(Math.floor(at / side) + (same ? down : 0)), column = clamp((at % side) + (same ? right : 0));
    this.select({ grid, channel: Number(channel), at: row * side + column });
  }

  /** Choose a cell of the image or a filter; its users are lit, and it can be changed. */
  select(cell) {
    this.selected = cell;
    this.selected.before = this.selectedValue();
    this.hover = cell;
    this.pause();
    this.paint();
    if (this.narrow) this.editor.scrollIntoView({ block: "nearest" });
  }

  pick(grid, channel, at) {
    if (grid === "input") {
      if (this.example.pixel(at)) this.select({ grid, channel, at });
      else this.refuse(this.text.refused_padding);
    } else if (grid === "kernel") this.select({ grid, channel, at });
    else if (grid === "convolution" || grid === "relu") { this.stage = "convolution"; this.filter = channel; this.landOn(at); }
    else if (grid === "pool") { this.stage = "pool"; this.filter = channel; this.landOn(at); }
    else if (grid === "flat") { this.stage = "pool"; this.filter = at % this.maps.pool.channels; this.landOn(Math.floor(at / this.maps.pool.channels)); }
  }

  landOn(at) {
    this.pause();
    this.selected = null;
    this.position = at;
    this.hover = null;
    this.build();
    this.writePlace();
  }

  // ---------------------------------------------------------------- building

  build() {
    this.settle();
    keepFocus(this.root, () => this.rebuild());
  }

  rebuild() {
    this.mode = theme(this.root);
    this.width = this.root.clientWidth || 1000;
    this.narrow = this.width < NARROW * rem();
    this.height = Math.max(STAGE_HEIGHT, Math.min(32, window.innerHeight / rem() - 35.5));
    const below = this.narrow || window.innerHeight < LOW * rem();
    this.grids = [];
    this.legends = [];
    this.lit = [];
    this.notice = make("p", { class: "note notice", role: "status" });
    this.sum = make("div", { class: "conv-sum" });
    this.editor = make("div", { class: "editor" });
    this.formulas = make("div", { class: "conv-formulas" });
    this.details = make("div", { class: "conv-details" });
    this.connections = this.view === "dense" ? connectionsView(this) : null;
    const controls = [this.controls(), this.laterControls()]; // on a phone the instrument comes first
    this.root.replaceChildren(
      themed(this.root, `convolution-root${this.narrow ? " narrow" : ""}${this.example.channels === 3 ? " colour" : ""}`,
        ...(below ? [] : controls), this.transport(),
        ...(this.connections ? [this.connections.element, this.sum, this.details, this.editor] : [this.stageElement(), this.details]),
        ...(below ? controls : []), this.notice, this.formulas, exportTools(this)));
    const element = this.root.firstChild;
    element.addEventListener("keydown", (event) => this.key(event));
    this.refresh();
  }

  controls() {
    const { text, data, example } = this;
    const { sizes, kernels, strides, paddings, dilations, filters } = data.limits;
    const images = Object.keys(data.images).filter((key) => data.images[key].channels <= example.channels).map((key) => [key, data.image_names[key]]);
    const presets = Object.keys(data.kernels).map((key) => [key, data.kernel_names[key]]);
    const padding = example.padding === "same" ? this.layer.before : example.padding;
    return make("div", { class: "conv-controls" },
      list(text.image, images, this.imageKey(), (key) => this.set({ image: example.drawn(data.images[key], example.size) }), "image-preset", text.own),
      choice(text.channels, [[1, text.grey], [3, text.colour]], example.channels, (channels) => this.setChannels(channels), "channels"),
      stepper("size", text.size, example.size, ...sizes, (size) => this.change(() => example.resized(size, data.images[this.imageKey()]))),
      list(fill(text.filter_preset, { number: this.filter + 1 }), presets, this.kernelKey(), (key) => this.change(() => example.withKernel(data.kernels[key], this.filter)), "kernel-preset", text.own),
      stepper("filters", text.filters, example.filters.length, 1, filters, (count) => this.setFilters(count)),
      stepper("kernel", text.kernel, this.kernel, ...kernels, (size) => this.change(() => example.withKernelSize(size))),
      stepper("stride", text.stride, example.stride, ...strides, (stride) => this.set({ stride })),
      make("div", { class: "control" },
        make("span", { class: "control-label" }, text.padding),
        make("span", { class: "group" },
          stepper("padding", text.padding, padding, ...paddings, (value) => this.set({ padding: value }), example.padding === "same").lastChild,
          make("button", { type: "button", class: "toggle", "data-focus": "same", "aria-pressed": String(example.padding === "same"), onclick: () => this.set({ padding: example.padding === "same" ? 0 : "same" }) }, text.same))),
      stepper("dilation", text.dilation, example.dilation, ...dilations, (dilation) => this.set({ dilation })));
  }

  laterControls() {
    const { text, data, example } = this;
    const [low, high] = data.limits.pools;
    const flip = (label, on, set, focus) => make("button", { type: "button", class: "toggle", "aria-pressed": String(on), "data-focus": focus, onclick: set }, label);
    const now = JSON.stringify(example.words());
    const keys = Object.keys(data.experiments);
    const tried = keys.find((key) => JSON.stringify(new Example(data.experiments[key]).words()) === now);
    return make("div", { class: "conv-controls" },
      list(text.experiment, keys.map((key) => [key, data.experiment_names[key]]), tried, (key) => this.load(key), "experiment", text.own),
      choice(text.view, [["window", text.view_window], ["dense", text.view_dense]], this.view, (view) => { this.view = view; this.build(); this.writePlace(); }, "view"),
      make("div", { class: "control" }, make("span", { class: "control-label" }, text.activation), flip("ReLU", example.relu, () => this.set({ relu: !example.relu }), "relu")),
      choice(text.pooling, [["max", text.kind_max], ["average", text.kind_average]], example.pool, (pool) => this.set({ pool }), "pool"),
      stepper("pool_size", text.pool_size, example.pool_size, low, high, (value) => this.set({ pool_size: value, pool_stride: value })),
      stepper("pool_stride", text.pool_stride, example.pool_stride, low, high, (value) => this.set({ pool_stride: value })),
      make("div", { class: "control" }, make("span", { class: "control-label" }, text.show), flip(text.hide, this.hide, () => { this.hide = !this.hide; this.build(); this.writePlace(); }, "hide")));
  }

  transport() {
    const { text } = this;
    const press = (name, act) => make("button", { type: "button", class: "toggle icon", "data-focus": name, "data-step": name, title: text[`transport_${name}`], ariaLabel: text[`transport_${name}`], onclick: act }, icon(name));
    const land = (position) => { this.pause(); this.go(position()); };
    this.buttons = {
      first: press("first", () => land(() => 0)),
      back: press("back", () => land(() => this.position - 1)),
      play: press("play", () => (this.playing ? this.pause() : this.play())),
      forward: press("forward", () => land(() => this.position + 1)),
      last: press("last", () => land(() => this.steps() - 1)),
    };
    this.slider = make("input", { type: "range", min: 0, max: this.steps() - 1, step: 1, "data-focus": "slider", ariaLabel: text.position, oninput: (event) => { this.pause(); this.go(Number(event.target.value)); } });
    this.place = make("span", { class: "place", role: "status" });
    const speed = make("select", { class: "toggle", ariaLabel: text.speed, title: text.speed, "data-focus": "speed", onchange: (event) => { this.speed = Number(event.target.value); } },
      ...SPEEDS.map((value, at) => make("option", { value: at }, fill(text.steps_a_second, { count: value }))));
    speed.value = String(this.speed);
    const stages = this.poolLayer.output && this.view !== "dense"
      ? [choice("", [["convolution", text.step_convolution], ["pool", text.step_pool]], this.stage, (stage) => { this.stage = stage; this.position = 0; this.build(); this.writePlace(); }, "stage").lastChild]
      : [];
    return make("div", { class: "transport" },
      make("div", { class: "group" }, ...Object.values(this.buttons)), this.slider, this.place, speed, ...stages);
  }

  /** One grid of cells; all pointer events are taken by the grid itself. */
  grid(name, channel, side, unit, label, columns = side) {
    const cells = Array.from({ length: name === "flat" ? side : side * columns }, (_, at) => make("div", { class: "cell", "data-at": at }));
    const element = make("div", {
      class: `grid${unit < SMALLEST_TEXT ? " tiny" : ""}`, tabIndex: 0, role: "group", ariaLabel: label, "data-grid": name, "data-channel": channel, "data-focus": `grid-${name}-${channel}`,
      style: `--columns:${columns};--unit:${unit}rem`,
    }, ...cells);
    const atOf = (event) => event.target.closest?.(".cell")?.dataset.at;
    element.addEventListener("pointerover", (event) => {
      const at = atOf(event);
      if (event.pointerType !== "mouse" || at === undefined || this.playing) return;
      this.point({ grid: name, channel, at: Number(at) });
    });
    element.addEventListener("pointerleave", (event) => {
      if (event.pointerType === "mouse") this.point(null);
    });
    element.addEventListener("click", (event) => { const at = atOf(event); if (at !== undefined) this.pick(name, channel, Number(at)); });
    element.addEventListener("focus", () => { if ((name === "input" || name === "kernel") && element.matches(":focus-visible") && !this.selected) this.moveSelection(element, [0, 0]); });
    const grid = { name, channel, element, cells, unit, columns };
    this.grids.push(grid);
    return element;
  }

  /** Sides of the cells, in rem, so that all of it fits. */
  units() {
    const { layer, poolLayer, example, kernel } = this;
    const width = this.width / rem() - 0.5;
    const across = example.channels === 3 && !this.narrow ? 2 : 1; // grids of the image side by side
    const down = example.channels === 3 ? (this.narrow ? 1 : 2) : 1;
    const maps = layer.output + (example.relu ? layer.output : 0) + poolLayer.output + (poolLayer.output ? 1 : 0);
    const crowded = !this.narrow && example.filters.length * layer.output * SMALLEST_TEXT > this.height + 4;
    const filters = crowded ? 1 : example.filters.length;
    const bounded = (unit) => Math.max(0.45, Math.min(LARGEST_UNIT, unit));
    // As high as the window has room for; higher where the numbers could not be read else.
    const inputUnit = (room, height) => bounded(Math.min(room, Math.max(SMALLEST_TEXT, (height - 1.6 * down) / (down * layer.padded))));
    const mapUnit = (room, height) => bounded(Math.min(room, Math.max(SMALLEST_TEXT, (height - 1.4 * filters) / (filters * layer.output))));
    if (this.narrow) {
      const side = bounded((width - 1.5) / (layer.padded + layer.output));
      return { input: example.channels === 3 ? bounded((width - 2) / (2 * layer.padded)) : side, calculation: bounded((width - 4.5 - (example.channels === 3 ? 8.5 : 0)) / (3 * kernel)), maps: example.channels === 3 ? bounded((width - 1) / (2 * layer.output + 1)) : side, wrapped: true };
    }
    const gaps = example.relu ? 15.5 : 13;
    const together = (width - gaps) / (across * layer.padded + 3 * kernel + maps);
    const calculation = bounded(Math.min(2.25, (this.height - 3) / (kernel * example.channels), together > FLAT ? together : 2.25));
    const input = inputUnit(together, this.height);
    const left = (width - gaps - across * layer.padded * input - 3 * kernel * calculation - (example.channels === 3 ? 10 : 0)) / maps;
    if (together <= FLAT || left < SMALLEST_TEXT) {
      const apart = (width - gaps + 4) / (across * layer.padded + maps);
      const height = this.height - (crowded ? 10 : 6); // the calculation stands below
      const above = inputUnit(1.3 * apart, height);
      const beside = (width - gaps + 4 - across * layer.padded * above) / maps;
      return { input: above, calculation: bounded(Math.min(2.25, (width - 8) / (3 * kernel * example.channels))), maps: mapUnit(beside, height), wrapped: true, crowded };
    }
    return { input, calculation, maps: mapUnit(left, this.height - 6 * crowded), wrapped: false, crowded };
  }

  block(className, title, detail, ...children) {
    return make("section", { class: `block ${className}` }, make("h4", {}, title, make("span", { class: "muted" }, detail ? ` ${detail}` : "")), ...children);
  }

  stageElement() {
    const { text, example, layer, poolLayer } = this;
    const unit = this.units();
    const named = (channel) => (example.channels === 1 ? "" : text[`colour_${COLOURS[channel]}`]);
    const size = (side, channels) => (channels === undefined ? `${side}×${side}` : `${side}×${side}×${channels}`);
    const inputs = Array.from({ length: example.channels }, (_, channel) => {
      const grid = this.grid("input", channel, layer.padded, unit.input, fill(text.image_grid, { channel: named(channel), size: size(example.size) }));
      const frame = make("div", { class: "frame" });
      grid.append(frame);
      this.grids.at(-1).frame = frame;
      return make("div", {}, example.channels === 1 ? "" : channelName(text, channel), grid);
    });
    if (example.channels === 3) inputs.unshift(this.picture(unit.input));
    const padded = layer.padded === example.size ? "" : fill(text.with_padding, { size: size(layer.padded) });
    const filterName = (at) => fill(text.filter_number, { number: at + 1 });
    const map = (name, side, at, cell) => make("div", { class: "map" },
      make("button", { type: "button", class: "map-name", tabIndex: -1, onclick: () => { this.filter = at; this.build(); this.writePlace(); } }, filterName(at)),
      this.grid(name, at, side, cell, fill(text.map_grid, { name: text[`map_${name}`], filter: at + 1, size: size(side) })));
    // Where all of them would fill more than the window, the chosen filter's maps are large alone.
    const column = (name, side) => unit.crowded
      ? [map(name, side, this.filter, unit.maps), make("div", { class: "others" }, ...example.filters.map((_, at) => (at === this.filter ? "" : map(name, side, at, Math.min(0.9, unit.maps / Math.max(2, example.filters.length - 1) - 0.1)))))]
      : example.filters.map((_, at) => map(name, side, at, unit.maps));
    const image = this.block("conv-input", text.block_image, `${example.channels === 3 ? size(example.size, 3) : size(example.size)}${padded}`, make("div", { class: `inputs${example.channels === 3 ? " three" : ""}` }, ...inputs), this.legend("input"));
    const calculation = this.calculation(unit.calculation);
    const convolution = this.block("conv-maps", text.block_convolution, size(layer.output, example.filters.length), ...column("convolution", layer.output), this.legend("convolution"));
    const later = [];
    if (example.relu) later.push(this.block("conv-maps", "ReLU", "max(0, x)", ...column("relu", layer.output)));
    if (poolLayer.output) {
      const cells = poolLayer.output ** 2 * example.filters.length;
      const flatUnit = Math.max(SMALLEST_TEXT, Math.min(unit.maps, 1.8));
      const across = this.narrow ? Math.floor((this.width / rem() - 1) / flatUnit) : Math.ceil(cells / Math.floor((this.height - 2) / flatUnit));
      later.push(
        this.block("conv-maps", fill(text[`block_${example.pool}`], { size: size(example.pool_size) }), size(poolLayer.output, example.filters.length), ...column("pool", poolLayer.output)),
        this.block("conv-flat", text.block_flatten, String(cells), this.grid("flat", 0, cells, flatUnit, text.map_flat, Math.min(cells, across))));
    } else later.push(make("p", { class: "note" }, fill(text.pool_left_out, { map: size(layer.output), pool: size(example.pool_size) })));
    const blocks = this.narrow ? [image, convolution, calculation, ...later] : unit.wrapped ? [image, convolution, ...later, calculation] : [image, calculation, convolution, ...later];
    return make("div", { class: `conv-stage${unit.wrapped ? " wrapped" : ""}` }, ...blocks);
  }

  /** What the three channels look like together. */
  picture(unit) {
    const { padded } = this.layer;
    const element = make("div", { class: "grid picture", role: "img", ariaLabel: this.text.picture, style: `--columns:${padded};--unit:${unit}rem` },
      ...Array.from({ length: padded * padded }, () => make("div", { class: "cell" })));
    this.grids.push({ name: "picture", channel: 0, element, cells: [...element.children], unit, columns: padded });
    return make("div", {}, make("span", { class: "channel-name" }, this.text.picture), element);
  }

  legend(grid) {
    const legend = make("div", { class: "legend" }, make("span", {}), make("i", {}), make("span", {}));
    this.legends.push({ grid, ends: [legend.firstChild, legend.lastChild], bar: legend.children[1] });
    return legend;
  }

  writeLegends() {
    for (const { grid, ends, bar } of this.legends) {
      const { scale, limit } = this.example.scaleOf(grid);
      ends[0].textContent = scale === "signed" ? short(-limit) : "0";
      ends[1].textContent = short(limit);
      bar.style.background = gradient(scale, this.mode);
    }
  }

  /** Window × filter = products, a row for each channel; the filter's numbers can be changed. */
  calculation(unit) {
    const { text, example } = this;
    const tabs = example.filters.map((_, at) => make("button", {
      type: "button", class: "toggle", "aria-pressed": String(at === this.filter), "data-focus": `filter-${at}`, onclick: () => { this.filter = at; this.selected = null; this.hover = null; this.build(); this.writePlace(); },
    }, fill(text.filter_number, { number: at + 1 })));
    const figure = (name, channel, caption) => make("figure", {},
      this.grid(name, channel, this.kernel, unit, fill(text[`${name}_grid`], { channel: example.channels === 1 ? "" : text[`colour_${COLOURS[channel]}`], number: this.filter + 1 })),
      channel === example.channels - 1 ? make("figcaption", { class: "muted" }, caption) : "");
    const rows = Array.from({ length: example.channels }, (_, channel) => make("div", { class: "matrices" },
      example.channels === 1 ? "" : channelName(text, channel),
      figure("patch", channel, text.window), make("span", { class: "operator" }, "×"), figure("kernel", channel, text.filter), make("span", { class: "operator" }, "="), figure("products", channel, text.products),
      example.channels === 1 ? "" : make("span", { class: "slice-sum", "data-slice": channel })));
    const bias = make("button", { type: "button", class: "toggle", "data-focus": "bias", onclick: () => this.select({ grid: "bias", channel: this.filter, at: 0 }) }, "");
    this.bias = bias;
    return make("section", { class: "block conv-calculation" }, make("div", { class: "group" }, ...tabs, bias), make("div", {}, ...rows), make("div", { class: "conv-result" }, this.editor, this.sum));
  }

  // ---------------------------------------------------------------- painting

  /** Numbers and colours of every grid that does not depend on the step. */
  refresh() {
    for (const grid of this.grids) {
      if (grid.name === "patch" || grid.name === "products") continue;
      if (grid.name === "picture") { this.paintPicture(grid); continue; }
      const { scale, limit } = this.example.scaleOf(grid.name);
      grid.cells.forEach((cell, at) => this.write(cell, grid, this.valueAt(grid.name, grid.channel, at), scale, limit));
    }
    this.paintPlaces();
    this.writeLegends();
    this.formulas.replaceChildren(...formulas(this));
    if (this.bias) this.bias.textContent = `${this.text.bias} ${exact(this.example.filters[this.filter].bias)}`;
    this.connections?.refresh();
    this.paint();
    this.showRefusal();
  }

  write(cell, grid, value, scale, limit) {
    const { background, color } = colourOf(value, scale, limit, this.mode);
    cell.style.backgroundColor = background; // the hatching of the padding lies above it
    cell.style.color = color;
    const written = grid.unit < SMALLEST_TEXT ? "" : fitting(value, grid.unit / 0.42); // characters at the smallest readable size
    cell.textContent = written;
    cell.style.fontSize = `${Math.max(0.75, Math.min(0.46 * grid.unit, (1.5 * grid.unit) / written.length, 1.05))}rem`;
  }

  paintPicture(grid) {
    const { limit } = this.example.scaleOf("input");
    grid.cells.forEach((cell, at) => {
      const colours = [0, 1, 2].map((channel) => Math.round((255 * Math.max(0, this.valueAt("input", channel, at))) / limit));
      cell.style.backgroundColor = `rgb(${colours.join(" ")})`;
    });
  }

  /** Padding is hatched, what no window reaches is greyed. */
  paintPlaces() {
    const { before, size, padded, leftOut } = this.layer;
    for (const grid of this.grids.filter((grid) => grid.name === "input" || grid.name === "picture")) {
      grid.cells.forEach((cell, at) => {
        const row = Math.floor(at / padded), column = at % padded;
        const inside = row >= before && row < before + size && column >= before && column < before + size;
        cell.classList.toggle("padding", !inside);
        cell.classList.toggle("left-out", row >= padded - leftOut || column >= padded - leftOut);
      });
    }
    const pooled = this.poolLayer;
    const source = this.example.relu ? "relu" : "convolution";
    for (const grid of this.grids.filter((grid) => grid.name === source)) {
      grid.cells.forEach((cell, at) => {
        const row = Math.floor(at / pooled.size), column = at % pooled.size;
        cell.classList.toggle("left-out", pooled.output > 0 && (row >= pooled.size - pooled.leftOut || column >= pooled.size - pooled.leftOut));
      });
    }
  }

  light(grid, channel, at, className) {
    for (const member of this.grids) {
      if (member.name !== grid || (channel !== null && member.channel !== channel)) continue;
      const cell = member.cells[at];
      if (!cell) continue;
      cell.classList.add(className);
      this.lit.push(cell);
    }
  }

  /** Everything that changes with a step or under the pointer. */
  paint() {
    for (const cell of this.lit) {
      cell.classList.remove("window", "current", "user", "field", "selected", "most");
      if (cell.dataset.weight) delete cell.dataset.weight;
    }
    this.lit = [];
    const current = this.current();
    if (this.hover && this.hover.grid === "kernel") this.light("kernel", this.hover.channel, this.hover.at, "current");
    if (this.selected && this.selected.grid !== "bias") this.light(this.selected.grid, this.selected.channel, this.selected.at, "selected");
    const shown = this.explained(current);
    this.lightAround(current, shown);
    this.paintCalculation(shown);
    this.paintLater();
    const { lines, details } = sumLines(this, current, shown);
    this.sum.replaceChildren(...lines);
    this.details.replaceChildren(...details);
    this.writeEditor();
    this.paintTransport();
    this.connections?.paint(shown);
  }

  /** Which output of the convolution is written out: { row, column, filter }, for any current cell. */
  explained(current) {
    const side = this.layer.output;
    let { at, channel } = current;
    if (current.grid === "input" || current.grid === "picture" || current.grid === "patch" || current.grid === "products" || current.grid === "bias") {
      at = this.stage === "convolution" ? this.position : this.strongest(this.position, this.filter);
      channel = this.filter;
    } else if (current.grid === "flat") {
      channel = at % this.maps.pool.channels;
      at = this.strongest(Math.floor(at / this.maps.pool.channels), channel);
    } else if (current.grid === "pool") at = this.strongest(at, channel);
    return { row: Math.floor(at / side), column: at % side, filter: channel };
  }

  /** The cell that a pooled one comes from: the largest, or the first of its window for the average. */
  strongest(position, channel) {
    const { output, size } = this.poolLayer;
    if (!output) return 0;
    const row = Math.floor(position / output), column = position % output;
    const values = this.example.pooledValues(channel, row, column);
    const pixels = layers.window(this.poolLayer, row, column);
    const pixel = pixels[this.example.pool === "max" ? values.indexOf(Math.max(...values)) : 0];
    return pixel.row * size + pixel.column;
  }

  lightAround(current, { row, column, filter }) {
    const { layer, poolLayer, example } = this;
    const inPadded = (pixel) => (pixel.row + layer.before) * layer.padded + pixel.column + layer.before;
    const source = example.relu ? "relu" : "convolution";
    const pool = current.grid === "pool" || current.grid === "flat";
    const pixels = layers.window(layer, row, column);
    if (current.grid === "input") {
      this.light("input", current.channel, current.at, "current");
      const users = layers.usersOf(layer, Math.floor(current.at / layer.padded) - layer.before, (current.at % layer.padded) - layer.before);
      for (const user of users) this.light("convolution", null, user.row * layer.output + user.column, "user");
    }
    if (pool) {
      const at = current.grid === "pool" ? current.at : Math.floor(current.at / this.maps.pool.channels);
      const window = layers.window(poolLayer, Math.floor(at / poolLayer.output), at % poolLayer.output);
      const field = new Set();
      for (const pixel of window) {
        this.light(source, filter, pixel.row * poolLayer.size + pixel.column, "window");
        for (const seen of layers.window(layer, pixel.row, pixel.column)) field.add(inPadded(seen));
      }
      for (const at of field) this.light("input", null, at, "field");
      this.light("pool", filter, at, "current");
      this.light("flat", 0, at * this.maps.pool.channels + filter, "current");
      if (example.pool === "max") this.light(source, filter, row * layer.output + column, "most");
    } else if (current.grid !== "input") {
      for (const pixel of pixels) this.light("input", null, inPadded(pixel), "window");
      this.light("convolution", filter, row * layer.output + column, "current");
      this.light("relu", filter, row * layer.output + column, "current");
      if (poolLayer.output) {
        for (const user of layers.usersOf(poolLayer, row, column)) {
          this.light("pool", filter, user.row * poolLayer.output + user.column, "user");
          this.light("flat", 0, (user.row * poolLayer.output + user.column) * this.maps.pool.channels + filter, "user");
        }
      }
    }
    const weights = current.grid !== "input" && !pool;
    for (const grid of this.grids.filter((grid) => grid.name === "input")) {
      const spanned = layers.span(layer.kernel, layer.dilation);
      grid.frame.style.transform = `translate(${column * layer.stride * grid.unit}rem, ${row * layer.stride * grid.unit}rem)`;
      grid.frame.style.width = grid.frame.style.height = `${spanned * grid.unit}rem`;
      grid.frame.hidden = !weights;
      if (!weights || grid.unit < 1.9) continue;
      for (const pixel of pixels) grid.cells[inPadded(pixel)].dataset.weight = `×${short(example.filters[filter].kernel[pixel.tap * example.channels + grid.channel])}`;
    }
  }

  paintCalculation({ row, column, filter }) {
    const { slices } = this.example.sum(filter, row, column);
    const limits = { patch: this.example.scaleOf("patch"), products: this.example.scaleOf("convolution") };
    for (const grid of this.grids) {
      if (grid.name !== "patch" && grid.name !== "products" && grid.name !== "kernel") continue;
      const { scale, limit } = limits[grid.name] ?? this.example.scaleOf("kernel");
      slices[grid.channel][grid.name].forEach((value, at) => this.write(grid.cells[at], grid, value, scale, limit));
    }
    for (const place of this.root.querySelectorAll("[data-slice]")) place.textContent = `Σ = ${exact(slices[Number(place.dataset.slice)].sum)}`;
  }

  /** Where the class shall predict, later results are covered. */
  paintLater() {
    const stepped = this.stage === "pool" ? ["pool", "flat"] : ["convolution", "relu"];
    const beyond = this.stage === "pool" ? [] : ["pool", "flat"]; // all of it comes later
    for (const grid of this.grids.filter(({ name }) => stepped.includes(name) || beyond.includes(name))) {
      const each = grid.name === "flat" ? this.maps.pool.channels : 1; // cells that one step fills
      grid.cells.forEach((cell, at) => cell.classList.toggle("later", this.hide && (beyond.includes(grid.name) || Math.floor(at / each) > this.position)));
    }
  }

  writeEditor() {
    const { text, selected, layer } = this;
    const key = selected ? `${selected.grid}-${selected.channel}-${selected.at}-${this.filter}` : "";
    if (key && key === this.editing && this.editor.firstChild) { this.syncEditor(); return; }
    this.editing = key;
    if (!selected) { this.editor.replaceChildren(make("span", { class: "muted" }, text.editor_hint)); this.editField = null; return; }
    const side = selected.grid === "input" ? layer.padded : this.kernel;
    const shift = selected.grid === "input" ? layer.before : 0;
    const place = { row: Math.floor(selected.at / side) - shift, column: (selected.at % side) - shift, channel: this.example.channels === 1 ? "" : text[`colour_${COLOURS[selected.channel]}`], number: this.filter + 1 };
    const name = fill(text[`editor_${selected.grid}`], place);
    this.editField = make("input", {
      class: "toggle edit", type: "text", // a phone's decimal keys have no minus
      autocomplete: "off", ariaLabel: name, "data-focus": "edit", value: exact(this.selectedValue()),
      onpointerup: (event) => event.target.select(), oninput: () => this.typed(),
      onkeydown: (event) => {
        if (event.key === "Enter" || event.key === "Escape") {
          if (event.key === "Escape") this.takeBack();
          event.target.value = exact(this.selectedValue());
          event.target.blur();
          this.root.querySelector(`[data-focus="grid-${selected.grid}-${selected.channel}"]`)?.focus();
          event.stopPropagation();
        }
      },
      onblur: (event) => { if (Number.isNaN(typedFraction(event.target.value))) event.target.value = exact(this.selectedValue()); },
    });
    const press = (step) => make("button", { type: "button", class: "toggle", "data-focus": `edit${step}`, ariaLabel: `${name}: ${step > 0 ? "+1" : "−1"}`, onclick: () => { this.editField.value = exact(this.selectedValue() + step); this.typed(); } }, step < 0 ? "−" : "+");
    this.editor.replaceChildren(make("span", {}, name), press(-1), this.editField, press(1));
  }

  syncEditor() {
    if (this.editField && this.editor.getRootNode().activeElement !== this.editField) this.editField.value = exact(this.selectedValue());
  }

  selectedValue() {
    return this.valueAt(this.selected.grid, this.selected.channel, this.selected.at);
  }

  typed() {
    const given = this.editField.value;
    const value = typedFraction(given);
    const { largest } = this.data.limits;
    if (Number.isNaN(value) || Math.abs(value) > largest) {
      this.takeBack();
      const begun = /^\s*[-−+]?[\d.,]{0,6}\/?\s*$/.test(given); // a number may still come of it
      if (!begun || Math.abs(value) > largest) this.refuse(Number.isNaN(value) ? fill(this.text.refused_number, { given: given.slice(0, 20) }) : fill(this.text.refused_large, { given: given.slice(0, 20), largest }));
      return;
    }
    this.setNumber(this.selected, value);
  }

  /** The number as it was before anything was typed. */
  takeBack() {
    if (this.selected && this.selectedValue() !== this.selected.before) this.setNumber(this.selected, this.selected.before);
  }

  paintTransport() {
    const { text, layer } = this;
    const last = this.steps() - 1;
    this.slider.max = String(last);
    this.slider.value = String(this.position);
    if (this.buttons.play.dataset.shows !== String(this.playing)) {
      this.buttons.play.replaceChildren(icon(this.playing ? "pause" : "play"));
      this.buttons.play.dataset.shows = String(this.playing);
    }
    this.buttons.play.ariaLabel = this.buttons.play.title = this.playing ? text.transport_pause : text.transport_play;
    for (const name of ["first", "back"]) this.buttons[name].disabled = this.position === 0;
    for (const name of ["last", "forward"]) this.buttons[name].disabled = this.position === last;
    const side = this.stage === "pool" ? this.poolLayer.output : layer.output;
    this.place.textContent = fill(text.place, { step: this.position + 1, steps: last + 1, row: Math.floor(this.position / side), column: this.position % side });
    this.place.dataset.step = String(this.position);
  }

  leave(here) {
    document.removeEventListener("keydown", this.keys);
    this.keys = null;
    if (here) { // a rerun: who plays goes on playing
      this.tellNow();
      return;
    }
    this.pause();
    clearTimeout(this.placing);
    clearTimeout(this.telling);
  }
}

export default (component) => live(component, Convolution);
