// What stands under the maps of the convolution lesson: the sum behind a number, the formulas with
// the current values, and the caption of exported pictures. All computed from the example.
import { bracketed, exact, fill, make, palette } from "./draw.js";
import * as layers from "./layers.js";

export const COLOURS = Object.keys(palette.channels);

/** "red" with the colour of its channel beside it. */
export const channelName = (text, channel) =>
  make("span", { class: "channel-name", style: `--channel:${palette.channels[COLOURS[channel]]}` }, text[`colour_${COLOURS[channel]}`]);

/** "=" where the numbers as they are shown give the result as it is shown, else "≈". */
const sign = (value, result) => (exact(value) === exact(result) ? "=" : "≈");
const rounded = (value) => Number(value.toFixed(4));

/** "1·1 + 0·(−1) + …" of one slice, and what it gives with the factors as they are shown. */
function products(slice) {
  return {
    written: slice.patch.map((value, at) => `${bracketed(value)}·${bracketed(slice.kernel[at])}`).join(" + "),
    value: slice.patch.reduce((total, value, at) => total + rounded(value) * rounded(slice.kernel[at]), 0),
  };
}

/** The whole calculation of one output in one line; each channel's products, or their sums. */
export function convolutionSum({ text, example }, { filter, row, column }, whole = true) {
  const parts = example.sum(filter, row, column);
  const { bias } = example.filters[filter];
  const slices = parts.slices.map(products);
  const terms = whole ? slices : parts.slices.map(({ sum }) => ({ written: bracketed(sum), value: rounded(sum) }));
  const value = terms.reduce((total, term) => total + term.value, rounded(bias));
  const written = `${terms.map((term) => term.written).join(" + ")}${bias ? ` + ${bracketed(bias)} (${text.bias})` : ""} ${sign(value, parts.total)} `;
  return { written, total: parts.total, after: example.relu ? `, ReLU → ${exact(Math.max(0, parts.total))}` : "", slices: slices.map((slice, channel) => `${slice.written} ${sign(slice.value, parts.slices[channel].sum)} ${exact(parts.slices[channel].sum)}`) };
}

/** The calculation of one pooled number in one line. */
export function poolingSum({ example }, channel, row, column) {
  const values = example.pooledValues(channel, row, column);
  const result = example.maps.pool.values[(row * example.poolLayer.output + column) * example.maps.pool.channels + channel];
  const mean = values.reduce((total, value) => total + rounded(value), 0) / values.length;
  const written = example.pool === "max"
    ? `max(${values.map(exact).join(", ")}) = `
    : `(${values.map(bracketed).join(" + ")}) / ${values.length} ${sign(mean, result)} `;
  return { written, total: result };
}

/** Lines for the cell that is explained; `details` hold the single products of a colour image. */
export function sumLines(instrument, current, shown) {
  if (current.grid === "pool" || current.grid === "flat") return { lines: poolLines(instrument, current), details: [] };
  if (current.grid === "input") return { lines: userLines(instrument, current), details: [] };
  const { text, example } = instrument;
  const sum = convolutionSum(instrument, shown, example.channels === 1);
  const heading = make("p", { class: "muted" }, fill(text.sum_heading, { number: shown.filter + 1, row: shown.row, column: shown.column }));
  const line = make("p", { class: "sum", "data-total": sum.total }, sum.written, make("b", {}, exact(sum.total)), sum.after);
  const details = example.channels === 1 ? [] : sum.slices.map((written, channel) => make("p", { class: "sum" },
    channelName(text, channel), ` ${written}`));
  return { lines: [heading, line], details };
}

function poolLines(instrument, current) {
  const { text, poolLayer, maps } = instrument;
  const { channels } = maps.pool;
  const at = current.grid === "pool" ? current.at : Math.floor(current.at / channels);
  const channel = current.grid === "pool" ? current.channel : current.at % channels;
  const row = Math.floor(at / poolLayer.output), column = at % poolLayer.output;
  const sum = poolingSum(instrument, channel, row, column);
  const heading = current.grid === "flat" ? fill(text.flat_heading, { index: current.at, row, column, channel: channel + 1 }) : fill(text.pool_heading, { number: channel + 1, row, column });
  return [make("p", { class: "muted" }, heading), make("p", { class: "sum", "data-total": sum.total }, sum.written, make("b", {}, exact(sum.total)))];
}

