// The receptive field on a picture: layers are stacked, a unit is pointed at, the field is drawn.
// What needs a network (the gradients) comes from the server; all else is calculated here.
import { count as number, fill, fromBase64, gradient, keepFocus, live, make, palette, percent, rem, show, svg, table, theme, themed } from "./draw.js";
import { choice, list, stepper } from "./controls.js";
import { drawingButton, tableButtons } from "./take_along.js";
import { centre, fromLink, nearest, paths, reaches, sees, span, stages, toLink } from "./receptive_field_stages.js";

const MARGIN = { valid: 0.005, same: 0.1 }; // of the drawing, around the picture: there padding is shown
const NARROW = 52; // rem
const PICTURE = 25; // rem, at most
const HEAT = 16; // rem, at most
const GRID_UP_TO = 28; // pixels of the picture: more would be a grid alone
const VIEWS = ["grow", "measured", "stacked"];

const clamp = (value, low, high) => Math.max(low, Math.min(high, value));
const signed = (value) => String(value).replace("-", "−");

/** "r_{l}" with its index below the line. */
const subscripts = (formula) => formula.split(/_\{([^}]*)\}/).map((part, at) => (at % 2 ? make("sub", {}, part) : part));

class ReceptiveField {
  constructor(root) {
    this.root = root;
  }

  update(component) {
    this.component = component;
    const { data } = component;
    this.text = data.text;
    if (!this.state) {
      const { start } = data;
      this.state = { ...start, layers: fromLink(start.layers) };
    }
    if (data.picture.pixels !== this.pixels) {
      this.pixels = data.picture.pixels;
      this.source = this.pictureOf(fromBase64(this.pixels), data.picture.side);
    }
    // The server's echo of a change builds nothing anew, unless it brings what was measured.
    const drawn = [data.locale, theme(this.root), this.pixels, JSON.stringify(data.measured?.asked)].join();
    if (drawn !== this.drawnFor) {
      this.drawnFor = drawn;
      this.build();
    }
  }

  pictureOf(rgb, side) {
    const canvas = make("canvas", { width: side, height: side });
    const image = new ImageData(side, side);
    for (let at = 0; at < side * side; at++) {
      for (let channel = 0; channel < 3; channel++) image.data[4 * at + channel] = rgb[3 * at + channel];
      image.data[4 * at + 3] = 255;
    }
    canvas.getContext("2d").putImageData(image, 0, 0);
    return canvas;
  }

  // ---------------------------------------------------------------- state

  get stages() { return stages(this.state.layers, this.state.side, this.state.padding); }
  get preset() {
    const { side, padding } = this.state;
    const words = toLink(this.state.layers);
    return Object.entries(this.component.data.presets).find(([, preset]) => preset.layers === words && preset.side === side && preset.padding === padding)?.[0];
  }

  set(values) {
    Object.assign(this.state, values);
    this.refused = "";
    this.tell();
    this.build();
  }

