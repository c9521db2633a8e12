// The same convolution as a fully connected layer: inputs and outputs as nodes, the few weights that
// all outputs share in their colours, and the matrix that a dense layer would fill.
import { colourOf, fill, make, palette, percent, short } from "./draw.js";
import * as layers from "./layers.js";

const SVG = "http://www.w3.org/2000/svg";
const HEIGHT = 340, WIDTH = 420; // of the drawing's own units
const DASHES = ["", "6 3", "2 2", "8 2 2 2", "1 3"];

function draw(tag, attributes, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** The colour and dashes of one weight: hue by column, lightness by row. */
function styleOf(tap, kernel, mode) {
  const spread = (at) => (kernel === 1 ? 2 : Math.round((at * 4) / (kernel - 1)));
  const row = spread(Math.floor(tap / kernel)), column = spread(tap % kernel);
  return { colour: `oklch(${palette.weightLightness[mode][row]} 0.14 ${palette.weightHues[column]})`, dash: DASHES[row] };
}

/** Nodes in a column, a little room after every row of the image. */
function places(side, channels, x, step) {
  const all = side * side;
  const gap = HEIGHT / (all + (side - 1) * 0.8);
  return (index, channel = 0) => ({ x: x + channel * step, y: gap * (0.5 + index + Math.floor(index / side) * 0.8), radius: Math.min(9, gap * 0.45) });
}

export function connectionsView(instrument) {
  const { text, layer, example, mode } = instrument;
  const { kernel, size, output } = layer;
  const { channels } = example;
  const inputs = size * size * channels, outputs = output * output;
  const inputPlace = places(size, channels, 30, 26), outputPlace = places(output, 1, WIDTH - 30, 0);
  const style = (tap) => styleOf(tap, kernel, mode);
  const lines = (row, column, attributes) => layers.window(layer, row, column).filter((pixel) => pixel.inside).flatMap((pixel) =>
    Array.from({ length: channels }, (_, channel) => {
      const from = inputPlace(pixel.row * size + pixel.column, channel), to = outputPlace(row * output + column);
      const { colour, dash } = style(pixel.tap);
      return draw("line", { x1: from.x, y1: from.y, x2: to.x, y2: to.y, stroke: colour, "stroke-dasharray": dash, "data-tap": pixel.tap, ...attributes });
    }));
  const each = (run) => { for (let at = 0; at < outputs; at++) run(Math.floor(at / output), at % output); };

  const faint = draw("g", { opacity: 0.4, "stroke-width": 0.7 });
  each((row, column) => faint.append(...lines(row, column, {})));
  const strong = draw("g", { "stroke-width": 2.2 });
  const node = (place, name, at, act, hovered) => {
    const circle = draw("circle", { cx: place.x, cy: place.y, r: place.radius, class: "node", [`data-${name}`]: at });
    circle.addEventListener("click", act);
    circle.addEventListener("pointerenter", (event) => event.pointerType === "mouse" && instrument.point(hovered));
    circle.addEventListener("pointerleave", (event) => event.pointerType === "mouse" && instrument.point(null));
    return circle;
  };
  const inputNodes = Array.from({ length: inputs }, (_, at) => {
    const pixel = Math.floor(at / channels), channel = at % channels;
    const padded = (Math.floor(pixel / size) + layer.before) * layer.padded + (pixel % size) + layer.before;
    return node(inputPlace(pixel, channel), "input", at, () => instrument.pick("input", channel, padded), { grid: "input", channel, at: padded });
  });
  const outputNodes = Array.from({ length: outputs }, (_, at) => node(outputPlace(at), "output", at, () => instrument.pick("convolution", instrument.filter, at), { grid: "convolution", channel: instrument.filter, at }));
  const picture = draw("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": text.dense_picture }, faint, strong, ...inputNodes, ...outputNodes);

  const key = make("div", { class: "weights", style: `--columns:${kernel}` });
  const matrix = weightMatrix(layer, channels, style, (at) => instrument.pick("convolution", instrument.filter, at));

  const total = layers.connections(layer) * channels;
  const number = (value) => value.toLocaleString(instrument.data.locale);
  const weights = kernel * kernel * channels;
  const counts = [
    fill(text.dense_full, { inputs: number(inputs), outputs: number(outputs), weights: number(inputs * outputs) }),
    fill(text.dense_sparse, { weights: number(weights), inputs: number(inputs), connections: number(total), all: number(inputs * outputs), share: percent(total / (inputs * outputs)) }),
    fill(text.dense_shared, { weights: number(weights), connections: number(total) }),
  ];
  const element = make("div", { class: "conv-dense" },
    make("section", { class: "block" }, make("h4", {}, fill(text.dense_nodes, { inputs, outputs })), picture),
    make("section", { class: "block weights-block" }, make("h4", {}, fill(text.dense_weights, { count: weights })), key, ...counts.map((count, at) => make("p", { class: "dense-count", "data-count": ["full", "sparse", "shared"][at] }, count))),
    make("section", { class: "block matrix-block" }, make("h4", {}, fill(text.dense_matrix, { outputs, inputs })), matrix.element, make("p", { class: "muted" }, text.dense_matrix_note)));

  return {
    element,
    refresh() {
      const { image, filters } = instrument.example;
      const filter = filters[instrument.filter];
      const pixels = instrument.example.scaleOf("input"), maps = instrument.example.scaleOf("convolution");
      inputNodes.forEach((circle, at) => circle.setAttribute("fill", colourOf(image[at], pixels.scale, pixels.limit, mode).background));
      outputNodes.forEach((circle, at) => circle.setAttribute("fill", colourOf(instrument.valueAt("convolution", instrument.filter, at), maps.scale, maps.limit, mode).background));
      key.replaceChildren(...Array.from({ length: kernel * kernel }, (_, tap) => {
        const { colour } = style(tap);
        const values = Array.from({ length: channels }, (_, channel) => short(filter.kernel[tap * channels + channel]));
        return make("button", { type: "button", class: "weight", style: `border-color:${colour}`, "data-focus": `weight-${tap}`, onclick: () => instrument.select({ grid: "kernel", channel: 0, at: tap }) }, make("span", { class: "muted" }, `w${tap + 1}`), make("b", {}, values.join("  ")));
      }));
    },
    paint(shown) {
      const current = instrument.current();
      const at = shown.row * output + shown.column;
      const pixel = current.grid === "input" ? { row: Math.floor(current.at / layer.padded) - layer.before, column: (current.at % layer.padded) - layer.before } : null;
      const users = pixel ? layers.usersOf(layer, pixel.row, pixel.column) : [];
      strong.replaceChildren(...(pixel
        ? users.map((user) => {
          const from = inputPlace(pixel.row * size + pixel.column, current.channel), to = outputPlace(user.row * output + user.column);
          const { colour, dash } = style(user.tap);
          return draw("line", { x1: from.x, y1: from.y, x2: to.x, y2: to.y, stroke: colour, "stroke-dasharray": dash, "data-tap": user.tap });
        })
        : lines(shown.row, shown.column, {})));
      outputNodes.forEach((circle, index) => circle.classList.toggle("chosen", pixel ? users.some((user) => user.row * output + user.column === index) : index === at));
      inputNodes.forEach((circle, index) => circle.classList.toggle("chosen", Boolean(pixel) && index === (pixel.row * size + pixel.column) * channels + current.channel));
      matrix.mark(pixel ? null : at);
    },
  };
}

