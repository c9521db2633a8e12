// A kernel on a picture: every result with its sign, any pixel's arithmetic, the kernel edited by
// hand, a blur repeated, Sobel's gradient, and the kernels that a network learned beside them.
import { bracketed, cellText, colourOf, drawSheet, fill, fromBase64, gradient, keepFocus, live, make, palette, percent, rem, show, table, theme, themed, typedNumber } from "./draw.js";
import { codeOf, convolve, cosine, gain, isBlur, levels, moments, mostTimes, padded, repeated, shares, sobel, spread, sumOf } from "./filters.js";

const CHECKPOINT = 10; // passes: every tenth is kept, so that a slider moves at once
const CHAINS = 6; // of passes that are kept: three channels, before and after the editing
const REACH = 20; // pixels to each side of a repeated kernel's middle that are drawn, always the same
const COLOURS = ["red", "green", "blue"];
const NUDGES = [["ArrowLeft", "←"], ["ArrowUp", "↑"], ["ArrowDown", "↓"], ["ArrowRight", "→"]];
const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

const same = (one, other) => codeOf(one) === codeOf(other);

const isWhole = (value) => Math.abs(value - Math.round(value)) < 1e-9;

/** Whole numbers as they are, others with four significant digits. */
const shown = (value) => show(isWhole(value) ? Math.round(value) : value, 4);

/** In sums: two decimals, so that a reader can add them up. */
const added = (value) => (isWhole(value) ? show(Math.round(value)) : value.toFixed(2).replace("-", "−"));

/** In the cells of a matrix: as many digits as there is room for. */
const fitted = (value, size) => (isWhole(value) ? show(Math.round(value)) : value.toFixed(Math.max(0, (size === 3 ? 4 : 3) - Math.max(2, String(Math.trunc(Math.abs(value))).length))).replace("-", "−"));

/** As in draw.js, but with the two decimals of `added`: 25 terms have no room for four. */
const equals = (terms, sum) => (terms.reduce((total, value) => total + Math.round(100 * value), 0) === Math.round(100 * sum) ? "=" : "≈");

class Lab {
  constructor(root) {
    this.root = root;
    this.state = "learned"; // of the network whose kernels are shown: or "random"
    this.version = "after"; // or "before", "difference", where the kernel was edited
    this.cell = null; // the weight that − and + change
    this.hover = null; // the pixel under the mouse
    this.planes = new Map();
    this.chains = new Map();
  }

  update(component) {
    this.component = component;
    const { data } = component;
    this.text = data.text;
    this.classic = new Map(data.classic.map((kernel) => [kernel.key, kernel]));
    if (!this.choice) {
      const { row, column, ...start } = data.start;
      this.choice = { ...start, pixel: row === null ? null : { row, column } };
      if (start.kernel.startsWith("random")) this.state = "random";
    }
    if (this.digest !== data.picture.digest) {
      if (this.digest) this.choice.pixel = null; // it belonged to another picture
      this.digest = data.picture.digest;
      this.rgb = fromBase64(data.picture.pixels);
      this.planes.clear();
      this.chains.clear();
    }
    this.calculate();
    this.build();
  }

  // What is chosen

  /** A kernel as it was before any editing; of the gradient, which has two, the first. */
  kernelOf(key) {
    if (key === this.component.data.gradient) return this.classic.get("sobel_x");
    if (this.classic.has(key)) return this.classic.get(key);
    const [state, number] = key.split("_");
    return this.component.data.network[state][number];
  }

  get isGradient() {
    return this.choice.kernel === this.component.data.gradient;
  }

  nameOf(key) {
    if (this.classic.has(key)) return this.classic.get(key).name;
    const [state, number] = key.split("_");
    return fill(this.text[`name_${state}`], { number });
  }

  choose(key) {
    const { size, weights, divisor, view } = this.kernelOf(key);
    Object.assign(this.choice, { kernel: key, size, weights: [...weights], divisor, edited: false, view });
    this.version = "after";
    this.cell = null;
    this.change();
  }

  edit(parts) {
    Object.assign(this.choice, parts);
    this.choice.edited = !same(this.choice, this.kernelOf(this.choice.kernel));
    if (this.version === "before" || !this.choice.edited) this.version = "after"; // show what was just done
    this.change();
  }