  /** Let the link carry the state. */
  tell(after = 400) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.tellNow(), after);
  }

  leave(here) {
    if (here) this.tellNow();
    else clearTimeout(this.timer);
  }

  tellNow() {
    clearTimeout(this.timer);
    if (this.timer) this.component.setStateValue("settings", { ...this.state, layers: toLink(this.state.layers) });
    this.timer = 0;
  }

  /** Another stack, if all its windows fit; else it is told, and the last good one stays. */
  tryStack(values) {
    const wanted = { ...this.state, ...values };
    const fits = stages(wanted.layers, wanted.side, wanted.padding);
    if (fits) {
      const last = wanted.layers.length;
      const scale = wanted.side / this.state.side;
      const moved = (pixel) => clamp((pixel + 0.5) * scale - 0.5, 0, wanted.side - 1);
      this.set({ ...wanted, layer: clamp(values.layer ?? wanted.layer, 0, last), row: moved(this.state.row), column: moved(this.state.column) });
      return;
    }
    const good = wanted.layers.findIndex((_, at) => !stages(wanted.layers.slice(0, at + 1), wanted.side, wanted.padding));
    const size = stages(wanted.layers.slice(0, good), wanted.side, wanted.padding).at(-1).size;
    this.refused = fill(this.text.refused, { layer: good + 1, span: span(wanted.layers[good]), size });
    this.build();
  }

  choosePreset(name) {
    const preset = this.component.data.presets[name];
    const layers = fromLink(preset.layers);
    const middle = (preset.side - 1) / 2;
    this.set({ layers, side: preset.side, padding: preset.padding, layer: layers.length, row: middle, column: middle });
  }

  changeLayer(values) {
    const { layers, layer } = this.state;
    const changed = { ...layers[layer - 1], ...values };
    if (changed.kind === "pooling") changed.dilation = 1;
    this.tryStack({ layers: layers.with(layer - 1, changed) });
  }

  addLayer(kind) {
    const { layers, layer } = this.state;
    const added = kind === "pooling" ? { kind, kernel: 2, stride: 2, dilation: 1 } : { kind, kernel: 3, stride: 1, dilation: 1 };
    this.tryStack({ layers: layers.toSpliced(layer, 0, added), layer: layer + 1 });
  }

  moveLayer(by) {
    const { layers, layer } = this.state;
    const order = [...layers];
    [order[layer - 1], order[layer - 1 + by]] = [order[layer - 1 + by], order[layer - 1]];
    this.tryStack({ layers: order, layer: layer + by });
  }

  removeLayer() {
    const { layers, layer } = this.state;
    this.tryStack({ layers: layers.toSpliced(layer - 1, 1), layer: Math.max(layer - 1, Math.min(1, layers.length - 1)) });
  }

  // ---------------------------------------------------------------- page

  build() {
    keepFocus(this.root, () => {
      this.theme = theme(this.root);
      this.width = this.root.clientWidth || 1000;
      this.narrow = this.width < NARROW * rem();
      const view = this.state.view;
      const body = { grow: () => this.grow(), measured: () => this.measured(), stacked: () => this.stacked() }[view]();
      const names = { grow: this.text.view_grow, measured: this.text.view_measured, stacked: this.text.view_stacked };
      this.root.replaceChildren(themed(this.root, `receptive-root${this.narrow ? " narrow" : ""}`,
        choice(this.text.view, VIEWS.map((name) => [name, names[name]]), view, (name) => { this.state.view = name; this.tell(0); this.build(); }, "view"), ...body));
    });
    if (!this.canvas?.isConnected) return;
    this.draw();
    const table = this.root.querySelector(".scroll"), row = this.root.querySelector("tr.chosen");
    table.scrollTop = row.offsetTop - table.clientHeight / 2; // the chosen layer of a long stack is in view
  }

  button(label, focus, onclick, properties = {}) {
    return make("button", { type: "button", class: "toggle", "data-focus": focus, onclick, ...properties }, label);
  }

  // ---------------------------------------------------------------- the growing field

  grow() {
    const { text, state } = this;
    const { data } = this.component;
    const presets = Object.keys(data.presets).map((name) => [name, text[`preset_${name}`]]);
    const controls = make("div", { class: "controls" },
      list(text.presets, presets, this.preset, (name) => this.choosePreset(name), "preset", text.preset_own),
      list(text.side, data.sides.map((side) => [String(side), `${side}×${side}`]), String(state.side), (side) => this.tryStack({ side: Number(side) }), "side"),
      choice(text.padding, [["valid", text.padding_valid], ["same", text.padding_same]], state.padding, (padding) => this.tryStack({ padding }), "padding"),
      choice(text.shade, [[false, text.shade_field], [true, text.shade_paths]], state.paths, (shown) => this.set({ paths: shown }), "shade"));
    this.canvas = make("canvas", {
      class: "field-picture", tabIndex: 0, "data-focus": "picture", role: "img", ariaLabel: fill(text.picture_label, { name: data.picture.name }),
      onkeydown: (event) => this.key(event),
    });
    this.pointing(this.canvas);
    this.caption = make("p", { class: "caption", role: "status" });
    this.formula = make("div", { class: "formulas" });
    const left = make("div", { class: "left" }, this.canvas, this.caption);
    const right = make("div", { class: "right" }, this.stackTable(), this.editor(), make("p", { class: "note warning", role: "alert", hidden: !this.refused }, this.refused ?? ""), this.formula);
    return [controls, make("div", { class: "body" }, left, right)];
  }

  stackTable() {
    const { text, state, stages: found } = this;
    const heads = [text.head_layer, text.head_map, text.head_jump, text.head_field, text.head_seen];
    const rows = found.map((stage, at) => {
      const layer = state.layers[at - 1];
      const name = layer ? this.nameOf(layer) : text.picture;
      const mini = svg("svg", { viewBox: "-1 -1 42 42", class: "mini", "aria-hidden": "true" });
      const seen = make("span", {});
      this.minis = at ? [...this.minis, { mini, seen }] : [{ mini, seen }];
      return make("tr", { class: at === state.layer ? "chosen" : "", "data-layer": at, onclick: () => this.set({ layer: at }) },
        make("td", {}, this.button(at ? `${at} · ${name}` : name, `layer-${at}`, (event) => { event.stopPropagation(); this.set({ layer: at }); }, { class: "toggle row-name", "aria-pressed": String(at === state.layer) })),
        make("td", { class: "number" }, `${stage.size}×${stage.size}`), make("td", { class: "number" }, String(stage.jump)),
        make("td", { class: "number" }, make("b", { "data-field": at }, `${stage.field}×${stage.field}`)),
        make("td", { class: "seen" }, mini, seen));
    });
    return make("div", { class: "scroll" }, make("table", { onkeydown: (event) => this.rowKey(event) },
      make("thead", {}, make("tr", {}, ...heads.map((head, at) => make("th", { class: at && at < 4 ? "number" : "" }, head)))), make("tbody", {}, ...rows)));
  }

  nameOf({ kind, kernel, stride, dilation }) {
    const { text } = this;
    const name = fill(kind === "convolution" ? text.name_convolution : text.name_pooling, { kernel });
    return [name, stride > 1 ? fill(text.name_stride, { stride }) : "", dilation > 1 ? fill(text.name_dilation, { dilation }) : ""].filter(Boolean).join(", ");
  }

  editor() {
    const { text, state } = this;
    const { limits } = this.component.data;
    const { layers, layer } = state;
    const add = make("div", { class: "group" },
      this.button(text.add_convolution, "add-c", () => this.addLayer("convolution"), { disabled: layers.length >= limits.most }),
      this.button(text.add_pooling, "add-p", () => this.addLayer("pooling"), { disabled: layers.length >= limits.most }));
    const step = (by, label, sign) => this.button(sign, `step${by}`, () => this.set({ layer: layer + by }), { ariaLabel: label, title: label, disabled: layer + by < 0 || layer + by > layers.length });
    const steps = make("div", { class: "group" }, step(-1, text.previous, "‹"), step(1, text.next, "›"));
    const chosen = layers[layer - 1];
    if (!chosen) return make("div", { class: "editor" }, steps, add);
    return make("div", { class: "editor" }, steps,
      stepper("kernel", text.kernel, chosen.kernel, ...limits.kernels, (kernel) => this.changeLayer({ kernel })),
      stepper("stride", text.stride, chosen.stride, ...limits.strides, (stride) => this.changeLayer({ stride })),
      stepper("dilation", text.dilation, chosen.dilation, ...limits.dilations, (dilation) => this.changeLayer({ dilation }), chosen.kind === "pooling"),
      make("div", { class: "group" },
        this.button("↑", "up", () => this.moveLayer(-1), { ariaLabel: text.move_up, title: text.move_up, disabled: layer === 1 }),
        this.button("↓", "down", () => this.moveLayer(1), { ariaLabel: text.move_down, title: text.move_down, disabled: layer === layers.length }),
        this.button("✕", "remove", () => this.removeLayer(), { ariaLabel: text.remove, title: text.remove })),
      add);
  }

  rowKey(event) {
    const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!by) return;
    event.preventDefault();
    const layer = clamp(this.state.layer + by, 0, this.state.layers.length);
    this.set({ layer });
    this.root.querySelector(`[data-focus="layer-${layer}"]`)?.focus();
  }

  key(event) {
    const move = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    if (!move) return;
    event.preventDefault();
    const stage = this.stages[this.state.layer];
    const to = (pixel, by) => centre(stage, clamp(nearest(stage, pixel) + by, 0, stage.size - 1));
    this.point(to(this.state.row, move[0]), to(this.state.column, move[1]));
  }

  pointing(canvas) {
    const at = (event) => {
      const box = canvas.getBoundingClientRect();
      const pixel = (share) => ((share - MARGIN[this.state.padding]) / (1 - 2 * MARGIN[this.state.padding])) * this.state.side - 0.5;
      this.point(pixel((event.clientY - box.top) / box.height), pixel((event.clientX - box.left) / box.width));
    };
    canvas.addEventListener("pointerdown", (event) => { canvas.setPointerCapture(event.pointerId); at(event); });
    canvas.addEventListener("pointermove", (event) => { if (canvas.hasPointerCapture(event.pointerId)) at(event); });
  }

  point(row, column) {
    const inside = (pixel) => clamp(Math.round(2 * pixel) / 2, 0, this.state.side - 1);
    Object.assign(this.state, { row: inside(row), column: inside(column) });
    this.tell();
    this.draw();
  }

  /** The picture, the field, and every word and number that depends on the unit. */
  draw() {
    const { text, state, canvas, stages: found } = this;
    const { layer, layers, side } = state;
    const size = Math.min(this.narrow ? this.width : 0.42 * this.width, PICTURE * rem());
    const ratio = window.devicePixelRatio || 1;
    canvas.width = canvas.height = Math.round(size * ratio);
    canvas.style.width = canvas.style.height = `${size}px`;
    const context = canvas.getContext("2d");
    const margin = MARGIN[state.padding];
    const unit = (canvas.width * (1 - 2 * margin)) / side;
    const place = (pixel) => canvas.width * margin + pixel * unit;
    const full = [place(0), place(0), side * unit, side * unit];
    const lineColour = getComputedStyle(this.root.firstChild).getPropertyValue("--line");
    // Around the picture: the zeros of padding, hatched.
    context.strokeStyle = lineColour;
    context.lineWidth = ratio;
    context.beginPath();
    for (let at = -canvas.width; at < canvas.width; at += 8 * ratio) { context.moveTo(at, canvas.width); context.lineTo(at + canvas.width, 0); }
    context.stroke();
    const small = make("canvas", { width: side, height: side });
    small.getContext("2d").imageSmoothingQuality = "high";
    small.getContext("2d").drawImage(this.source, 0, 0, side, side);
    context.imageSmoothingEnabled = false;
    context.drawImage(small, ...full);

    const chosen = found[layer];
    const unitAt = [nearest(chosen, state.row), nearest(chosen, state.column)];
    const [[top, bottom], [left, right]] = unitAt.map((unitNumber) => sees(chosen, unitNumber));
    const rectangle = [place(left), place(top), (right - left + 1) * unit, (bottom - top + 1) * unit];
    const dark = this.theme === "dark";
    context.fillStyle = dark ? "rgb(10 14 16 / 0.62)" : "rgb(255 255 255 / 0.66)";
    context.beginPath();
    context.rect(...full);
    context.rect(...rectangle);
    context.fill("evenodd");
    const counts = state.paths ? paths(layers.slice(0, layer)) : null;
    if (counts) this.drawPaths(context, counts, left, top, place, unit);
    if (side <= GRID_UP_TO) {
      context.strokeStyle = dark ? "rgb(255 255 255 / 0.16)" : "rgb(0 0 0 / 0.16)";
      context.beginPath();
      for (let at = 0; at <= side; at++) {
        context.moveTo(place(at), place(0)); context.lineTo(place(at), place(side));
        context.moveTo(place(0), place(at)); context.lineTo(place(side), place(at));
      }
      context.stroke();
    }
    // The fields of earlier layers around the same place, thin; the chosen one, thick.
    const accent = palette.selected[this.theme];
    const outline = (rect, width, dash) => {
      context.setLineDash(dash);
      context.strokeStyle = dark ? "#000" : "#fff";
      context.lineWidth = (width + 2) * ratio;
      context.strokeRect(...rect);
      context.strokeStyle = accent;
      context.lineWidth = width * ratio;
      context.strokeRect(...rect);
    };
    for (let at = 0; at < layer; at++) {
      const [[t, b], [l, r]] = [state.row, state.column].map((pixel) => sees(found[at], nearest(found[at], pixel)));
      outline([place(l), place(t), (r - l + 1) * unit, (b - t + 1) * unit], 1, [3 * ratio, 3 * ratio]);
    }
    outline(rectangle, 3, []);
    Object.assign(canvas.dataset, { top, bottom, left, right });
    this.tellPlace(found, unitAt, [top, bottom, left, right], counts);
  }

  drawPaths(context, counts, left, top, place, unit) {
    const most = Math.max(...counts) ** 2;
    const colours = table("sequential", this.theme);
    const side = counts.length;
    const image = new ImageData(side, side);
    const pixels = new Uint32Array(image.data.buffer);
    for (let at = 0; at < pixels.length; at++) {
      const share = (counts[Math.floor(at / side)] * counts[at % side]) / most;
      pixels[at] = share ? (colours[Math.round(255 * share)] & 0xffffff) | (225 << 24) : 0;
    }
    const sheet = make("canvas", { width: side, height: side });
    sheet.getContext("2d").putImageData(image, 0, 0);
    context.drawImage(sheet, place(left), place(top), side * unit, side * unit);
  }

  tellPlace(found, unitAt, [top, bottom, left, right], counts) {
    const { text, state } = this;
    const { layer, layers, side } = state;
    const stage = found[layer];
    const inside = Math.max(0, Math.min(bottom, side - 1) - Math.max(top, 0) + 1) * Math.max(0, Math.min(right, side - 1) - Math.max(left, 0) + 1);
    const all = stage.field ** 2;
    const [row, column] = unitAt;
    const words = [layer ? fill(text.unit_sees, { layer, row, column, top: signed(top), bottom, left: signed(left), right }) : fill(text.unit_picture, { row, column })];
    if (inside < all) words.push(fill(text.clipped, { outside: number(all - inside), all: number(all), inside: number(inside) }));
    else if (layer) words.push(fill(text.whole, { all: number(all), share: percent(all / side ** 2) }));
    if (counts) words.push(fill(text.ways, { corner: number(counts[0] ** 2), most: number(Math.max(...counts) ** 2) }));
    this.caption.replaceChildren(words.join(" "));
    // How the number comes about, and what the unit depends on in every earlier map.
    const lines = [];
    if (layer) {
      const { kernel, stride, dilation } = layers[layer - 1];
      const before = found[layer - 1];
      const spread = dilation > 1 ? `${dilation}·(${kernel} − 1)` : `(${kernel} − 1)`;
      const dilated = dilation > 1 || layers.some((other) => other.dilation > 1);
      lines.push(
        [text.line_field, dilated ? "r_{l} = r_{l−1} + d·(k − 1)·j_{l−1}" : "r_{l} = r_{l−1} + (k − 1)·j_{l−1}", `${before.field} + ${spread}·${before.jump} = ${stage.field}`],
        [text.line_jump, "j_{l} = j_{l−1}·s", `${before.jump}·${stride} = ${stage.jump}`],
        [text.line_start, "o_{l} = o_{l−1} − p·j_{l−1}", `${signed(before.offset)} − ${stage.padding}·${before.jump} = ${signed(stage.offset)}`],
        [text.line_centre, "o + u·j + (r − 1)/2", unitAt.map((unit) => `${signed(stage.offset)} + ${unit}·${stage.jump} + ${(stage.field - 1) / 2} = ${centre(stage, unit)}`).join("; ")]);
    }
    this.formula.replaceChildren(...lines.map(([name, formula, numbers]) => make("div", { class: "line" }, make("span", { class: "muted" }, name), make("span", { class: "symbols" }, ...subscripts(formula)), make("b", {}, numbers))));
    const ranges = unitAt.map((unit) => reaches(layers, found, layer, unit));
    this.minis.forEach(({ mini, seen }, at) => {
      mini.replaceChildren(svg("rect", { x: 0, y: 0, width: 40, height: 40, class: "map" }));
      seen.textContent = "";
      if (at > layer) return;
      const scale = 40 / found[at].size;
      const [[first, last], [start, end]] = [ranges[0][at], ranges[1][at]];
      const cut = (low, high) => [clamp(low, 0, found[at].size), clamp(high + 1, 0, found[at].size)];
      const [y0, y1] = cut(first, last), [x0, x1] = cut(start, end);
      mini.append(svg("rect", { x: x0 * scale, y: y0 * scale, width: Math.max(1.5, (x1 - x0) * scale), height: Math.max(1.5, (y1 - y0) * scale), class: "units" }));
      seen.textContent = `${last - first + 1}×${end - start + 1}`;
    });
  }

  // ---------------------------------------------------------------- measured on a network

  measured() {
    const { text, state } = this;
    const { data } = this.component;
    const { measured } = data;
    this.canvas = null;
    const ask = (values) => { Object.assign(state, values); this.tell(0); this.build(); };
    const controls = make("div", { class: "controls" },
      choice(text.measured_layer, data.measurable.map(({ layer }) => [layer, layer]), state.measured_layer, (layer) => {
        const middle = Math.floor(data.measurable.find((entry) => entry.layer === layer).size / 2);
        ask({ measured_layer: layer, measured_row: middle, measured_column: middle });
      }, "measured-layer"),
      choice(text.measured_count, data.counts.map((count) => [count, String(count)]), state.measured_count, (count) => ask({ measured_count: count }), "measured-count"));
    const size = data.measurable.find(({ layer }) => layer === state.measured_layer).size;
    const shift = (name, label) => stepper(name, label, state[name], 0, size - 1, (value) => ask({ [name]: value }));
    controls.append(shift("measured_row", text.measured_row), shift("measured_column", text.measured_column));
    const asked = measured && ["measured_layer", "measured_row", "measured_column", "measured_count"].every((name) => measured.asked[name] === state[name]);
    if (!measured) return [controls, make("p", { class: "waiting", role: "status" }, text.measuring)];
    const panels = Object.entries(measured.variants).map(([variant, entry]) => this.heat(variant, entry, measured));
    return [controls, make("p", { class: "caption", role: "status", "data-ready": String(asked) }, asked ? fill(text.measured_caption, { layer: state.measured_layer, row: state.measured_row, column: state.measured_column, count: state.measured_count, field: measured.field, top: measured.top, bottom: measured.top + measured.field - 1, left: measured.left, right: measured.left + measured.field - 1 }) : text.measuring),
      make("div", { class: `heats${asked ? "" : " stale"}` }, ...panels), make("p", { class: "muted" }, text.measured_formula)];
  }

  heat(variant, { energy, summary }, measured) {
    const { text } = this;
    const { side, field, top, left, central } = measured;
    const size = Math.min(HEAT * rem(), this.narrow ? this.width - 8 : 0.24 * this.width);
    const ratio = window.devicePixelRatio || 1;
    const canvas = make("canvas", { width: Math.round(size * ratio), height: Math.round(size * ratio), role: "img", "data-variant": variant, ariaLabel: text[`variant_${variant}`] });
    canvas.style.width = canvas.style.height = `${size}px`;
    const values = fromBase64(energy, Float32Array);
    const most = Math.max(...values);
    const image = new ImageData(side, side);
    const pixels = new Uint32Array(image.data.buffer);
    const colours = table("sequential", this.theme);
    values.forEach((value, at) => { pixels[at] = colours[most > 0 ? Math.round((255 * value) / most) : 0]; });
    const small = make("canvas", { width: side, height: side });
    small.getContext("2d").putImageData(image, 0, 0);
    const context = canvas.getContext("2d");
    context.imageSmoothingEnabled = false;
    context.drawImage(small, 0, 0, canvas.width, canvas.height);
    const unit = canvas.width / side;
    const frame = (first, start, height, dash, width) => {
      context.setLineDash(dash.map((length) => length * ratio));
      context.lineWidth = width * ratio;
      context.strokeStyle = palette.selected[this.theme];
      context.strokeRect(start * unit, first * unit, height * unit, height * unit);
    };
    frame(top, left, field, [], 2.5);
    frame(top + central, left + central, field - 2 * central, [5, 4], 2);
    const rows = summary
      ? [
          [text.fact_central, percent(summary.central), fill(text.fact_central_if, { size: field - 2 * central, field, share: percent(summary.uniform) })],
          [text.fact_deviation, `${show(summary.deviation[0])} ↓, ${show(summary.deviation[1])} →`, fill(text.fact_deviation_if, { even: show(Math.sqrt((field ** 2 - 1) / 12)) })],
          [text.fact_overlap, percent(summary.overlap), text.fact_overlap_if],
        ]
      : [[text.fact_central, "—", text.fact_silent]];
    return make("section", { class: "heat" }, make("h4", {}, text[`variant_${variant}`]), make("div", { class: "heat-body" }, make("div", {}, canvas,
      make("div", { class: "legend" }, "0", make("i", { style: `background:${gradient("sequential", this.theme)}` }), show(most))),
      make("div", { class: "facts" }, this.profile(variant, side, summary, left, field),
        make("table", {}, ...rows.map(([name, value, note]) => make("tr", {}, make("th", {}, name), make("td", {}, make("b", {}, value), make("span", { class: "muted" }, ` ${note}`))))))));
  }

  /** Shares of the energy by column as bars, and the Gaussian with the same mean and deviation. */
  profile(variant, side, summary, left, field) {
    const { text } = this;
    const shares = summary?.profile ?? [], bell = summary?.gaussian ?? [];
    const most = Math.max(...shares, ...bell, 1e-9);
    const wide = 10, high = 80;
    const chart = svg("svg", { viewBox: `0 -4 ${side * wide} ${high + 6}`, class: "profile", role: "img", "aria-label": text.profile });
    chart.append(svg("rect", { x: left * wide, y: -4, width: field * wide, height: high + 4, class: "inside" }));
    shares.forEach((share, at) => chart.append(svg("rect", { x: at * wide + 1, y: high * (1 - share / most), width: wide - 2, height: (high * share) / most, class: "column" })));
    chart.append(svg("polyline", { points: bell.map((share, at) => `${(at + 0.5) * wide},${high * (1 - share / most)}`).join(" "), class: "bell" }), svg("line", { x1: 0, x2: side * wide, y1: high, y2: high, class: "axis" }));
    return make("figure", {}, chart, make("figcaption", { class: "muted" }, text.profile), drawingButton(chart, `profile_${this.state.measured_layer}_${variant}`));
  }

  // ---------------------------------------------------------------- stacked small kernels

  stacked() {
    const { text, state } = this;
    this.canvas = null;
    const { count, channels, map } = state;
    const { limits } = this.component.data;
    const kernel = 2 * count + 1;
    const powers = limits.channels;
    const slider = (label, name, values) => {
      const field = make("input", { type: "range", min: 0, max: values.length - 1, step: 1, value: values.indexOf(state[name]), ariaLabel: label, "data-focus": name, oninput: (event) => this.set({ [name]: values[Number(event.target.value)] }) });
      field.setAttribute("aria-valuetext", state[name]);
      return make("label", { class: "control" }, make("span", { class: "control-label" }, `${label}: `, make("b", {}, number(state[name]))), field);
    };
    const controls = make("div", { class: "controls" }, stepper("count", text.stacked_count, count, ...limits.counts, (value) => this.set({ count: value })),
      slider(text.stacked_channels, "channels", powers), slider(text.stacked_map, "map", limits.maps));
    const small = 9 * count * channels ** 2, large = kernel ** 2 * channels ** 2;
    const places = map * map;
    const columns = [
      { key: "small", name: fill(text.stacked_small, { count }), field: `1${" + 2".repeat(count)} = ${kernel}`, parameters: `${count}·(3·3·${channels}·${channels}) = ${number(small)}`, short: `${9 * count}C²`, adds: `${map}·${map}·${number(small)} = ${number(places * small)}`, relu: String(count), value: small },
      { key: "large", name: fill(text.stacked_large, { kernel }), field: `1 + (${kernel} − 1) = ${kernel}`, parameters: `${kernel}·${kernel}·${channels}·${channels} = ${number(large)}`, short: `${kernel * kernel}C²`, adds: `${map}·${map}·${number(large)} = ${number(places * large)}`, relu: "1", value: large },
    ];
    const row = (name, of, extra = "") => make("tr", {}, make("th", {}, name), ...columns.map((column) => make("td", { "data-column": column.key, class: extra }, ...[of(column)].flat())));
    const bar = (column) => make("div", { class: "bar-line" }, make("i", { style: `width:${(100 * column.value) / Math.max(small, large)}%` }));
    const comparison = make("table", { class: "comparison" }, make("thead", {}, make("tr", {}, make("th", {}), ...columns.map((column) => make("th", {}, column.name)))),
      make("tbody", {}, row(text.stacked_field, (column) => make("b", {}, column.field)),
        row(text.stacked_parameters, (column) => [make("b", {}, column.short), ` = ${column.parameters}`, bar(column)]),
        row(text.stacked_adds, (column) => column.adds), row(text.stacked_relu, (column) => column.relu)));
    const ratio = small / large;
    return [controls, make("div", { class: "stacked" }, this.fieldDiagram(count), make("div", { class: "stacked-facts" }, make("div", { class: "scroll" }, comparison), tableButtons(comparison, "stacked_kernels"),
      make("p", { class: "caption" }, fill(text.stacked_ratio, { small: 9 * count, large: kernel ** 2, share: percent(ratio), saved: percent(1 - ratio) })),
      make("p", { class: "muted" }, text.stacked_note)))];
  }

  /** The maps of a stack from the unit down to the picture: the window grows by 2 a layer. */
  fieldDiagram(count) {
    const cells = 2 * count + 1;
    const unit = 14, wide = cells * unit, skew = 0.35, gap = 26;
    const chart = svg("svg", { viewBox: `-6 -6 ${wide * (1 + skew) + 60} ${(count + 1) * (wide * skew + gap) + 12}`, class: "cone", role: "img", "aria-label": fill(this.text.stacked_diagram, { count, kernel: cells }) });
    const corner = (level, row, column) => {
      const y = level * (wide * skew + gap);
      return [column * unit + (cells - row) * unit * skew, y + row * unit * skew];
    };
    for (let level = 0; level <= count; level++) {
      const side = 2 * level + 1, margin = (cells - side) / 2;
      for (let row = 0; row < cells; row++) for (let column = 0; column < cells; column++) {
        const seen = row >= margin && row < margin + side && column >= margin && column < margin + side;
        const points = [[row, column], [row, column + 1], [row + 1, column + 1], [row + 1, column]].map(([r, c]) => corner(level, r, c).join(",")).join(" ");
        chart.append(svg("polygon", { points, class: seen ? "cell seen" : "cell" }));
      }
      if (level < count) {
        const at = (lvl, s, r, c) => { const m = (cells - s) / 2; return corner(lvl, m + r * s, m + c * s); };
        for (const [r, c] of [[1, 0], [1, 1]]) {
          const [x1, y1] = at(level, side, r, c), [x2, y2] = at(level + 1, side + 2, r, c);
          chart.append(svg("line", { x1, y1, x2, y2, class: "ray" }));
        }
      }
      const [x, y] = corner(level, cells / 2, cells);
      chart.append(svg("text", { x: x + 8, y: y + 5 }, document.createTextNode(`${side}×${side}`)));
    }
    return make("figure", { class: "cone-figure" }, chart, drawingButton(chart, "stacked_kernels"));
  }
}

export default (component) => live(component, ReceptiveField);