/** One row for each output, one column for each input; only the shared weights are there. */
function weightMatrix(layer, channels, style, pick) {
  const { size, output } = layer;
  const rows = output * output, columns = size * size * channels;
  const side = Math.max(2, Math.min(14, 420 / columns, 320 / rows));
  const cells = [];
  for (let at = 0; at < rows; at++) {
    for (const pixel of layers.window(layer, Math.floor(at / output), at % output)) {
      if (!pixel.inside) continue;
      for (let channel = 0; channel < channels; channel++) {
        cells.push(draw("rect", { x: ((pixel.row * size + pixel.column) * channels + channel) * side, y: at * side, width: side, height: side, fill: style(pixel.tap).colour }));
      }
    }
  }
  const marker = draw("rect", { x: 0, width: columns * side, height: side, class: "row-mark" });
  const element = draw("svg", { viewBox: `-1 -1 ${columns * side + 2} ${rows * side + 2}`, class: "matrix-picture", style: `max-width:min(100%, ${((columns * side) / 14).toFixed(2)}rem)` },
    draw("rect", { x: 0, y: 0, width: columns * side, height: rows * side, class: "ground" }), ...cells, marker);
  element.addEventListener("click", (event) => {
    const box = element.getBoundingClientRect();
    pick(Math.max(0, Math.min(rows - 1, Math.floor(((event.clientY - box.top) / box.height) * rows))));
  });
  return {
    element,
    mark(at) {
      marker.style.display = at === null ? "none" : "";
      if (at !== null) marker.setAttribute("y", at * side);
    },
  };
}
