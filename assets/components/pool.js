// Pooling and what goes with it, on maps { values, height, width, channels } with flat values in
// Keras' order (row, column, channel). Compared with cnnviz/pooling.py in
// tests/browser/test_pooling.py.

export const METHODS = ["max", "average", "first"]; // first: the upper left value alone, plain subsampling

export const clamp = (value, low, high) => Math.max(low, Math.min(high, value));

/** ⌊(length − size) / stride⌋ + 1 */
const outputSize = (length, size, stride) => Math.floor((length - size) / stride) + 1;

/** How many cells the windows reach over, from the first cell of the first to the last of the last. */
export const reach = (length, size, stride) => (outputSize(length, size, stride) - 1) * stride + size;

/** The maximum, the sum or the first of every window along one axis of (outer, length, inner). */
function slide(values, outer, length, inner, size, stride, method) {
  const count = outputSize(length, size, stride);
  const result = new Float64Array(outer * count * inner);
  const cells = method === "first" ? 1 : size;
  for (let block = 0, to = 0; block < outer; block++) {
    for (let window = 0; window < count; window++, to += inner) {
      const start = (block * length + window * stride) * inner;
      for (let at = 0; at < inner; at++) result[to + at] = values[start + at];
      for (let from = start + inner; from < start + cells * inner; from += inner) {
        if (method === "max") for (let at = 0; at < inner; at++) { if (values[from + at] > result[to + at]) result[to + at] = values[from + at]; }
        else for (let at = 0; at < inner; at++) result[to + at] += values[from + at];
      }
    }
  }
  return result;
}

/** Rows first, then columns: a maximum or a sum may be taken in any order. */
export function pool({ values, height, width, channels }, size, stride, method) {
  const columns = outputSize(width, size, stride);
  const rows = slide(values, height, width, channels, size, stride, method);
  const result = slide(rows, 1, height, columns * channels, size, stride, method);
  if (method === "average") for (let at = 0; at < result.length; at++) result[at] /= size * size;
  return { values: result, height: outputSize(height, size, stride), width: columns, channels };
}

/** The window whose centre is nearest to a cell (of two, the first). */
export const nearestWindow = (cell, size, stride, count) =>
  clamp(Math.ceil((2 * cell - size + 1 - stride) / (2 * stride)), 0, count - 1);

/** A map whose cell (row, column) is that of `from` at (toRow[row], toColumn[column]). */
export function taken(from, toRow, toColumn) {
  const { channels } = from;
  const values = new Float64Array(toRow.length * toColumn.length * channels);
  let at = 0;
  for (const row of toRow) {
    for (const column of toColumn) {
      const start = (row * from.width + column) * channels;
      for (let channel = 0; channel < channels; channel++) values[at++] = from.values[start + channel];
    }
  }
  return { values, height: toRow.length, width: toColumn.length, channels };
}

/** One value for every cell of a side. */
export const axis = (length, place) => Array.from({ length }, (_, at) => place(at));

/** Back to the size of the input: every cell gets the value of the nearest window. */
export function enlarge(pooled, size, stride, height, width) {
  return taken(pooled,
    axis(height, (row) => nearestWindow(row, size, stride, pooled.height)),
    axis(width, (column) => nearestWindow(column, size, stride, pooled.width)));
}

/** Moved by whole cells; what comes in repeats the border. */
export function shift(input, right, down) {
  return taken(input,
    axis(input.height, (row) => clamp(row - down, 0, input.height - 1)),
    axis(input.width, (column) => clamp(column - right, 0, input.width - 1)));
}

/** Numbers in 0…1 that are the same again with the same seed (Mulberry32). */
function randomFrom(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function swap(map, one, other) {
  for (let channel = 0; channel < map.channels; channel++) {
    const a = one * map.channels + channel, b = other * map.channels + channel;
    [map.values[a], map.values[b]] = [map.values[b], map.values[a]];
  }
}

/** Mix the cells of every window among themselves; the windows must not overlap. */
export function shuffled(input, size, stride, seed) {
  const result = { ...input, values: input.values.slice() };
  const random = randomFrom(seed);
  for (let top = 0; top + size <= input.height; top += stride) {
    for (let left = 0; left + size <= input.width; left += stride) {
      const place = (cell) => (top + Math.floor(cell / size)) * input.width + left + (cell % size);
      for (let cell = size * size - 1; cell > 0; cell--) swap(result, place(cell), place(Math.floor(random() * (cell + 1))));
    }
  }
  return result;
}

/** Differences; what only the order of a sum makes is none. */
export function minus(after, before) {
  const difference = (value, at) => (Math.abs(value - before.values[at]) < 1e-9 ? 0 : value - before.values[at]);
  return { ...after, values: after.values.map(difference) };
}

/** How many values are the same, the mean of |difference|, the mean difference. */
export function compared({ values }) {
  let unchanged = 0, absolute = 0, signed = 0;
  for (const value of values) {
    if (value === 0) unchanged++;
    absolute += Math.abs(value);
    signed += value;
  }
  const count = values.length;
  return { unchanged, count, mean: absolute / count, signed: Math.abs(signed / count) < 1e-9 ? 0 : signed / count };
}

/** The upper left part, as far as the windows reach, of one channel or of all. */
export function cut(map, height, width) {
  return taken(map, axis(height, (row) => row), axis(width, (column) => column));
}

/** One channel alone. */
export function only({ values, height, width, channels }, channel) {
  return { values: Float64Array.from({ length: height * width }, (_, at) => values[at * channels + channel]), height, width, channels: 1 };
}
