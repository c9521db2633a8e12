// The whole CNN for one digit: every channel of every layer, any unit's arithmetic, and the network
// changed by hand with every map before and after.
import * as cnn from "./cnn.js";
import { cellText, channelOf, colourOf, drawSheet, equals, fill, fromBase64, gradient, keepFocus, live, make, palette, percent, rem, show, term, theme, themed, typedNumber } from "./draw.js";

const KIND = { Conv2D: "convolution", MaxPooling2D: "pooling", Flatten: "flatten", Dense: "dense" };
const SHOWN_SLICES = 8; // the strongest; the rest are summed in one line
const WIDE = 44; // rem: below, one layer at a time
const SMALLEST_TILE = 15; // pixels: where the whole strip would need smaller ones, one layer at a time

/** How a layer's output lies on the screen: maps with channels, or a column of single numbers. */
function sheetOf(layer) {
  const [rows, columns, channels] = layer.output.length === 3 ? layer.output : [1, 1, layer.output[0]];
  return { rows, columns, channels };
}

/** One significant digit, never less than the value: for "at most". */
function roundedUp(value) {
  const power = 10 ** Math.floor(Math.log10(value || 1e-9));
  return Number((Math.ceil(value / power) * power).toPrecision(1));
}

class Network {
  constructor(root) {
    this.root = root;
    this.view = "after"; // or "before", "difference"
    this.chosen = null; // { index, row, column, channel, slice }
    this.tab = 1; // the layer shown on a phone
    this.sheets = [];
  }

  async update(component) {
    this.component = component;
    const { data } = component;
    this.text = data.text;
    this.layers = data.layers;
    this.stages = [{ name: "input", kind: "Input", output: data.layers[0].input, parameters: 0 }, ...data.layers];
    this.image = Float32Array.from(fromBase64(data.image), (value) => value / 255);
    if (this.address !== data.weights.trained) {
      this.address = data.weights.trained;
      this.loading = Promise.all([this.load(data.weights.trained), this.load(data.weights.random)]);
    }
    try {
      [this.trained, this.random] = await this.loading;
    } catch {
      this.address = null; // the next call tries again
      this.root.replaceChildren(make("p", { class: "note" }, data.unreachable));
      return;
    }
    if (this.component !== component) return; // a newer digit came while the weights were fetched
    if (this.line === undefined) {
      this.changes = cnn.readChanges(this.layers, data.changes);
      this.line = cnn.writeChanges(this.changes);
    }
    this.calculate();
    this.build();
  }

  async load(address) {
    const response = await fetch(address);
    if (!response.ok) throw new Error(`${response.status} ${address}`);
    return cnn.unpack(this.layers, await response.arrayBuffer());
  }

  calculate() {
    this.before = cnn.forward(this.layers, this.trained, this.image);
    this.changed = this.line !== "";
    this.weights = this.changed ? cnn.changedWeights(this.layers, this.trained, this.random, this.changes) : this.trained;
    this.after = this.changed ? cnn.forward(this.layers, this.weights, this.image, this.changes.off) : this.before;
  }