function userLines({ text, example, layer, selected, filter }, current) {
  const row = Math.floor(current.at / layer.padded) - layer.before, column = (current.at % layer.padded) - layer.before;
  const users = layers.usersOf(layer, row, column);
  const value = example.valueAt("input", current.channel, current.at);
  const edited = selected && selected.before !== value && selected.grid === "input" && selected.at === current.at && selected.channel === current.channel;
  if (edited && users.length) {
    const { kernel } = example.filters[filter];
    const changes = users.map((user) => {
      const after = example.valueAt("convolution", filter, user.row * layer.output + user.column);
      const change = (value - selected.before) * kernel[user.tap * example.channels + current.channel];
      return `(${user.row}, ${user.column}): ${exact(after - change)} → ${exact(after)}`;
    });
    return [
      make("p", { class: "muted" }, fill(text.edited_heading, { row, column, before: exact(selected.before), after: exact(value), number: filter + 1 })),
      make("p", { class: "sum", "data-users": users.length }, changes.join("; "))];
  }
  return [
    make("p", { class: "muted" }, fill(text.users_heading, { row, column, value: exact(value) })),
    make("p", { class: "sum", "data-users": users.length }, users.length
      ? fill(text.users, { count: users.length, all: layer.output ** 2, places: users.map((user) => `(${user.row}, ${user.column})`).join(" ") })
      : text.users_none)];
}

/** The formulas of size, parameters and operations, and what there is to note. */
export function formulas({ text, layer, example, poolLayer, data }) {
  const number = (value) => value.toLocaleString(data.locale);
  const padding = layer.before === layer.after ? `2·${layer.before}` : `${layer.before} + ${layer.after}`;
  const spanned = layers.span(layer.kernel, layer.dilation);
  const exactly = (layer.padded - spanned) / layer.stride;
  const filters = example.filters.length;
  const weights = layer.kernel ** 2 * example.channels;
  const rows = [
    [text.formula_size, `⌊(${layer.size} + ${padding} − ${layer.dilation}·(${layer.kernel} − 1) − 1) / ${layer.stride}⌋ + 1 = ${Number.isInteger(exactly) ? exactly : `⌊${exact(exactly)}⌋`} + 1 = ${layer.output}`],
    [text.formula_parameters, `(${layer.kernel}·${layer.kernel}·${example.channels} + 1)·${filters} = ${number((weights + 1) * filters)}`],
    [text.formula_multiplications, `${layer.output}·${layer.output}·${filters}·${layer.kernel}·${layer.kernel}·${example.channels} = ${number(layer.output ** 2 * filters * weights)}`],
  ];
  if (poolLayer.output) rows.push([text.formula_pool, `⌊(${poolLayer.size} − ${poolLayer.kernel}) / ${poolLayer.stride}⌋ + 1 = ${poolLayer.output}; ${text.formula_pool_parameters}`]);
  const list = make("dl", {}, ...rows.flatMap(([name, formula]) => [make("dt", {}, name), make("dd", {}, formula)]));
  const notes = [];
  const stride = layer.stride, room = `${layer.padded} − ${spanned}`, share = exact(exactly), floor = Math.floor(exactly);
  if (layer.leftOut === 1) notes.push(fill(text.left_out_one, { stride, room, share, floor }));
  if (layer.leftOut > 1) notes.push(fill(text.left_out, { count: layer.leftOut, stride, room, share, floor }));
  if (poolLayer.output && poolLayer.leftOut === 1) notes.push(text.pool_rest_one);
  if (poolLayer.output && poolLayer.leftOut > 1) notes.push(fill(text.pool_rest, { count: poolLayer.leftOut }));
  if (example.padding === "same") notes.push(fill(text.same_note, { before: layer.before, after: layer.after, size: Math.ceil(layer.size / layer.stride) }));
  if (example.dilation > 1) notes.push(fill(text.dilation_note, { span: spanned, kernel: layer.kernel }));
  return [list, ...notes.map((note) => make("p", { class: "formula-note" }, note))];
}

/** One line that says what is calculated; it stands under exported pictures. */
export function caption({ text, layer, example, poolLayer, stage }) {
  const side = (value) => `${value}×${value}`;
  return stage === "pool"
    ? fill(text.caption_pool, { kind: text[`kind_${example.pool}`], size: side(poolLayer.kernel), stride: poolLayer.stride, from: side(poolLayer.size), to: side(poolLayer.output) })
    : fill(text.caption, { size: side(layer.size), channels: example.channels, kernel: side(layer.kernel), stride: layer.stride, padding: example.padding === "same" ? `${text.same} (${layer.before}, ${layer.after})` : layer.before, dilation: layer.dilation, output: side(layer.output) });
}
