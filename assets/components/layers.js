// One convolution layer and what follows it, with stride, padding and dilation: the arithmetic of
// cnnviz/arithmetic.py, convolution.py and pooling.py, compared with it in
// tests/browser/test_convolution.py. Maps are square: { size, channels, values } with flat values in
// Keras' order (row, column, channel); a filter's kernel is flat in the same order.

import { pool as pooled } from "./pool.js";

/** How many pixels a dilated kernel spans. */
export const span = (kernel, dilation = 1) => dilation * (kernel - 1) + 1;

/** Zeros [before, after] one side; "same" as in Keras, an odd zero after. */
export function paddingOf(padding, size, kernel, stride = 1, dilation = 1) {
  if (padding !== "same") return [padding, padding];
  const total = Math.max(0, (Math.ceil(size / stride) - 1) * stride + span(kernel, dilation) - size);
  return [Math.floor(total / 2), total - Math.floor(total / 2)];
}

/** ⌊(padded − span) / stride⌋ + 1; 0 where the kernel does not fit. */
export function outputSize(padded, kernel, stride = 1, dilation = 1) {
  const room = padded - span(kernel, dilation);
  return room < 0 ? 0 : Math.floor(room / stride) + 1;
}

/** How one layer lies on its input, along one side. */
export function geometry(size, { kernel, stride = 1, padding = 0, dilation = 1 }) {
  const [before, after] = paddingOf(padding, size, kernel, stride, dilation);
  const padded = size + before + after;
  const output = outputSize(padded, kernel, stride, dilation);
  const leftOut = output ? padded - span(kernel, dilation) - (output - 1) * stride : 0;
  return { size, kernel, stride, dilation, before, after, padded, output, leftOut };
}

/** The pixels that the output at (row, column) looks at, row by row; outside lie the zeros of the padding. */
export function window(layer, row, column) {
  const pixels = [];
  for (let y = 0; y < layer.kernel; y++) {
    for (let x = 0; x < layer.kernel; x++) {
      const at = { row: row * layer.stride - layer.before + y * layer.dilation, column: column * layer.stride - layer.before + x * layer.dilation };
      const inside = at.row >= 0 && at.row < layer.size && at.column >= 0 && at.column < layer.size;
      pixels.push({ ...at, inside, tap: y * layer.kernel + x });
    }
  }
  return pixels;
}

/** The outputs that use the pixel at (row, column) of the image, with the weight (tap) that each gives it. */
export function usersOf(layer, row, column) {
  const users = [];
  for (let y = layer.kernel - 1; y >= 0; y--) { // so that the outputs come row by row
    for (let x = layer.kernel - 1; x >= 0; x--) {
      const to = { row: (row + layer.before - y * layer.dilation) / layer.stride, column: (column + layer.before - x * layer.dilation) / layer.stride };
      const exists = [to.row, to.column].every((at) => Number.isInteger(at) && at >= 0 && at < layer.output);
      if (exists) users.push({ ...to, tap: y * layer.kernel + x });
    }
  }
  return users;
}

/** How one output comes about: for each channel the patch, the kernel's slice, products and their sum. */
export function sumOf(input, filter, layer, row, column) {
  const pixels = window(layer, row, column);
  const slices = Array.from({ length: input.channels }, (_, channel) => {
    const patch = pixels.map((pixel) => (pixel.inside ? input.values[(pixel.row * input.size + pixel.column) * input.channels + channel] : 0));
    const kernel = pixels.map((pixel) => filter.kernel[pixel.tap * input.channels + channel]);
    const products = patch.map((value, at) => value * kernel[at]);
    return { patch, kernel, products, sum: products.reduce((total, product) => total + product, 0) };
  });
  const sum = slices.reduce((total, slice) => total + slice.sum, 0);
  return { pixels, slices, sum, total: sum + filter.bias };
}

/** Every filter over the whole input; each gives one channel. */
export function convolve(input, filters, layer) {
  const { output } = layer;
  const values = new Array(output * output * filters.length);
  for (let row = 0; row < output; row++) {
    for (let column = 0; column < output; column++) {
      filters.forEach((filter, channel) => {
        values[(row * output + column) * filters.length + channel] = sumOf(input, filter, layer, row, column).total;
      });
    }
  }
  return { size: output, channels: filters.length, values };
}

export const relu = (maps) => ({ ...maps, values: maps.values.map((value) => Math.max(0, value)) });

/** What pooling sees of one map: the values of its window. */
export function pooledValues(maps, layer, row, column, channel) {
  return window(layer, row, column).map((pixel) => maps.values[(pixel.row * maps.size + pixel.column) * maps.channels + channel]);
}

/** Each map by itself; windows that would stick out are left out. */
export function pool(maps, kind, layer) {
  const { channels, size } = maps;
  if (!layer.output) return { size: 0, channels, values: [] };
  const { values } = pooled({ values: maps.values, height: size, width: size, channels }, layer.kernel, layer.stride, kind);
  return { size: layer.output, channels, values: Array.from(values) };
}

/** Connections of one filter to one channel: pairs of an output and a pixel that is no padding. */
export function connections(layer) {
  let count = 0;
  for (let row = 0; row < layer.output; row++) {
    for (let column = 0; column < layer.output; column++) count += window(layer, row, column).filter((pixel) => pixel.inside).length;
  }
  return count;
}