  /** Take over changes: recalculate, redraw, and tell the server so that the link carries them. */
  change() {
    this.line = cnn.writeChanges(this.changes);
    if (this.view === "before") this.view = "after"; // show what was just done
    this.calculate();
    this.build();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.tell(), 400);
  }

  /** Let the link carry the changes. */
  tell() {
    clearTimeout(this.timer);
    if (this.timer) this.component.setStateValue("changes", this.line);
    this.timer = 0;
  }

  maps(name) {
    if (this.view === "before") return this.before[name];
    if (this.view === "after" || !this.changed) return this.after[name];
    const before = this.before[name];
    return this.after[name].map((value, at) => value - before[at]);
  }

  /** What the arithmetic is written out for: the network before the changes, or after them. */
  shown() {
    const before = this.view === "before";
    return { weights: before ? this.trained : this.weights, maps: before ? this.before : this.after, off: before ? {} : this.changes.off };
  }

  /** The scale of a layer: logits and differences are signed, everything else starts at zero. */
  scaleOf(stage) {
    const signed = (this.view === "difference" && this.changed) || stage.kind === "Dense" && stage.activation !== "relu";
    let limit = 0;
    const considered = this.view === "difference" && this.changed ? [this.maps(stage.name)] : [this.before[stage.name], this.after[stage.name]];
    for (const values of considered) for (const value of values) limit = Math.max(limit, Math.abs(value));
    return { scale: signed ? "signed" : stage.name === "input" ? "grey" : "sequential", limit: limit || 1 };
  }

  build() {
    keepFocus(this.root, () => this.rebuild());
  }

  rebuild() {
    this.mode = theme(this.root);
    this.width = this.root.clientWidth || 1000;
    this.narrow = this.width < WIDE * rem();
    if (!this.narrow) this.narrow = Math.min(...this.plan().filter((plan) => plan.maps).map((plan) => plan.tile)) < SMALLEST_TILE;
    const unknown = this.changes.unknown.length
      ? [make("p", { class: "note warning" }, fill(this.text.unknown_changes, { parts: this.changes.unknown.join(" ~ ") }))]
      : [];
    this.strip = make("div", { class: this.narrow ? "strip narrow" : "strip" });
    this.inspector = make("div", { class: "inspector" });
    this.root.replaceChildren(
      themed(this.root, "network-root",
        this.toolbar(), ...unknown, this.narrow ? this.tabs() : "", this.strip, this.inspector));
    this.root.firstChild.addEventListener("keydown", (event) => this.key(event));
    this.drawStrip();
    this.inspect();
    this.magnifier = make("div", { class: "magnifier", hidden: true });
    this.root.firstChild.append(this.magnifier);
  }

  toolbar() {
    const { text } = this;
    const count = this.line ? this.line.split("~").length : 0;
    const views = ["after", "before", "difference"].map((view) =>
      make("button", {
        type: "button", class: "toggle", "data-focus": `view-${view}`, "aria-pressed": String(this.view === view), disabled: !this.changed,
        onclick: () => { this.view = view; this.build(); },
      }, text[`view_${view}`]));
    const trainable = this.layers.filter((layer) => layer.parameters > 0);
    const allRandom = trainable.every((layer) => this.changes.random.has(layer.name));
    const random = make("button", {
      type: "button", class: "toggle", "data-focus": "random", "aria-pressed": String(allRandom),
      onclick: () => {
        this.changes.random = new Set(allRandom ? [] : trainable.map((layer) => layer.name));
        this.change();
      },
    }, text.random_all);
    const reset = make("button", {
      type: "button", class: "toggle", "data-focus": "reset", disabled: !this.line,
      onclick: () => { this.changes = cnn.readChanges(this.layers, ""); this.view = "after"; this.change(); },
    }, text.reset);
    return make("div", { class: "toolbar" },
      make("div", { class: "group", role: "group", ariaLabel: text.view }, ...views), random, reset,
      make("span", { class: "muted", role: "status" }, count ? fill(text.changes, { count }) : text.unchanged));
  }

  tabs() {
    return make("div", { class: "tabs", role: "tablist" },
      ...this.stages.map((stage, at) =>
        make("button", {
          type: "button", class: "toggle", role: "tab", "aria-selected": String(this.tab === at), "aria-pressed": String(this.tab === at), "data-focus": `tab-${at}`,
          onclick: () => { this.tab = at; this.build(); },
        }, this.nameOf(stage))));
  }

  nameOf(stage) {
    return this.text[`layer_${stage.name}`] ?? stage.name;
  }

  /** Columns of tiles and the enlargement of each layer, so that the whole strip fits the width. */
  plan() {
    const unit = rem();
    // As tall as the window leaves room for under the drawing, so that all of it is seen at once.
    const height = Math.max(14.5 * unit, Math.min(24 * unit, window.innerHeight - 41.5 * unit));
    const narrowest = 3.7 * unit; // the heading needs it
    const plans = this.stages.map((stage) => {
      const { columns: width, channels } = sheetOf(stage);
      if (stage.name === "input") return { columns: 1, tile: 6 * unit, width: 6 * unit };
      if (stage.output.length === 1 && channels === 10) return { columns: 1, tile: 0, width: 9.5 * unit };
      if (stage.output.length === 1) {
        const rows = channels > 100 ? 48 : 16;
        const tile = height / rows - 1;
        return { columns: Math.ceil(channels / rows), rows, tile, width: Math.max(narrowest, Math.ceil(channels / rows) * (tile + 1) + 1) };
      }
      const rows = channels > 32 ? 11 : 8;
      const columns = Math.ceil(channels / rows);
      const tile = height / rows - 1;
      return { columns, tile, width: columns * (tile + 1) + 1, maps: true, side: width };
    });
    if (this.narrow) {
      return plans.map((plan, at) => {
        const { channels } = sheetOf(this.stages[at]);
        const columns = plan.maps ? 8 : plan.tile === 0 || channels === 1 ? plan.columns : channels > 100 ? 32 : 16;
        const tile = at === 0 ? 10 * unit : (this.width - 10) / columns - 1;
        return { ...plan, columns, tile: plan.tile === 0 ? 0 : Math.min(tile, (plan.maps ? 3.75 : 1.4) * unit), width: this.width };
      });
    }
    const gaps = (plans.length - 1) * 0.7 * unit;
    const fixed = plans.filter((plan) => !plan.maps).reduce((sum, plan) => sum + plan.width, 0);
    const flexible = plans.filter((plan) => plan.maps).reduce((sum, plan) => sum + plan.width, 0);
    const factor = Math.min(1, (this.width - gaps - fixed - 12) / flexible);
    // Single numbers stand as high as the maps beside them.
    return plans.map((plan) => (plan.maps ? { ...plan, tile: plan.tile * factor } : plan.rows ? { ...plan, tile: (height * factor) / plan.rows - 1 } : plan));
  }

  drawStrip() {
    const plans = this.plan();
    this.sheets = [];
    this.stages.forEach((stage, at) => {
      if (this.narrow && this.tab !== at) return;
      const { rows, columns, channels } = sheetOf(stage);
      const { scale, limit } = this.scaleOf(stage);
      const heading = make("div", { class: "layer-head", style: `--kind:${palette.layerKinds[KIND[stage.kind] ?? "input"]}` },
        make("b", {}, this.nameOf(stage)),
        make("span", { class: "muted" }, stage.output.join("×") + (channels === 10 ? ` · ${this.changed && this.view === "difference" ? this.text.points : "%"}` : "")));
      if (stage.output.length === 1 && channels === 10) {
        this.strip.append(make("div", { class: "layer logits-layer" }, heading, this.logits()));
        return;
      }
      const canvas = make("canvas", {
        tabIndex: 0, role: "img", "data-layer": stage.name, "data-focus": `sheet-${stage.name}`,
        ariaLabel: fill(this.text.sheet_label, { layer: this.nameOf(stage), channels, shape: `${rows}×${columns}` }),
      });
      const zoom = plans[at].tile / columns;
      const geometry = drawSheet(canvas, { values: this.maps(stage.name), height: rows, width: columns, channels, columns: plans[at].columns, scale, limit, mode: this.mode, zoom });
      const marks = make("div", { class: "marks" });
      const sheet = { stage, at, canvas, marks, columns: plans[at].columns, channels, rows, width: columns, ...geometry };
      this.sheets.push(sheet);
      canvas.addEventListener("pointermove", (event) => event.pointerType === "mouse" && this.magnify(sheet, event));
      canvas.addEventListener("pointerleave", () => { this.magnifier.hidden = true; });
      canvas.addEventListener("click", (event) => this.pick(sheet, event));
      const legend = make("div", { class: "legend" },
        make("span", {}, scale === "signed" ? show(-limit, 2) : "0"),
        make("i", { style: `background:${gradient(scale, this.mode)}` }),
        make("span", {}, show(limit, 2)));
      this.strip.append(make("div", { class: "layer" }, heading, make("div", { class: "sheet" }, canvas, marks), legend));
    });
    this.mark();
  }

  logits() {
    const last = this.layers.at(-1).name;
    const before = cnn.softmax(this.before[last]), after = cnn.softmax(this.after[last]);
    const shown = this.view === "before" ? before : after;
    const winner = shown.indexOf(Math.max(...shown));
    const index = this.layers.length - 1;
    const differing = this.changed && this.view === "difference";
    const rows = shown.map((share, digit) => {
      const change = after[digit] - before[digit];
      const bar = differing
        ? [make("span", { class: `fill ${change < 0 ? "less" : "more"}`, style: `width:${50 * Math.abs(change)}%` })]
        : [make("span", { class: "fill", style: `width:${100 * share}%` })];
      if (this.changed && this.view === "after") bar.push(make("span", { class: "ghost", style: `left:${100 * before[digit]}%` }));
      return make("button", {
        type: "button", class: `logit-row${digit === winner ? " winner" : ""}${this.isChosen(index, digit) ? " chosen" : ""}`, "data-focus": `logit-${digit}`, "data-digit": digit,
        ariaLabel: `${digit}: ${differing ? `${term(100 * change)} ${this.text.points}` : percent(share)}`, onclick: () => this.choose({ index, row: 0, column: 0, channel: digit }),
      },
        make("b", {}, String(digit)),
        make("span", { class: "track" }, ...bar),
        make("span", { class: "number" }, differing ? `${change < 0 ? "−" : "+"}${(100 * Math.abs(change)).toFixed(1)}` : percent(share).replace(" %", "")));
    });
    const difference = Math.max(...this.component.data.keras_logits.map((value, digit) => Math.abs(value - this.before[last][digit])));
    const was = before.indexOf(Math.max(...before));
    const sentence = this.changed
      ? fill(this.text.was_now, { before: was, before_share: percent(before[was]), after: after.indexOf(Math.max(...after)), after_share: percent(Math.max(...after)) })
      : fill(this.text.keras_agrees, { difference: show(roundedUp(difference), 1) });
    return make("div", { class: "logits", "data-difference": difference }, ...rows, make("p", { class: "muted small" }, sentence));
  }

  isChosen(index, channel) {
    return this.chosen?.index === index && this.chosen.channel === channel;
  }

  /** The tile and the cell under a pointer, or null in the gaps. */
  locate(sheet, event) {
    const box = sheet.canvas.getBoundingClientRect();
    const scale = sheet.canvas.offsetWidth ? box.width / sheet.canvas.offsetWidth : 1;
    const x = (event.clientX - box.left) / scale, y = (event.clientY - box.top) / scale;
    const column = Math.floor((x - sheet.space) / (sheet.tileWidth + sheet.space));
    const row = Math.floor((y - sheet.space) / (sheet.tileHeight + sheet.space));
    const channel = row * sheet.columns + column;
    if (column < 0 || column >= sheet.columns || row < 0 || channel < 0 || channel >= sheet.channels) return null;
    const inside = (position, at, tile, count) =>
      Math.max(0, Math.min(count - 1, Math.floor(((position - sheet.space - at * (tile + sheet.space)) / tile) * count)));
    return {
      channel,
      row: inside(y, row, sheet.tileHeight, sheet.rows),
      column: inside(x, column, sheet.tileWidth, sheet.width),
      left: sheet.space + column * (sheet.tileWidth + sheet.space),
      top: sheet.space + row * (sheet.tileHeight + sheet.space),
    };
  }

  magnify(sheet, event) {
    const place = this.locate(sheet, event);
    this.magnifier.hidden = !place;
    if (!place) return;
    const { stage } = sheet;
    const { scale, limit } = this.scaleOf(stage);
    const values = channelOf(this.maps(stage.name), sheet.channels, place.channel);
    const canvas = make("canvas", {});
    drawSheet(canvas, { values, height: sheet.rows, width: sheet.width, channels: 1, columns: 1, scale, limit, mode: this.mode, gap: 0, zoom: (8.25 * rem()) / Math.max(sheet.rows, sheet.width) });
    const value = this.maps(stage.name)[(place.row * sheet.width + place.column) * sheet.channels + place.channel];
    const parts = [
      sheet.rows > 1 ? canvas : "",
      make("b", {}, this.placeName(stage, place)),
      make("span", {}, fill(this.text.value_here, { value: show(value) })),
      ...(values.every((one) => one === 0) ? [make("span", {}, this.text.all_zero)] : []),
    ];
    this.magnifier.replaceChildren(...parts);
    const frame = this.root.firstChild.getBoundingClientRect();
    const left = Math.min(event.clientX - frame.left + 18, frame.width - 12 * rem());
    this.magnifier.style.left = `${Math.max(0, left)}px`;
    const below = event.clientY + 18 + this.magnifier.offsetHeight < window.innerHeight;
    this.magnifier.style.top = `${event.clientY - frame.top + (below ? 18 : -18 - this.magnifier.offsetHeight)}px`;
  }

  placeName(stage, { channel, row, column }) {
    if (stage.name === "input") return fill(this.text.place_input, { row, column });
    if (stage.output.length === 1) return fill(this.text.place_unit, { layer: this.nameOf(stage), channel });
    return fill(this.text.place, { layer: this.nameOf(stage), channel, row, column });
  }

  pick(sheet, event) {
    const place = this.locate(sheet, event);
    if (!place || sheet.at === 0) return;
    // A finger cannot hit one cell of a small tile: it opens the channel at its strongest unit.
    const exact = sheet.tileWidth / sheet.width >= 8 || event.pointerType === "mouse";
    const unit = exact ? place : this.strongest(sheet.at - 1, place.channel);
    this.choose({ index: sheet.at - 1, channel: place.channel, row: unit.row, column: unit.column });
  }

  strongest(index, channel) {
    const { columns, channels } = sheetOf(this.layers[index]);
    const values = channelOf(this.shown().maps[this.layers[index].name], channels, channel);
    const at = values.reduce((best, value, position) => (value > values[best] ? position : best), 0);
    return { row: Math.floor(at / columns), column: at % columns };
  }

  choose(unit) {
    const opens = !this.chosen;
    this.chosen = unit;
    this.build();
    // Where it is taller than the window its title matters most.
    const tall = this.inspector.offsetHeight > 0.9 * window.innerHeight;
    if (opens) this.inspector.scrollIntoView({ block: tall ? "start" : "nearest" });
  }

  /** Frames around the chosen tile, its window in the layer before, its field on the input. */
  mark() {
    for (const { marks } of this.sheets) marks.replaceChildren();
    if (!this.chosen) return;
    const { index, row, column, channel, slice } = this.chosen;
    const { weights, maps } = this.shown();
    const parts = cnn.arithmetic(this.layers, weights, maps, index, this.chosen);
    const frame = (sheet, tile, cells, kind) => {
      const left = sheet.space + (tile % sheet.columns) * (sheet.tileWidth + sheet.space);
      const top = sheet.space + Math.floor(tile / sheet.columns) * (sheet.tileHeight + sheet.space);
      const unitX = sheet.tileWidth / sheet.width, unitY = sheet.tileHeight / sheet.rows;
      const box = cells ?? { top: 0, left: 0, height: sheet.rows, width: sheet.width };
      sheet.marks.append(make("div", {
        class: `mark ${kind}`,
        style: `left:${left + box.left * unitX}px;top:${top + box.top * unitY}px;width:${box.width * unitX}px;height:${box.height * unitY}px`,
      }));
    };
    for (const sheet of this.sheets) {
      if (sheet.at - 1 === index) {
        frame(sheet, channel, null, "chosen");
        if (sheet.rows > 1) frame(sheet, channel, { top: row, left: column, height: 1, width: 1 }, "chosen");
      }
      if (sheet.stage.name === parts.from) {
        const from = parts.slices.length === 1 ? parts.slices[0].channel : slice ?? this.strongestSlice(parts).channel;
        frame(sheet, from, parts.window, "window");
      }
      if (sheet.at === 0 && parts.from !== "input") frame(sheet, 0, cnn.receptiveField(this.layers, index, this.chosen), "field");
    }
  }

  strongestSlice(parts) {
    return parts.slices.reduce((best, slice) => (Math.abs(slice.sum) > Math.abs(best.sum) ? slice : best));
  }

  key(event) {
    const { target } = event;
    if (event.key === "Escape" && this.chosen) {
      const { name } = this.layers[this.chosen.index];
      this.chosen = null;
      this.build();
      this.root.querySelector(`[data-focus="sheet-${name}"]`)?.focus({ preventScroll: true });
      event.stopPropagation();
      return;
    }
    const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
    const layerName = target.dataset?.layer;
    if (!layerName || target.tagName !== "CANVAS") return;
    const index = this.layers.findIndex((layer) => layer.name === layerName);
    if (index < 0) return;
    const layer = this.layers[index];
    const { rows, columns, channels } = sheetOf(layer);
    const clamp = (value, count) => Math.max(0, Math.min(count - 1, value));
    const here = this.chosen?.index === index ? this.chosen : null;
    if (event.key === "Enter" || (step && !here)) {
      event.preventDefault();
      const channel = here?.channel ?? 0;
      this.choose({ index, channel, ...this.strongest(index, channel) });
      if (event.key === "Enter") this.root.querySelector('[data-focus="map"]')?.focus({ preventScroll: true });
    } else if (step && target.dataset.role === "map") {
      event.preventDefault();
      this.choose({ ...here, row: clamp(here.row + step[0], rows), column: clamp(here.column + step[1], columns) });
    } else if (step) {
      event.preventDefault();
      const sheet = this.sheets.find((one) => one.stage.name === layerName);
      const channel = clamp(here.channel + step[0] * sheet.columns + step[1], channels);
      this.choose({ index, channel, ...this.strongest(index, channel) });
    }
  }

  inspect() {
    const { text } = this;
    if (!this.chosen) {
      this.inspector.replaceChildren(make("p", { class: "hint" }, this.narrow ? text.hint_touch : text.hint));
      return;
    }
    const { index, channel, row, column } = this.chosen;
    const layer = this.layers[index];
    const stage = this.stages[index + 1];
    const { rows, columns, channels } = sheetOf(layer);
    const { weights, maps } = this.shown();
    const parts = cnn.arithmetic(this.layers, weights, maps, index, this.chosen);
    const close = make("button", { type: "button", class: "toggle", "data-focus": "close", onclick: () => { this.chosen = null; this.build(); } }, text.close);
    const turn = (by, label) => make("button", {
      type: "button", class: "toggle", ariaLabel: label, title: label, "data-focus": `turn-${by}`,
      onclick: () => {
        const next = (channel + by + channels) % channels;
        this.choose({ index, channel: next, ...this.strongest(index, next) });
      },
    }, by < 0 ? "‹" : "›");
    const head = make("div", { class: "inspector-head" },
      turn(-1, text.previous_channel), make("h4", {}, this.placeName(stage, this.chosen)), turn(1, text.next_channel),
      ...this.channelTools(layer, channel), close);
    const body = make("div", { class: "inspector-body" });
    if (rows > 1) body.append(this.bigMap(stage, rows, columns, channels));
    body.append(this.calculation(layer, parts));
    this.inspector.replaceChildren(head, body);
    this.inspector.dataset.unit = `${layer.name}.${row}.${column}.${channel}`;
    this.inspector.dataset.value = parts.value;
  }

  channelTools(layer, channel) {
    const { text, changes } = this;
    const tools = [];
    const flip = (what, label) => {
      const on = changes[what][layer.name]?.has(channel) ?? false;
      tools.push(make("button", {
        type: "button", class: "toggle", "data-focus": `tool-${what}`, "aria-pressed": String(on),
        onclick: () => {
          const set = (changes[what][layer.name] ??= new Set());
          if (on) set.delete(channel);
          else set.add(channel);
          if (!set.size) delete changes[what][layer.name];
          this.change();
        },
      }, label));
    };
    if (cnn.canBeOff(this.layers, layer)) flip("off", layer.output.length === 3 ? text.channel_off : text.unit_off);
    if (layer.parameters > 0) {
      flip("zero", text.kernel_zero);
      const on = changes.random.has(layer.name);
      tools.push(make("button", {
        type: "button", class: "toggle", "data-focus": "tool-random", "aria-pressed": String(on),
        onclick: () => { changes.random[on ? "delete" : "add"](layer.name); this.change(); },
      }, fill(text.random_layer, { layer: this.nameOf(layer) })));
    }
    return tools;
  }

  bigMap(stage, rows, columns, channels) {
    const { scale, limit } = this.scaleOf(stage);
    const { channel, row, column } = this.chosen;
    const values = channelOf(this.maps(stage.name), channels, channel);
    const canvas = make("canvas", { tabIndex: 0, role: "img", "data-layer": stage.name, "data-role": "map", "data-focus": "map", ariaLabel: fill(this.text.map_label, { channel }) });
    const zoom = (13 * rem()) / Math.max(rows, columns);
    drawSheet(canvas, { values, height: rows, width: columns, channels: 1, columns: 1, scale, limit, mode: this.mode, gap: 0, zoom });
    const marker = make("div", { class: "mark chosen", style: `left:${column * zoom + 1}px;top:${row * zoom + 1}px;width:${zoom}px;height:${zoom}px` });
    canvas.addEventListener("click", (event) => {
      const box = canvas.getBoundingClientRect();
      const at = (position, start, extent, count) => Math.max(0, Math.min(count - 1, Math.floor(((position - start) / extent) * count)));
      this.choose({ ...this.chosen, row: at(event.clientY, box.top, box.height, rows), column: at(event.clientX, box.left, box.width, columns) });
    });
    const empty = values.every((value) => value === 0);
    return make("div", { class: "big-map" },
      make("div", { class: "sheet" }, canvas, make("div", { class: "marks" }, marker)),
      make("p", { class: "muted small" }, empty ? this.text.all_zero : fill(this.text.map_range, { largest: show(Math.max(...values)), share: percent(values.filter((value) => value === 0).length / values.length) })));
  }

  calculation(layer, parts) {
    const { text } = this;
    const from = this.nameOf(this.stages.find((stage) => stage.name === parts.from));
    const box = make("div", { class: "calculation" });
    const off = this.shown().off[layer.name]?.has(this.chosen.channel) ?? false;
    const switchedOff = off ? ` → 0 (${text.switched_off})` : "";
    if (this.changed && this.view !== "after") {
      box.append(make("p", { class: "note" }, this.view === "before" ? text.calculated_before : text.calculated_after));
    }
    if (layer.kind === "Flatten") {
      const [slice] = parts.slices;
      box.append(make("p", {}, fill(text.flatten_unit, { index: this.chosen.channel, layer: from, row: parts.window.top, column: parts.window.left, channel: slice.channel, value: show(parts.value) })));
      return box;
    }
    if (layer.kind === "MaxPooling2D") {
      const [slice] = parts.slices;
      box.append(
        make("p", {}, fill(text.pool_unit, { layer: from, size: layer.size })),
        this.matrix(slice.patch, parts.window.width, { limit: Math.max(...slice.patch) || 1, scale: "sequential", strongest: true }),
        make("p", { class: "sum" }, `max(${slice.patch.map((value) => show(value)).join(", ")}) = ${show(Math.max(...slice.patch))}${switchedOff}`));
      return box;
    }
    const strongest = [...parts.slices].sort((a, b) => Math.abs(b.sum) - Math.abs(a.sum));
    const chosenSlice = parts.slices[this.chosen.slice] ?? strongest[0];
    box.append(
      this.slice(layer, parts, chosenSlice, from),
      ...(parts.slices.length > 1 ? [this.sliceList(parts, strongest, chosenSlice, from)] : []),
      make("p", { class: "sum" },
        `Σ ${parts.slices.length > 1 ? fill(text.over_slices, { count: parts.slices.length }) : ""} = ${term(parts.sum)}`,
        make("br"),
        `z = ${term(parts.sum)} + ${text.bias} ${parts.bias < 0 ? `(${term(parts.bias)})` : term(parts.bias)} ${equals([parts.sum, parts.bias], parts.total)} ${term(parts.total)}`,
        make("br"),
        layer.activation === "relu"
          ? `ReLU(z) = max(0, ${term(parts.total)}) = ${parts.total > 0 ? term(parts.total) : 0}${switchedOff}`
          : this.softmaxLine()));
    return box;
  }

  softmaxLine() {
    const logits = this.shown().maps[this.layers.at(-1).name];
    const { channel } = this.chosen;
    const share = cnn.softmax(logits)[channel];
    return `softmax: e^${show(logits[channel], 4)} / Σ e^z = ${percent(share)}`;
  }

  /** Patch × kernel = products, with every number; the kernel can be typed over. */
  slice(layer, parts, slice, from) {
    const { text } = this;
    const { width } = parts.window;
    const largest = (values) => Math.max(...values.map(Math.abs)) || 1;
    const path = `${layer.name}.${this.chosen.channel}.${slice.channel}`;
    const single = slice.patch.length === 1;
    const kernel = this.matrix(slice.kernel, width, {
      limit: largest(slice.kernel), scale: "signed",
      edit: this.view === "before" ? null : (values) => { this.changes.kernels.set(path, values); this.change(); },
    });
    const edited = this.changes.kernels.has(path);
    const tools = make("div", { class: "group" },
      make("button", { type: "button", class: "toggle", "data-focus": "slice-zero", onclick: () => { this.changes.kernels.set(path, slice.kernel.map(() => 0)); this.change(); } }, text.slice_zero),
      make("button", { type: "button", class: "toggle", "data-focus": "slice-reset", disabled: !edited, onclick: () => { this.changes.kernels.delete(path); this.change(); } }, text.slice_reset));
    return make("div", { class: "slice" },
      make("p", { class: "muted" }, parts.from === "input" ? text.slice_input : fill(single ? text.slice_unit : text.slice_title, { layer: from, channel: slice.channel })),
      make("div", { class: "matrices" },
        make("figure", {}, this.matrix(slice.patch, width, { limit: largest(slice.patch), scale: parts.from === "input" ? "grey" : "sequential" }), make("figcaption", {}, text.patch)),
        make("span", { class: "operator" }, "×"),
        make("figure", {}, kernel, make("figcaption", {}, edited && this.view !== "before" ? text.kernel_edited : text.kernel)),
        make("span", { class: "operator" }, "="),
        make("figure", {}, this.matrix(slice.products, width, { limit: largest(slice.products), scale: "signed" }), make("figcaption", {}, fill(text.products, { sum: term(slice.sum) })))),
      make("p", { class: "refusal note warning", role: "status" }), tools);
  }

  sliceList(parts, strongest, chosen, from) {
    const limit = Math.abs(strongest[0].sum) || 1;
    const shown = strongest.slice(0, SHOWN_SLICES);
    const rest = strongest.slice(SHOWN_SLICES);
    const rows = shown.map((slice) =>
      make("button", {
        type: "button", class: `slice-row${slice === chosen ? " chosen" : ""}`, "data-focus": `slice-${slice.channel}`,
        onclick: () => { this.chosen.slice = slice.channel; this.build(); },
      },
        make("span", {}, fill(this.text.slice_row, { channel: slice.channel })),
        make("span", { class: "diverging" }, make("i", { class: slice.sum < 0 ? "negative" : "positive", style: `width:${(50 * Math.abs(slice.sum)) / limit}%` })),
        make("span", { class: "number" }, show(slice.sum, 3))));
    const restSum = rest.reduce((sum, slice) => sum + slice.sum, 0);
    return make("div", { class: "slices" },
      make("p", { class: "muted" }, fill(this.text.slices_title, { layer: from })), ...rows,
      rest.length ? make("p", { class: "muted" }, fill(this.text.slices_rest, { count: rest.length, sum: show(restSum, 3) })) : "",
      make("label", { class: "muted" }, this.text.slice_number, make("input", {
        type: "number", min: 0, max: parts.slices.length - 1, value: chosen.channel, "data-focus": "slice-number",
        onchange: (event) => {
          const channel = Number(event.target.value);
          if (Number.isInteger(channel) && channel >= 0 && channel < parts.slices.length) { this.chosen.slice = channel; this.build(); }
          else event.target.value = chosen.channel;
        },
      })));
  }

  matrix(values, width, { limit, scale, edit, strongest }) {
    const most = strongest ? values.indexOf(Math.max(...values)) : -1;
    const cells = values.map((value, at) => {
      const { background, color } = colourOf(value, scale, limit, this.mode);
      const style = `background:${background};color:${color}`;
      if (!edit) return make("span", { class: `cell${at === most ? " most" : ""}`, style }, cellText(value));
      return make("input", {
        class: "cell", style, value: cellText(value), inputMode: "decimal", ariaLabel: fill(this.text.kernel_cell, { row: Math.floor(at / width), column: at % width }), "data-focus": `kernel-${at}`,
        onfocus: (event) => event.target.select(),
        onchange: (event) => {
          const typed = typedNumber(event.target.value);
          if (!(Math.abs(typed) <= 1000)) {
            event.target.value = cellText(value);
            event.target.classList.add("refused");
            this.inspector.querySelector(".refusal").textContent = this.text.kernel_refused;
            return;
          }
          edit(values.map((other, position) => (position === at ? typed : other)));
        },
      });
    });
    return make("div", { class: "matrix", style: `grid-template-columns:repeat(${width}, auto)` }, ...cells);
  }

  leave(here) {
    if (here) this.tell();
    else clearTimeout(this.timer);
  }
}

export default (component) => live(component, Network);
