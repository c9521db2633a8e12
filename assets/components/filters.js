// The arithmetic of the kernels lesson. A plane is { values, width, height }, a kernel
// { size, weights, divisor }; both row by row. tests/browser/test_kernels.py compares all of it
// with the Python functions named here.

/** One number a pixel, of RGB bytes and their parts in 1000: as cnnviz.edges.levels. */
export function levels(rgb, [red, green, blue]) {
  const values = new Uint8Array(rgb.length / 3);
  for (let at = 0, from = 0; at < values.length; at++, from += 3) {
    values[at] = Math.floor((red * rgb[from] + green * rgb[from + 1] + blue * rgb[from + 2] + 500) / 1000);
  }
  return values;
}

/** The kernel laid on wherever it fits, as it stands: as cnnviz.convolution.convolve. */
export function convolve({ values, width, height }, { size, weights, divisor }) {
  const columns = width - size + 1, rows = height - size + 1;
  const sums = new Float64Array(columns * rows);
  weights.forEach((weight, at) => {
    if (weight === 0) return;
    const offset = Math.floor(at / size) * width + (at % size);
    for (let row = 0; row < rows; row++) {
      const from = row * width + offset, to = row * columns;
      for (let column = 0; column < columns; column++) sums[to + column] += weight * values[from + column];
    }
  });
  if (divisor !== 1) for (let at = 0; at < sums.length; at++) sums[at] /= divisor;
  return { values: sums, width: columns, height: rows };
}

/** Laid into the middle of zeros. */
export function padded({ size, weights }, larger) {
  const rim = (larger - size) / 2;
  const values = new Array(larger * larger).fill(0);
  weights.forEach((weight, at) => { values[(Math.floor(at / size) + rim) * larger + (at % size) + rim] = weight; });
  return values;
}

/** Σ a·b / (‖a‖·‖b‖), 0 where one is zero: as cnnviz.kernels.cosine. */
export function cosine(one, other) {
  const size = Math.max(one.size, other.size);
  const a = padded(one, size), b = padded(other, size);
  const dot = (x, y) => x.reduce((sum, value, at) => sum + value * y[at], 0);
  const norms = Math.sqrt(dot(a, a) * dot(b, b));
  return norms ? dot(a, b) / norms : 0;
}

/** The one kernel that does what n passes do: as cnnviz.kernels.repeated. */
export function repeated(kernel, times) {
  const { size, weights, divisor } = kernel;
  let whole = { size, weights: weights.map((weight) => weight / divisor), divisor: 1 };
  // Spreading each weight by the kernel once more is laying the turned kernel on its zero rim.
  const turned = { size, weights: [...weights].reverse(), divisor };
  for (let pass = 1; pass < times; pass++) {
    const side = whole.size + 2 * (size - 1);
    const { values, width } = convolve({ values: padded(whole, side), width: side, height: side }, turned);
    whole = { size: width, weights: Array.from(values), divisor: 1 };
  }
  return whole;
}

/** What the columns (along = 1) or the rows (0) of a kernel add up to, as shares of the whole. */
export function shares({ size, weights }, along) {
  const sums = new Array(size).fill(0);
  weights.forEach((weight, at) => { sums[along ? at % size : Math.floor(at / size)] += weight; });
  const total = sums.reduce((sum, value) => sum + value, 0);
  return sums.map((value) => value / total);
}

/** Mean place and standard deviation of shares, in pixels. */
export function moments(parts) {
  const mean = parts.reduce((sum, part, at) => sum + part * at, 0);
  return { mean, deviation: Math.sqrt(parts.reduce((sum, part, at) => sum + part * (at - mean) ** 2, 0)) };
}

/** Standard deviations [down, right]: as cnnviz.kernels.spread. */
export const spread = (kernel) => [0, 1].map((along) => moments(shares(kernel, along)).deviation);

/** Sobel's two answers, magnitude and direction in degrees: as cnnviz.edges.gradient. */
export function sobel(plane, kernelX, kernelY) {
  const x = convolve(plane, kernelX), y = convolve(plane, kernelY);
  const direction = x.values.map((value, at) =>
    value === 0 && y.values[at] === 0 ? NaN : (Math.atan2(y.values[at], 0 - value) * 180) / Math.PI);
  const magnitude = { ...x, values: x.values.map((value, at) => Math.hypot(value, y.values[at])) };
  return { x, y, magnitude, direction: { ...x, values: direction } };
}

export const sumOf = (values) => values.reduce((sum, value) => sum + value, 0);
export const gain = ({ weights, divisor }) => sumOf(weights) / divisor;

/** Blurs alone are worth repeating: no weight below zero, together 1. */
export const isBlur = (kernel) => kernel.weights.every((weight) => weight >= 0) && Math.abs(gain(kernel) - 1) < 1e-9;

/** How often a kernel can pass before no place is left where it fits. */
export const mostTimes = (kernel, { width, height }, limit) => Math.min(limit, Math.floor((Math.min(width, height) - 1) / (kernel.size - 1)));

/** Kernels in the link: read by cnnviz.kernels.from_code. */
export function codeOf({ weights, divisor }) {
  const number = (value) => String(Number(value.toPrecision(9)));
  return weights.map(number).join(",") + (divisor === 1 ? "" : `/${number(divisor)}`);
}