  /** Take over a choice: calculate, show, and tell the server so that the link carries it. */
  change() {
    this.calculate();
    if (this.built !== this.form()) this.buildStage();
    this.refresh();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.tell(), 400);
  }

  tell() {
    clearTimeout(this.timer);
    if (!this.timer) return;
    this.timer = 0;
    const { kernel, edited, view, pixel } = this.choice;
    const unless = (value, usual) => (value === usual ? "" : String(value));
    const unlessUsual = Object.entries(this.component.data.usual).map(([name, usual]) => [name, unless(this.choice[name], usual)]);
    this.component.setStateValue("choice", {
      ...Object.fromEntries(unlessUsual),
      weights: edited ? codeOf(this.choice) : "",
      view: unless(view, this.kernelOf(kernel).view),
      pixel: pixel ? `${pixel.row}-${pixel.column}` : "",
    });
  }

  // What is calculated

  get size() {
    return this.component.data.picture; // its height and width
  }

  plane(channel) {
    if (!this.planes.has(channel)) this.planes.set(channel, { values: levels(this.rgb, this.component.data.channels[channel]), width: this.size.width, height: this.size.height });
    return this.planes.get(channel);
  }

  /** A channel of the picture after some passes of a kernel. */
  passes(channel, kernel, times) {
    const key = `${channel} ${codeOf(kernel)}`;
    if (!this.chains.has(key)) {
      if (this.chains.size >= CHAINS) this.chains.clear();
      this.chains.set(key, new Map([[0, this.plane(channel)]]));
    }
    const chain = this.chains.get(key);
    let from = times;
    while (!chain.has(from)) from--;
    let plane = chain.get(from);
    for (let pass = from + 1; pass <= times; pass++) {
      plane = convolve(plane, kernel);
      if (pass % CHECKPOINT === 0 || times === 1) chain.set(pass, plane);
    }
    return plane;
  }

  /** What the last of a kernel's passes sees; kept, as every movement of the mouse asks for it. */
  seenBy(kernel) {
    const passes = this.timesOf(kernel) - 1;
    const key = `${this.digest} ${this.choice.channel} ${codeOf(kernel)} ${passes}`;
    if (this.seen?.key !== key) this.seen = { key, plane: this.passes(this.choice.channel, kernel, passes) };
    return this.seen.plane;
  }

  timesOf(kernel) {
    return isBlur(kernel) ? Math.min(this.choice.times, mostTimes(kernel, this.size, this.component.data.limits.times)) : 1;
  }

  calculate() {
    const { channel } = this.choice;
    if (this.isGradient) {
      this.sobel = sobel(this.plane(channel), this.classic.get("sobel_x"), this.classic.get("sobel_y"));
      this.largest = Math.max(...extremes(this.sobel.magnitude.values).map((end) => end.value));
      return;
    }
    this.kernel = { size: this.choice.size, weights: this.choice.weights, divisor: this.choice.divisor };
    this.original = this.kernelOf(this.choice.kernel);
    this.results = this.resultsOf(channel);
  }

  /** One channel's result after the editing, before it, and the difference where both are. */
  resultsOf(channel) {
    const after = this.passes(channel, this.kernel, this.timesOf(this.kernel));
    if (!this.choice.edited) return { after, before: after, difference: after };
    const before = this.passes(channel, this.original, this.timesOf(this.original));
    const width = Math.min(after.width, before.width), height = Math.min(after.height, before.height);
    const values = new Float64Array(width * height);
    const place = (plane, row, column) => (row + (plane.height - height) / 2) * plane.width + column + (plane.width - width) / 2;
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++) {
        values[row * width + column] = after.values[place(after, row, column)] - before.values[place(before, row, column)];
      }
    }
    return { after, before, difference: { values, width, height } };
  }

  /** The kernel whose arithmetic is written out, with its passes. */
  get written() {
    return this.version === "before" ? this.original : this.kernel;
  }

  /** Pixels of the rim on which a map of the picture has no value. */
  rim(plane) {
    return (this.size.width - plane.width) / 2;
  }

  /** The pixel that is looked at, moved to where the window fits. */
  get at() {
    const { row, column } = this.hover ?? this.choice.pixel ?? this.component.data.picture.steepest;
    const rim = this.isGradient ? 1 : this.rim(this.results[this.version]);
    const inside = (place, extent) => Math.max(rim, Math.min(extent - 1 - rim, place));
    return { row: inside(row, this.size.height), column: inside(column, this.size.width) };
  }

  valueAt(plane, { row, column }) {
    const rim = this.rim(plane);
    return plane.values[(row - rim) * plane.width + column - rim];
  }

  patchAt(plane, { row, column }, size) {
    const start = this.rim(plane) + (size - 1) / 2;
    return Array.from({ length: size * size }, (_, at) =>
      plane.values[(row - start + Math.floor(at / size)) * plane.width + column - start + (at % size)]);
  }

  /** Choose a pixel; null goes back to where the lesson began. */
  pick(pixel) {
    this.choice.pixel = pixel;
    this.hover = null;
    this.point();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.tell(), 400);
  }

  // The page

  /** What asks for other elements, not only for other contents. */
  form() {
    return `${this.isGradient} ${this.choice.size}`;
  }

  build() {
    this.mode = theme(this.root);
    this.width = this.root.clientWidth;
    this.stage = make("div", { class: "stage" });
    keepFocus(this.root, () => this.rebuild());
  }

  rebuild() {
    this.root.replaceChildren(themed(this.root, "kernels-root", make("div", { class: "inner" }, make("div", { class: "strips" }, this.classicStrip(), this.networkStrip()), this.stage)));
    this.buildStage();
    this.refresh();
  }

  button(focus, label, onclick, properties = {}) {
    return make("button", { type: "button", class: "toggle", "data-focus": focus, onclick, ...properties }, label);
  }

  tile(key, weights, size, limit, name, label) {
    const canvas = make("canvas");
    drawSheet(canvas, { values: weights, height: size, width: size, channels: 1, columns: 1, scale: "signed", limit, mode: this.mode, gap: 0, zoom: ((name ? 1.9 : 1.6) * rem()) / size });
    return make("button", { type: "button", class: "tile", "data-kernel": key, "data-focus": `tile-${key}`, ariaLabel: label, title: label, onclick: () => this.choose(key) }, canvas, name);
  }

  classicStrip() {
    const { text } = this;
    const { gradient: both } = this.component.data;
    const largest = (weights) => Math.max(...weights.map(Math.abs));
    const tiles = [...this.classic.values()].map(({ key, name, about, weights, size }) =>
      this.tile(key, weights, size, largest(weights), make("span", { class: "small" }, name), `${name}. ${about}`));
    tiles.push(make("button", {
      type: "button", class: "tile", "data-kernel": both, "data-focus": `tile-${both}`, title: text.gradient_about, onclick: () => this.choose(both),
    }, make("span", { class: "both" }, "∇"), make("span", { class: "small" }, text.gradient_name)));
    return make("section", {}, make("h4", {}, text.classic_title, make("span", { class: "muted" }, ` ${text.classic_scale}`)), make("div", { class: "tiles classic" }, ...tiles));
  }

  networkStrip() {
    const { text } = this;
    const { network, resembling, limits } = this.component.data;
    const limit = Math.max(...Object.values(network).flat().flatMap(({ weights }) => weights.map(Math.abs))); // one scale for both
    this.networkTiles = make("div", { class: "tiles network" });
    const fillTiles = () => this.networkTiles.replaceChildren(...network[this.state].map(({ weights }, number) =>
      this.tile(`${this.state}_${number}`, weights, 3, limit, "", this.nameOf(`${this.state}_${number}`))));
    fillTiles();
    this.states = Object.keys(network).map((state) => this.button(`state-${state}`, text[`state_${state}`], () => {
      this.state = state;
      fillTiles();
      this.refreshPressed();
    }, { "data-state": state }));
    return make("section", { class: "of-network" },
      make("div", { class: "network-head" }, make("h4", {}, text.network_title),
        make("div", { class: "tile-scale" }, make("span", {}, show(-limit, 2)), make("i", { style: `background:${gradient("signed", this.mode)}` }), make("span", {}, show(limit, 2)))),
      make("div", { class: "network-row" }, this.networkTiles,
        make("div", { class: "network-told" },
          make("div", { class: "group", role: "group", ariaLabel: text.states }, ...this.states),
          make("p", { class: "muted" }, fill(text.resembling, { learned: resembling.learned, random: resembling.random, count: network.learned.length, least: limits.resembles })))));
  }

  count(number) {
    return number.toLocaleString(this.component.data.locale);
  }

  frame(area, label) {
    const canvas = make("canvas", { tabIndex: 0, role: "img", "data-focus": `frame-${area}`, ariaLabel: `${label} ${this.text.frame_keys}` });
    const marks = make("div", { class: "marks" });
    const { width, height } = this.size;
    const frame = make("div", { class: `frame ${area}`, style: `--aspect:${width / height}` }, canvas, marks);
    const place = (event) => {
      const box = canvas.getBoundingClientRect();
      const inside = (position, start, extent, count) => Math.max(0, Math.min(count - 1, Math.floor(((position - start) / extent) * count)));
      return { row: inside(event.clientY, box.top, box.height, height), column: inside(event.clientX, box.left, box.width, width) };
    };
    canvas.addEventListener("pointermove", (event) => {
      if (event.pointerType !== "mouse") return;
      this.hover = place(event);
      this.point();
    });
    canvas.addEventListener("pointerleave", () => { this.hover = null; this.point(); });
    canvas.addEventListener("click", (event) => this.pick(this.hover ?? place(event))); // clicks are told in whole pixels
    canvas.addEventListener("keydown", (event) => this.key(event));
    return { area, element: frame, canvas, marks };
  }

  key(event) {
    if (event.key === "Escape" && this.choice.pixel) this.pick(null);
    else if (event.key in STEPS) this.move(STEPS[event.key], event.shiftKey ? 10 : 1);
    else return;
    event.preventDefault();
  }

  move([down, right], reach) {
    this.hover = null;
    const { row, column } = this.at;
    this.pick({ row: row + reach * down, column: column + reach * right });
    this.choice.pixel = this.at; // not beyond the last place where the window fits
  }

  buildStage() {
    const { text } = this;
    this.built = this.form();
    const cell = (area, ...children) => make("div", { class: area }, ...children);
    this.frames = [this.frame("picture", text.picture), this.frame("result", this.isGradient ? text.magnitude : text.result)];
    if (this.isGradient) this.frames.push(this.frame("direction", text.direction));
    this.legends = { picture: cell("legend-picture"), result: cell("legend-result"), direction: cell("legend-direction") };
    this.channels = Object.keys(this.component.data.channels).map((channel) => this.button(`channel-${channel}`, text[`channel_${channel}`], () => {
      this.choice.channel = channel;
      this.change();
    }, { "data-channel": channel }));
    this.views = this.component.data.views.map((view) => this.button(`view-${view}`, text[`view_${view}`], () => { this.choice.view = view; this.change(); }, { "data-view": view }));
    const parts = [
      cell("head-picture", make("h4", {}, text.picture), make("div", { class: "group", role: "group", ariaLabel: text.channels }, ...this.channels)),
      cell("head-result", make("h4", {}, this.isGradient ? text.magnitude : text.result), this.isGradient ? make("span", { class: "formula" }, "|G| = √(Gx² + Gy²)") : make("div", { class: "group", role: "group", ariaLabel: text.views }, ...this.views)),
      ...this.frames.map((frame) => frame.element), this.legends.picture, this.legends.result, this.equation(),
    ];
    if (this.isGradient) parts.push(cell("head-direction", make("h4", {}, text.direction), make("span", { class: "formula" }, "θ = atan2(Gy, −Gx)")), this.legends.direction);
    else parts.push(this.panel());
    if (this.isGradient) this.buildLeast();
    this.stage.classList.toggle("gradient", this.isGradient);
    this.stage.replaceChildren(...parts);
  }

  /** From which magnitude on a direction is shown. */
  buildLeast() {
    const { text } = this;
    const [min, max] = this.component.data.limits.least;
    this.leastTold = make("span", { class: "told" });
    const slider = make("input", {
      type: "range", min, max, value: this.choice.least, "data-focus": "least", ariaLabel: text.least_label,
      oninput: () => { this.choice.least = Number(slider.value); this.change(); },
    });
    this.legends.direction.replaceChildren(make("label", { class: "slider" }, slider, this.leastTold));
  }

  // What the kernel is

  panel() {
    const { text } = this;
    this.about = make("div", { class: "about" });
    this.repeatTold = make("p", { class: "muted" });
    this.timesTold = make("b", { class: "times" });
    this.slider = make("input", {
      type: "range", min: 1, "data-focus": "times", ariaLabel: text.times_label,
      oninput: () => { this.choice.times = Number(this.slider.value); this.change(); },
    });
    this.repeatRow = make("label", { class: "slider" }, make("span", {}, text.times_label), this.slider, this.timesTold);
    this.shape = make("canvas", { class: "effective", role: "img", ariaLabel: text.effective_label });
    this.profile = make("canvas", { class: "profile", role: "img", ariaLabel: text.profile_label });
    this.shapes = make("div", { class: "shapes" }, this.shape, this.profile);
    return make("div", { class: "panel" }, this.about, make("div", { class: "repeat" }, this.repeatRow, this.shapes, this.repeatTold));
  }

  refreshPanel() {
    const { text, kernel } = this;
    const { kernel: key, edited } = this.choice;
    const total = sumOf(kernel.weights), sum = gain(kernel);
    const about = edited ? text.about_edited : this.classic.get(key)?.about ?? text[`about_${key.split("_")[0]}`];
    const meaning = Math.abs(sum) < 1e-9 ? "zero" : Math.abs(sum - 1) < 1e-9 ? "one" : "other";
    const whole = kernel.divisor === 1 ? `Σ w = ${shown(total)}` : `Σ w = ${shown(total)} / ${shown(kernel.divisor)} = ${shown(sum)}`;
    const cosines = [...this.classic.values()]
      .filter((other) => edited || other.key !== key)
      .map((other) => ({ name: other.name, value: cosine(kernel, other) }))
      .sort((a, b) => Math.abs(b.value) - Math.abs(a.value));
    const rows = cosines.slice(0, 3).map(({ name, value }) => make("div", { class: "alike" },
      make("span", {}, name),
      make("span", { class: "diverging" }, make("i", { class: value < 0 ? "negative" : "positive", style: `width:${50 * Math.abs(value)}%` })),
      make("span", { class: "number" }, show(Number(value.toFixed(3))))));
    const [{ name, value }] = cosines;
    const verdict = value === 0 ? "none" : Math.abs(value) < this.component.data.limits.resembles ? "weak" : value < 0 ? "negative" : "positive";
    this.about.replaceChildren(
      make("h4", {}, this.nameOf(key), edited ? make("span", { class: "edited" }, ` ${text.edited}`) : ""),
      make("p", {}, about),
      make("p", { class: "gain" }, make("b", {}, whole), ` ${fill(text[`sum_${meaning}`], { value: shown(100 * sum) })}`),
      make("p", { class: "muted" }, `${fill(text[`alike_${verdict}`], { name })} cos = Σ a·b / (‖a‖·‖b‖)`),
      ...rows);
    this.about.dataset.alike = cosines[0].name;
    this.about.dataset.cosine = value;
    this.refreshRepeat();
  }

  refreshRepeat() {
    const { text, kernel } = this;
    const blur = isBlur(kernel);
    this.repeatRow.hidden = this.shapes.hidden = !blur;
    if (!blur) {
      this.repeatTold.textContent = kernel.weights.some((weight) => weight < 0) ? text.repeat_negative : fill(text.repeat_sum, { sum: shown(gain(kernel)) });
      return;
    }
    const times = this.timesOf(kernel);
    this.slider.max = mostTimes(kernel, this.size, this.component.data.limits.times);
    if (Number(this.slider.value) !== times) this.slider.value = times;
    this.timesTold.textContent = `n = ${times}`;
    const whole = repeated(kernel, times);
    const parts = shares(whole, 1);
    const { mean, deviation } = moments(parts);
    const bell = (place) => (deviation ? Math.exp(-((place - mean) ** 2) / (2 * deviation ** 2)) / (deviation * Math.sqrt(2 * Math.PI)) : NaN);
    this.drawEffective(whole, parts, bell);
    const [down, right] = spread(kernel);
    const root = (one) => `√${times} · ${show(one)} = ${show(Math.sqrt(times) * one)}`;
    const peak = Math.max(...parts);
    const gap = Math.max(...parts.map((part, at) => Math.abs(part - bell(at)))) / peak;
    this.repeatTold.textContent = [
      fill(text.effective, { size: whole.size, reach: REACH }),
      Math.abs(down - right) < 1e-9 ? fill(text.sigma, { sigma: root(right) }) : fill(text.sigmas, { right: root(right), down: root(down) }),
      deviation ? fill(text.gaussian, { share: percent(gap) }) : "",
    ].join(" ");
    this.repeatTold.dataset.deviation = deviation;
  }

  drawEffective(whole, parts, bell) {
    const unit = rem(), ratio = window.devicePixelRatio || 1;
    const span = 2 * REACH + 1, height = 3.75 * unit, width = 14 * unit;
    const rim = (whole.size - span) / 2; // negative where the kernel is smaller than what is drawn
    const values = Array.from({ length: span * span }, (_, at) => {
      const row = Math.floor(at / span) + rim, column = (at % span) + rim;
      const inside = Math.min(row, column) >= 0 && Math.max(row, column) < whole.size;
      return inside ? whole.weights[row * whole.size + column] : 0;
    });
    drawSheet(this.shape, { values, height: span, width: span, channels: 1, columns: 1, scale: "sequential", limit: Math.max(...values), mode: this.mode, gap: 0, zoom: height / span });
    Object.assign(this.profile, { width: width * ratio, height: height * ratio });
    Object.assign(this.profile.style, { width: `${width}px`, height: `${height}px` });
    const context = this.profile.getContext("2d");
    context.scale(ratio, ratio);
    const curve = Array.from({ length: 10 * span + 1 }, (_, at) => ({ place: at / 10 - 0.5, value: bell(at / 10 - 0.5 + rim) }));
    const peak = Math.max(...parts, ...curve.map(({ value }) => value || 0));
    const x = (place) => ((place + 0.5) / span) * width;
    const y = (value) => height - 2 - ((height - 6) * value) / peak;
    context.fillStyle = palette.sequential[this.mode][3];
    const bar = width / span - 1;
    parts.forEach((part, at) => context.fillRect(x(at - rim) - bar / 2, y(part), bar, height - 2 - y(part)));
    context.strokeStyle = palette.selected[this.mode];
    context.lineWidth = 2;
    context.beginPath();
    for (const { place, value } of curve) if (!Number.isNaN(value)) context.lineTo(x(place), y(value));
    context.stroke();
  }

  // The arithmetic of one pixel

  equation() {
    const { text } = this;
    this.place = make("p", { class: "place" });
    this.sum = make("p", { class: "sum", role: "status" });
    this.patch = make("figure", {});
    const nudges = make("div", { class: "group", role: "group", ariaLabel: text.move },
      ...NUDGES.map(([key, arrow]) => this.button(`nudge-${key}`, arrow, () => this.move(STEPS[key], 1), { ariaLabel: text[`move_${key.slice(5).toLowerCase()}`] })));
    const where = make("div", { class: "where" }, this.place, nudges, make("p", { class: "muted small" }, text.hint));
    const term = (sign, figure) => make("div", { class: "term" }, make("span", { class: "operator" }, sign), figure);
    if (this.isGradient) {
      const fixed = (key) => {
        const { weights, size, name } = this.classic.get(key);
        return make("figure", {}, this.matrix(weights, size, "signed", 2), make("figcaption", {}, name));
      };
      this.wheel = make("canvas", { class: "wheel", role: "img", ariaLabel: text.wheel_label });
      return make("div", { class: "equation" }, where,
        make("div", { class: "matrices" }, this.patch, term("×", fixed("sobel_x")), fixed("sobel_y")), this.sum, this.wheel);
    }
    this.products = make("figure", {});
    return make("div", { class: `equation size-${this.choice.size}` }, where,
      make("div", { class: "matrices" }, this.patch, term("×", this.kernelEditor()), term("=", this.products)),
      make("div", { class: "outcome" }, this.sum, this.kernelTools()));
  }

  matrix(values, size, scale, limit) {
    return make("div", { class: "matrix", style: `grid-template-columns:repeat(${size}, auto)` }, ...values.map((value) => {
      const { background, color } = colourOf(value, scale, limit, this.mode);
      return make("span", { class: "cell", style: `background:${background};color:${color}` }, fitted(value, size));
    }));
  }

  kernelEditor() {
    const { text } = this;
    const { size } = this.choice;
    this.cells = Array.from({ length: size * size }, (_, at) => {
      const input = make("input", {
        class: "cell", inputMode: "decimal", "data-focus": `weight-${at}`, ariaLabel: fill(text.weight_label, { row: Math.floor(at / size), column: at % size }),
        onfocus: () => { this.cell = at; input.select(); this.refreshTools(); },
        onchange: () => this.type(at, input),
        onkeydown: (event) => {
          if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return;
          event.preventDefault();
          this.step(at, event.key === "ArrowUp" ? 1 : -1);
        },
      });
      return input;
    });
    this.kernelCaption = make("figcaption");
    return make("figure", {}, make("div", { class: "matrix", style: `grid-template-columns:repeat(${size}, auto)` }, ...this.cells), this.kernelCaption);
  }

  type(at, input) {
    const typed = typedNumber(input.value);
    const limit = this.component.data.limits.weight;
    if (!(Math.abs(typed) <= limit)) {
      this.refuse(fill(this.text.weight_refused, { typed: input.value.slice(0, 30), limit: show(limit) }));
      input.value = cellText(this.choice.weights[at]);
      input.classList.add("refused");
      return;
    }
    this.refuse("");
    this.set(at, typed);
  }

  set(at, value) {
    const { limits } = this.component.data;
    const weight = Math.max(-limits.weight, Math.min(limits.weight, value));
    this.edit({ weights: this.choice.weights.map((other, place) => (place === at ? weight : other)) });
  }

  /** − and +: by 1 where all weights are whole, else by 0.1. */
  step(at, sign) {
    const by = this.choice.weights.every(Number.isInteger) ? 1 : 0.1;
    this.set(at, Number((this.choice.weights[at] + sign * by).toFixed(9)));
  }

  refuse(sentence) {
    this.refusal.textContent = sentence;
    for (const cell of [...this.cells, this.divisor]) cell.classList.remove("refused");
  }

  kernelTools() {
    const { text } = this;
    this.refusal = make("p", { class: "note warning", role: "status" });
    this.chosenCell = make("span", { class: "muted" });
    this.divisor = make("input", {
      class: "divisor", inputMode: "decimal", "data-focus": "divisor", ariaLabel: text.divisor,
      onfocus: () => this.divisor.select(),
      onchange: () => {
        const typed = typedNumber(this.divisor.value);
        const [low, high] = this.component.data.limits.divisor;
        if (typed >= low && typed <= high) {
          this.refuse("");
          this.edit({ divisor: typed });
          return;
        }
        this.refuse(fill(text.divisor_refused, { typed: this.divisor.value.slice(0, 30), low, high: show(high) }));
        this.divisor.value = shown(this.choice.divisor);
        this.divisor.classList.add("refused");
      },
    });
    const middle = () => this.cell ?? (this.choice.size ** 2 - 1) / 2;
    this.steps = [[-1, "−", "less"], [1, "+", "more"]].map(([sign, label, name]) => this.button(`weight-${name}`, label, () => {
      this.cell = middle();
      this.step(this.cell, sign);
    }, { ariaLabel: text[`weight_${name}`] }));
    this.sizes = [3, 5].map((size) => this.button(`size-${size}`, `${size}×${size}`, () => this.resize(size), { "data-size": size }));
    this.reset = this.button("reset", text.reset, () => { this.refuse(""); this.choose(this.choice.kernel); });
    this.versions = ["after", "before", "difference"].map((version) => this.button(`version-${version}`, text[`version_${version}`], () => {
      this.version = version;
      this.refresh();
    }, { "data-version": version }));
    return make("div", { class: "tools" },
      make("div", { class: "group", role: "group", ariaLabel: text.edit }, ...this.steps, ...this.sizes, make("label", { class: "divided" }, "÷", this.divisor), this.reset),
      make("div", { class: "group", role: "group", ariaLabel: text.versions }, ...this.versions),
      this.refusal);
  }

  resize(size) {
    const now = this.choice;
    if (size === now.size) return;
    const weights = size > now.size
      ? padded(now, size)
      : now.weights.filter((_, at) => [Math.floor(at / 5), at % 5].every((place) => place > 0 && place < 4));
    this.cell = null;
    this.edit({ size, weights });
  }

  // Refreshing, without taking elements away from under the pointer

  refreshPressed() {
    const press = (elements, is) => { for (const element of elements) element.setAttribute("aria-pressed", String(is(element.dataset))); };
    press(this.root.querySelectorAll(".tile"), ({ kernel }) => kernel === this.choice.kernel);
    press(this.states, ({ state }) => state === this.state);
    press(this.channels, ({ channel }) => channel === this.choice.channel);
    if (this.isGradient) return;
    const differing = this.version === "difference";
    press(this.views, ({ view }) => (differing ? view === "signed" : view === this.choice.view));
    for (const view of this.views) view.disabled = differing;
    press(this.sizes, ({ size }) => Number(size) === this.choice.size);
    press(this.versions, ({ version }) => version === this.version);
    for (const version of this.versions) version.disabled = !this.choice.edited;
    this.reset.disabled = !this.choice.edited;
  }

  refreshTools() {
    if (this.isGradient) return;
    const { weights, divisor } = this.written;
    const largest = Math.max(...weights.map(Math.abs)) || 1;
    // Before and after may differ in size: then only the one in hand is written out.
    const fits = weights.length === this.cells.length;
    this.cells.forEach((cell, at) => {
      const weight = fits ? weights[at] : this.choice.weights[at];
      const { background, color } = colourOf(weight, "signed", largest, this.mode);
      cell.style.background = background;
      cell.style.color = color;
      cell.value = cellText(weight);
      cell.readOnly = this.version === "before";
      cell.classList.toggle("chosen", at === this.cell);
    });
    this.divisor.value = shown(divisor);
    this.kernelCaption.textContent = divisor === 1 ? this.text.kernel : fill(this.text.kernel_divided, { divisor: shown(divisor) });
  }

  refresh() {
    this.refreshPressed();
    if (!this.isGradient) {
      this.refreshTools();
      this.refreshPanel();
    }
    this.paintAll();
    this.point();
  }

  /** Draw pixels (0 is nothing) of the picture's size, as sharp as the screen. */
  paint({ canvas }, pixels) {
    const { width, height } = this.size;
    const image = new ImageData(new Uint8ClampedArray(pixels.buffer), width, height);
    const small = (Lab.buffer ??= document.createElement("canvas"));
    small.width = width;
    small.height = height;
    small.getContext("2d").putImageData(image, 0, 0);
    const enlarged = Math.max(1, Math.ceil((canvas.clientWidth * (window.devicePixelRatio || 1)) / width));
    canvas.width = width * enlarged;
    canvas.height = height * enlarged;
    const context = canvas.getContext("2d");
    context.imageSmoothingEnabled = false;
    context.drawImage(small, 0, 0, canvas.width, canvas.height);
  }

  /** A map in the frame of the picture; the rim where it has no value stays empty. */
  pixelsOf(plane, colour) {
    const { width, height } = this.size;
    const pixels = new Uint32Array(width * height);
    const rim = this.rim(plane);
    for (let row = 0; row < plane.height; row++) {
      const to = (row + rim) * width + rim, from = row * plane.width;
      for (let column = 0; column < plane.width; column++) pixels[to + column] = colour(from + column);
    }
    return pixels;
  }

  /** A colour for each value of a scale that ends at `limit`. */
  colours(scale, limit) {
    const colours = table(scale, this.mode);
    const offset = scale === "signed" ? 0.5 : 0, factor = scale === "signed" ? 1 / (2 * limit) : 1 / limit;
    return (value) => colours[Math.max(0, Math.min(255, Math.round(255 * (offset + value * factor))))];
  }

  paintAll() {
    const { text } = this;
    const { channel } = this.choice;
    const { width, height } = this.size;
    const plane = this.plane(channel);
    const rgb = this.rgb;
    const packed = (red, green, blue) => (255 << 24) | (blue << 16) | (green << 8) | red;
    const inColour = channel !== "grey";
    this.paint(this.frames[0], this.pixelsOf(plane, inColour ? (at) => packed(rgb[3 * at], rgb[3 * at + 1], rgb[3 * at + 2]) : (at) => packed(plane.values[at], plane.values[at], plane.values[at])));
    this.legends.picture.replaceChildren(make("p", { class: "muted" }, inColour ? fill(text.picture_colour, { width, height, channel: text[`channel_${channel}`] }) : fill(text.picture_grey, { width, height })));
    if (this.isGradient) this.paintGradient();
    else this.paintResult(inColour);
  }

  paintResult(inColour) {
    const { text, version } = this;
    const { view } = this.choice;
    const plane = this.results[version];
    const frame = this.frames[1];
    const [low, high] = extremes(plane.values);
    const [smallest, largest] = [low, high].map((end, at) => this.button(`end-${at}`, "", () => {
      const rim = this.rim(plane);
      this.pick({ row: Math.floor(end.at / plane.width) + rim, column: (end.at % plane.width) + rim });
    }, { title: text.go_there }));
    smallest.append(text.smallest, make("br"), shown(low.value));
    largest.append(text.largest, make("br"), shown(high.value));
    let scale, told;
    if (view === "picture" && version !== "difference") {
      const planes = (inColour ? COLOURS : ["grey"]).map((channel) => this.resultsOf(channel)[version]);
      let below = 0, above = 0;
      const level = (value) => {
        if (value < 0) below++;
        else if (value > 255) above++;
        return Math.max(0, Math.min(255, Math.round(value)));
      };
      this.paint(frame, this.pixelsOf(plane, (at) => {
        const [red, green, blue] = planes.map(({ values }) => level(values[at]));
        return (255 << 24) | ((blue ?? red) << 16) | ((green ?? red) << 8) | red;
      }));
      const count = planes.length * plane.values.length;
      scale = bar("grey", this.mode, [0, 127.5, 255]);
      told = make("p", { class: "muted clipped" }, fill(text.clipped, { below: this.count(below), above: this.count(above), share: percent((below + above) / count), count: this.count(count) }));
    } else {
      const signed = view !== "absolute" || version === "difference";
      const scales = version === "difference" ? [plane] : [this.results.before, this.results.after];
      const limit = Math.max(...scales.flatMap(({ values }) => extremes(values).map((end) => Math.abs(end.value)))) / this.choice.stronger || 1;
      const colour = this.colours(signed ? "signed" : "sequential", limit);
      this.paint(frame, this.pixelsOf(plane, (at) => colour(signed ? plane.values[at] : Math.abs(plane.values[at]))));
      scale = bar(signed ? "signed" : "sequential", this.mode, [signed ? -limit : 0, signed ? 0 : limit / 2, limit]);
      const beyond = plane.values.reduce((count, value) => count + (Math.abs(value) > limit), 0);
      told = make("p", { class: "muted" }, this.choice.stronger > 1 ? fill(text.beyond, { limit: shown(limit), share: percent(beyond / plane.values.length) }) : this.border(plane));
    }
    const { stronger: times, usual } = this.component.data;
    const stronger = this.button("stronger", `×${times}`, () => { this.choice.stronger = this.choice.stronger > 1 ? usual.stronger : times; this.change(); }, {
      "aria-pressed": String(this.choice.stronger > 1), ariaLabel: text.stronger, title: text.stronger, disabled: view === "picture" && version !== "difference",
    });
    keepFocus(this.root, () => this.legends.result.replaceChildren(make("div", { class: "ends" }, smallest, scale, largest, stronger), told));
    frame.element.dataset.smallest = low.value;
    frame.element.dataset.largest = high.value;
  }

  border({ width, height }) {
    return fill(this.text.border, { width, height });
  }

  paintGradient() {
    const { text } = this;
    const { magnitude, direction } = this.sobel;
    const limit = this.largest || 1;
    const colour = this.colours("sequential", limit);
    this.paint(this.frames[1], this.pixelsOf(magnitude, (at) => colour(magnitude.values[at])));
    const least = (this.choice.least / 100) * this.largest;
    const turn = this.colours("cyclic", 1);
    let count = 0;
    this.paint(this.frames[2], this.pixelsOf(direction, (at) => {
      if (!(magnitude.values[at] >= least) || Number.isNaN(direction.values[at])) return 0;
      count++;
      return turn((direction.values[at] / 360 + 1) % 1);
    }));
    this.legends.result.replaceChildren(bar("sequential", this.mode, [0, limit / 2, limit]), make("p", { class: "muted" }, this.border(magnitude)));
    this.leastTold.textContent = fill(text.least, { percent: this.choice.least, least: least.toFixed(1), share: percent(count / direction.values.length) });
  }

  /** Everything that depends on the pixel that is looked at. */
  point() {
    const { text } = this;
    const { at } = this;
    this.mark(at);
    const place = fill(text.place, { row: at.row, column: at.column });
    if (this.isGradient) {
      this.place.textContent = place;
      this.pointGradient(at);
      return;
    }
    const kernel = this.written;
    const times = this.timesOf(kernel);
    const result = this.results[this.version === "before" ? "before" : "after"];
    const rim = this.rim(result);
    this.place.textContent = `${place} ${fill(text.place_result, { row: at.row - rim, column: at.column - rim })}`;
    const patch = this.patchAt(this.seenBy(kernel), at, kernel.size);
    const products = patch.map((value, place) => value * kernel.weights[place]);
    const sum = sumOf(products);
    const value = this.valueAt(result, at);
    const largest = Math.max(...products.map(Math.abs)) || 1;
    this.patch.replaceChildren(this.matrix(patch, kernel.size, "grey", 255), make("figcaption", {}, times === 1 ? text.window : fill(text.window_after, { times: times - 1 })));
    this.products.replaceChildren(this.matrix(products, kernel.size, "signed", largest), make("figcaption", {}, text.products));
    const terms = products.map((product, place) => (place && product >= 0 ? `+ ${added(product)}` : place ? `− ${added(-product)}` : added(product)));
    const lines = [`${terms.join(" ")} ${equals(products, sum)} ${added(sum)}`];
    if (kernel.divisor !== 1) lines.push(`${added(sum)} / ${shown(kernel.divisor)} ${isWhole(100 * value) ? "=" : "≈"} ${added(value)}`);
    if (this.choice.edited) {
      const [before, after] = ["before", "after"].map((version) => this.valueAt(this.results[version], at));
      lines.push(fill(text.was_now, { before: added(before), after: added(after), difference: added(after - before) }));
    }
    this.sum.replaceChildren(...lines.flatMap((line) => [line, make("br")]).slice(0, -1));
    Object.assign(this.sum.dataset, { row: at.row, column: at.column, value });
  }

  pointGradient(at) {
    const { text } = this;
    const patch = this.patchAt(this.plane(this.choice.channel), at, 3);
    this.patch.replaceChildren(this.matrix(patch, 3, "grey", 255), make("figcaption", {}, text.window));
    const [x, y, magnitude, direction] = [this.sobel.x, this.sobel.y, this.sobel.magnitude, this.sobel.direction].map((map) => this.valueAt(map, at));
    const lines = [`Gx = ${shown(x)}, Gy = ${shown(y)}`, `|G| = √(${bracketed(x)}² + ${bracketed(y)}²) = ${shown(magnitude)}`];
    if (Number.isNaN(direction)) lines.push(text.no_direction);
    else lines.push(`θ = atan2(${shown(y)}, ${shown(0 - x)}) = ${direction.toFixed(1).replace("-", "−")}°`, text[`brighter_${(Math.round(direction / 45) + 8) % 8}`]);
    this.sum.replaceChildren(...lines.flatMap((line) => [line, make("br")]).slice(0, -1));
    Object.assign(this.sum.dataset, { row: at.row, column: at.column, value: magnitude, direction });
    this.drawWheel(direction);
  }

  /** The legend of directions, with the one of this pixel. */
  drawWheel(direction) {
    const side = 9 * rem(), ratio = window.devicePixelRatio || 1;
    const { wheel, mode } = this;
    Object.assign(wheel, { width: side * ratio, height: side * ratio });
    Object.assign(wheel.style, { width: `${side}px`, height: `${side}px` });
    const context = wheel.getContext("2d");
    context.scale(ratio, ratio);
    context.translate(side / 2, side / 2);
    const outer = side / 2 - 2 * rem(), inner = outer * 0.55;
    const colour = this.colours("cyclic", 1);
    for (let degree = 0; degree < 360; degree += 2) {
      const packed = colour(degree / 360);
      context.fillStyle = `rgb(${packed & 255} ${(packed >> 8) & 255} ${(packed >> 16) & 255})`;
      context.beginPath(); // angles of the screen run clockwise
      context.arc(0, 0, outer, (-(degree + 1.4) * Math.PI) / 180, (-(degree - 1.4) * Math.PI) / 180);
      context.arc(0, 0, inner, (-(degree - 1.4) * Math.PI) / 180, (-(degree + 1.4) * Math.PI) / 180, true);
      context.fill();
    }
    const { color, fontFamily } = getComputedStyle(this.root);
    context.fillStyle = color;
    context.font = `${0.75 * rem()}px ${fontFamily}`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    const label = outer + 0.75 * rem();
    context.fillText("0°", label, 0);
    context.fillText("90°", 0, -label);
    context.textAlign = "right";
    context.fillText("180°", -outer - 2, 0);
    context.textAlign = "center";
    context.fillText("−90°", 0, label);
    if (Number.isNaN(direction)) return;
    context.rotate((-direction * Math.PI) / 180);
    context.strokeStyle = context.fillStyle = palette.selected[mode];
    context.lineWidth = 3;
    context.beginPath();
    context.moveTo(-inner * 0.6, 0);
    context.lineTo(outer * 0.8, 0);
    context.stroke();
    context.beginPath();
    context.moveTo(outer, 0);
    context.lineTo(outer * 0.7, -outer * 0.16);
    context.lineTo(outer * 0.7, outer * 0.16);
    context.fill();
  }

  /** The window on the picture, the pixel on the results, and how far n passes see. */
  mark({ row, column }) {
    const { width, height } = this.size;
    const box = (kind, size) => make("div", {
      class: `mark ${kind}`,
      style: `left:${(100 * (column - (size - 1) / 2)) / width}%;top:${(100 * (row - (size - 1) / 2)) / height}%;width:${(100 * size) / width}%;height:${(100 * size) / height}%`,
    });
    const ring = () => make("div", { class: "ring", style: `left:${(100 * (column + 0.5)) / width}%;top:${(100 * (row + 0.5)) / height}%` });
    const size = this.isGradient ? 3 : this.written.size;
    const field = this.isGradient ? size : this.timesOf(this.written) * (size - 1) + 1;
    this.frames.forEach(({ marks }, at) => {
      if (at) marks.replaceChildren(box("chosen", 1), ring());
      else marks.replaceChildren(box("window", size), ...(field > size ? [box("field", field)] : []), ring());
    });
  }

  leave(here) {
    if (here) this.tell();
    else clearTimeout(this.timer);
  }
}

/** The smallest and the largest value, each with its place. */
function extremes(values) {
  let low = 0, high = 0;
  for (let at = 1; at < values.length; at++) {
    if (values[at] < values[low]) low = at;
    else if (values[at] > values[high]) high = at;
  }
  return [{ value: values[low], at: low }, { value: values[high], at: high }];
}

/** A scale with its numbers, evenly spaced; zero is marked. */
function bar(scale, mode, numbers) {
  const zero = numbers.indexOf(0) / (numbers.length - 1);
  return make("div", { class: "scale" },
    make("i", { style: `background:${gradient(scale, mode)}` }, make("b", { style: `left:${100 * zero}%` })),
    make("div", {}, ...numbers.map((number) => make("span", { class: number === 0 ? "zero" : "" }, shown(Number(number.toPrecision(4)))))));
}

export default (component) => live(component, Lab);
