// What the blocks calculate: cnnviz/blocks.py and cnnviz/normalisation.py in the browser, with which
// tests/browser/test_blocks.py compares it. Maps are { size, channels, values } as in layers.js.
import { convolve, geometry, relu } from "./layers.js";

/** A 1×1 convolution: at every pixel the same weighted sums of the channels. */
export function mix({ size, channels, values }, weights, bias) {
  const result = [];
  for (let pixel = 0; pixel < size * size; pixel++) {
    weights.forEach((row, filter) => result.push(row.reduce((sum, weight, channel) => sum + weight * values[pixel * channels + channel], bias[filter])));
  }
  return { size, channels: weights.length, values: result };
}

/** Weights and multiply-adds of a k×k convolution, directly and behind a neck. */
export function bottleneck({ size, channels, kernel, filters, neck }) {
  const places = size * size, window = kernel * kernel;
  const direct = window * channels * filters;
  const narrow = channels * neck, wide = window * neck * filters;
  return {
    direct: { weights: direct, products: places * direct },
    narrow: { weights: narrow, products: places * narrow },
    wide: { weights: wide, products: places * wide },
    breakEven: (window * channels * filters) / (channels + window * filters),
  };
}

/** y = ReLU(F(x) + shortcut(x)), step by step; kernels are flat (3, 3, in, out). */
export function residual(input, shortcut, [first, second], projection) {
  const stride = shortcut === "identity" ? 1 : 2;
  const filters = (kernel, channels, count) => Array.from({ length: count }, (_, at) => ({ kernel: kernel.filter((_, place) => place % count === at), bias: 0, channels }));
  const count = first.length / 9;
  const convolved = convolve(input, filters(first, 1, count), geometry(input.size, { kernel: 3, stride, padding: "same" }));
  const active = relu(convolved);
  const functionOfX = convolve(active, filters(second, count, count), geometry(active.size, { kernel: 3, padding: "same" }));
  const across = { size: convolved.size, channels: count, values: [] };
  for (let row = 0; row < across.size; row++) for (let column = 0; column < across.size; column++) {
    const value = input.values[row * stride * input.size + column * stride];
    if (shortcut === "identity") across.values.push(value);
    else if (shortcut === "zero_pad") across.values.push(value, 0);
    else across.values.push(...projection.map((weight) => weight * value));
  }
  const sum = { ...across, values: across.values.map((value, at) => value + functionOfX.values[at]) };
  return { first: convolved, relu: active, function: functionOfX, shortcut: across, sum, output: relu(sum) };
}

/** One channel of a batch: mean, variance (divided by m), x̂ and y. */
export function batchNormalise(values, gamma, beta, epsilon) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  const standard = values.map((value) => (value - mean) / Math.sqrt(variance + epsilon));
  return { mean, variance, standard, output: standard.map((value) => gamma * value + beta) };
}

/** With the moving averages. */
export const normaliseWith = (values, mean, variance, gamma, beta, epsilon) => values.map((value) => (gamma * (value - mean)) / Math.sqrt(variance + epsilon) + beta);

export const movingAverage = (start, value, momentum, steps) => start * momentum ** steps + value * (1 - momentum ** steps);

/** b_i = a_i / (k + α·Σ a_j²)^β over the channels around i; also the sums. */
export function localResponse(channels, size, bias, alpha, beta) {
  const around = Math.floor(size / 2);
  const squares = channels.map((_, at) => channels.slice(Math.max(0, at - around), at + around + 1).reduce((sum, value) => sum + value * value, 0));
  return { squares, output: channels.map((value, at) => value / (bias + alpha * squares[at]) ** beta) };
}
