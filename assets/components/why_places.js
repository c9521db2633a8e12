// Two networks, tested with the pattern at every place: how often are they right, and what did they learn?
import { colourOf, drawSheet, fill, fromBase64, gradient, keepFocus, make, percent, rem, theme, themed } from "./draw.js";

const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
const GUESS = 50; // percent: below it the colours begin
const GREY = 2; // pixels are drawn from −2, black, to 2, white
const FRAME = 700; // milliseconds that each state of the training is shown

const signed = (value) => value.toFixed(2).replace("-", "−");

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

class Places {
  constructor(root) {
    this.root = root;
    this.probe = null; // the place that is looked at
    this.pause = null; // which state of the training is shown
  }

  update(component) {
    const { data } = component;
    this.component = component;
    this.text = data.text;
    this.mode = theme(this.root);
    const built = JSON.stringify([data, this.mode, rem()]);
    if (built === this.built) return; // a rerun for something else: what is played goes on
    this.built = built;
    this.probe ??= data.probe;
    this.pause = data.steps.length - 1;
    this.stop();
    keepFocus(this.root, () => this.build());
  }

  get side() {
    return this.component.data.places;
  }

  build() {
    const { text } = this;
    const { networks, steps } = this.component.data;
    this.maps = networks.map((network) => this.map(network));
    this.look = make("aside", { class: "look" });
    this.play = make("button", { type: "button", class: "toggle", "data-focus": "play", onclick: () => (this.timer ? this.halt() : this.start()) });
    this.range = make("input", { type: "range", min: 0, max: steps.length - 1, step: 1, ariaLabel: text.scrub, "data-focus": "scrub", oninput: () => { this.stop(); this.pause = Number(this.range.value); this.refresh(); } });
    this.step = make("span", { class: "step-told" });
    this.root.replaceChildren(themed(this.root, "why-places-root",
      make("div", { class: "both" }, ...this.maps.map((map) => map.element), this.look),
      make("div", { class: "under" }, make("div", { class: "transport" }, this.play, this.range, this.step), this.legend()),
      this.learned()));
    this.refresh();
  }

  // The maps

  map(network) {
    const { text } = this;
    const cells = this.component.data.trained.map(() => make("span", { class: "cell" }));
    const grid = make("div", { class: "cells", tabIndex: 0, role: "img", "data-focus": `map-${network.key}`, style: `--side:${this.side}` }, ...cells, this.region());
    const place = (event) => {
      const box = grid.getBoundingClientRect();
      const inside = (at, start, extent) => Math.max(0, Math.min(this.side - 1, Math.floor(((at - start) / extent) * this.side)));
      return [inside(event.clientY, box.top, box.height), inside(event.clientX, box.left, box.width)];
    };
    const point = ([row, column]) => {
      this.hover = row * this.side + column;
      this.refreshLook();
    };
    grid.addEventListener("pointermove", (event) => { if (event.pointerType === "mouse") point(place(event)); });
    grid.addEventListener("pointerleave", () => { this.hover = null; this.refreshLook(); });
    grid.addEventListener("click", (event) => {
      const [row, column] = place(event);
      this.choose(row, column);
    });
    grid.addEventListener("keydown", (event) => {
      const direction = STEPS[event.key];
      if (!direction) return;
      event.preventDefault();
      this.choose(Math.floor(this.probe / this.side) + direction[0], (this.probe % this.side) + direction[1]);
    });
    const told = make("p", { class: "told" });
    const element = make("section", { class: "map", "data-network": network.key, style: `--kind:${network.colour}` },
      make("h4", {}, network.title),
      make("p", { class: "count" }, `${network.formula} = `, make("b", {}, network.parameters.toLocaleString(this.component.data.locale)), ` ${text.parameters}`),
      make("div", { class: "sized" }, grid), told);
    return { network, grid, cells, told, element };
  }

  /** A frame around the places that the pattern had in training; they are a rectangle. */
  region() {
    const { trained } = this.component.data;
    const first = trained.indexOf(true), last = trained.lastIndexOf(true);
    const [top, left, bottom, right] = [Math.floor(first / this.side), first % this.side, Math.floor(last / this.side) + 1, (last % this.side) + 1];
    const share = (cells) => `${(100 * cells) / this.side}%`;
    return make("div", { class: "region", "data-places": (bottom - top) * (right - left), style: `top:${share(top)};left:${share(left)};height:${share(bottom - top)};width:${share(right - left)}` });
  }

  choose(row, column) {
    const inside = (place) => Math.max(0, Math.min(this.side - 1, place));
    this.probe = inside(row) * this.side + inside(column);
    this.hover = null;
    this.refreshLook();
  }

  refresh() {
    const { text } = this;
    const { steps, trained } = this.component.data;
    for (const { network, cells, told, grid, element } of this.maps) {
      const accuracies = network.accuracies[this.pause];
      cells.forEach((cell, at) => {
        cell.textContent = accuracies[at];
        Object.assign(cell.style, colourOf(Math.max(0, accuracies[at] - GUESS), "sequential", 100 - GUESS, this.mode));
      });
      const seen = mean(accuracies.filter((_, at) => trained[at]));
      const unseen = accuracies.filter((_, at) => !trained[at]);
      const share = (value) => `${value.toFixed(1)} %`;
      if (unseen.length) told.textContent = fill(text.told, { seen: share(seen), unseen: share(mean(unseen)) });
      else told.textContent = fill(text.told_all, { seen: share(seen) });
      grid.ariaLabel = `${network.title}. ${told.textContent} ${text.keys}`;
      element.dataset.seen = seen;
      element.dataset.unseen = unseen.length ? mean(unseen) : "";
    }
    this.range.value = this.pause;
    this.step.textContent = fill(text.step, { step: steps[this.pause], steps: steps.at(-1) });
    this.play.textContent = this.timer ? text.stop : text.play;
    this.refreshLook();
  }

  legend() {
    const numbers = [`≤ ${GUESS} %`, `${(GUESS + 100) / 2} %`, "100 %"].map((number) => make("span", {}, number));
    return make("div", { class: "scale" }, make("i", { style: `background:${gradient("sequential", this.mode)}` }), make("div", {}, ...numbers), make("p", { class: "small" }, make("span", { class: "dashed" }), this.text.trained));
  }

  // One place

  refreshLook() {
    const { text } = this;
    const { data } = this.component;
    const at = this.hover ?? this.probe;
    const row = Math.floor(at / this.side), column = at % this.side;
    for (const { cells } of this.maps) cells.forEach((cell, index) => cell.classList.toggle("chosen", index === at));
    const size = data.size, kernel = size - this.side + 1;
    const values = Float32Array.from(data.background);
    data.pattern.forEach((cell, index) => { values[(row + Math.floor(index / kernel)) * size + column + (index % kernel)] += cell; });
    const canvas = make("canvas", { role: "img", ariaLabel: text.look });
    drawSheet(canvas, { values: values.map((value) => (value + GREY) / (2 * GREY)), height: size, width: size, channels: 1, columns: 1, scale: "grey", limit: 1, mode: "light", gap: 0, zoom: (8.5 * rem()) / size });
    const box = make("div", { class: "mark", style: `left:${(100 * column) / size}%;top:${(100 * row) / size}%;width:${(100 * kernel) / size}%;height:${(100 * kernel) / size}%` });
    const verdicts = data.networks.map((network) => {
      const sees = network.sure[at] > 0.5;
      return make("p", { class: `verdict ${sees ? "sees" : "misses"}`, "data-network": network.key },
        make("b", {}, `${network.title} `), `${percent(network.sure[at])} · ${sees ? text.sees : text.misses}`);
    });
    const here = at === this.probe;
    this.look.replaceChildren(
      make("h4", {}, text.look),
      make("div", { class: "picture" }, canvas, box),
      make("p", { class: "muted small" }, text.greys),
      make("p", { class: "muted" }, fill(text.place, { row, column })),
      ...verdicts,
      make("button", { type: "button", class: "toggle", "data-focus": "train", disabled: !here || data.alone === at, onclick: () => this.component.setTriggerValue("place", at) }, text.train));
  }

  // What was learned

  learned() {
    const { text } = this;
    const { networks, pattern } = this.component.data;
    const [dense, convolution] = networks;
    const sheet = (values, limit, channels, side, columns, width, label) => {
      const canvas = make("canvas", { role: "img", ariaLabel: label });
      drawSheet(canvas, { values, height: side, width: side, channels, columns, scale: "signed", limit, mode: this.mode, gap: 2, zoom: (width * rem()) / side });
      return canvas;
    };
    const scale = (limit) => make("span", { class: "ends" }, signed(-limit), make("i", { style: `background:${gradient("signed", this.mode)}` }), signed(limit));
    const largest = (values) => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;
    const { units } = dense;
    const denseSheet = sheet(Float32Array.from(fromBase64(dense.weights, Int8Array)), 127, units, this.component.data.size, 16, 1.4, text.dense_weights);
    const limit = largest(convolution.filters.flatMap((filter) => filter.weights)); // one scale for all filters
    const kernel = Math.sqrt(pattern.length);
    const arrows = ({ down, right }) => [down && `${down > 0 ? "↓" : "↑"}${Math.abs(down)}`, right && `${right > 0 ? "→" : "←"}${Math.abs(right)}`].filter(Boolean).join(" ");
    const filters = convolution.filters.map((filter) =>
      make("figure", {}, sheet(filter.weights, limit, 1, kernel, 1, 3.3, text.filters),
        make("figcaption", {}, make("span", {}, `${text.cosine} ${signed(filter.likeness)} ${arrows(filter)}`), make("span", {}, `${text.vote} ${signed(filter.vote)}`))));
    const truth = make("figure", { class: "truth" }, sheet(pattern, 1, 1, kernel, 1, 3.3, text.pattern), make("figcaption", {}, make("span", {}, text.pattern), make("span", {}, "−1, 1")));
    return make("div", { class: "learned" },
      make("section", {}, make("h4", {}, text.dense_weights, scale(dense.limit)), make("p", { class: "muted" }, fill(text.dense_about, { units })), denseSheet),
      make("section", {}, make("h4", {}, text.filters, scale(limit)), make("p", { class: "muted" }, text.filters_about), make("div", { class: "filters" }, truth, ...filters)));
  }

  // The training once more

  start() {
    this.pause = 0;
    this.timer = setInterval(() => {
      this.pause += 1;
      if (this.pause >= this.component.data.steps.length - 1) this.halt();
      else this.refresh();
    }, FRAME);
    this.refresh();
  }

  stop() {
    clearInterval(this.timer);
    this.timer = null;
  }

  halt() {
    this.stop();
    this.refresh();
  }
}

export default function (component) {
  const { root } = component;
  root.places ??= new Places(root);
  root.places.update(component);
  return () => root.places.stop();
}
