// How well a window of a picture fits at every place: the normalised cross-correlation
//   r = Σ (w − w̄)(x − x̄) / √(Σ (w − w̄)² · Σ (x − x̄)²),  −1 … 1,
// Lewis 1995, "Fast normalized cross-correlation". Grey levels are whole numbers and n · Σ w·x and its
// like are exact in a double, so r is right to the last digit but for one square root and quotient.

/** Σ x and Σ x² over every size×size window, in the order of places. */
function windowSums(grey, height, width, size) {
  const stride = width + 1;
  const sums = new Float64Array((height + 1) * stride), squares = new Float64Array((height + 1) * stride);
  for (let row = 0; row < height; row++) {
    let sum = 0, square = 0;
    for (let column = 0; column < width; column++) {
      const value = grey[row * width + column];
      sum += value;
      square += value * value;
      const at = (row + 1) * stride + column + 1;
      sums[at] = sums[at - stride] + sum;
      squares[at] = squares[at - stride] + square;
    }
  }
  const rows = height - size + 1, columns = width - size + 1;
  const over = (integral) => {
    const result = new Float64Array(rows * columns);
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        const top = row * stride + column, bottom = top + size * stride;
        result[row * columns + column] = integral[bottom + size] - integral[bottom] - integral[top + size] + integral[top];
      }
    }
    return result;
  };
  return { sums: over(sums), squares: over(squares) };
}

/**
 * The response map (height − size + 1) × (width − size + 1), flat, for the window at a place.
 * Where the window or what lies under it is of one grey level, r has no meaning and is 0.
 * The size is a multiple of 4.
 */
export function correlate(grey, height, width, { row, column, size }) {
  const rows = height - size + 1, columns = width - size + 1, count = size * size;
  const products = new Int32Array(rows * columns); // at most 255² · 48², fits
  for (let y = 0; y < rows; y++) {
    const start = y * columns;
    for (let down = 0; down < size; down++) {
      const source = (y + down) * width, kernel = (row + down) * width + column;
      for (let right = 0; right < size; right += 4) { // four weights a pass: half the time
        const a = grey[kernel + right], b = grey[kernel + right + 1], c = grey[kernel + right + 2], d = grey[kernel + right + 3];
        for (let x = 0, from = source + right; x < columns; x++, from++) {
          products[start + x] += a * grey[from] + b * grey[from + 1] + c * grey[from + 2] + d * grey[from + 3];
        }
      }
    }
  }
  const { sums, squares } = windowSums(grey, height, width, size);
  const own = row * columns + column;
  const contrast = count * squares[own] - sums[own] ** 2;
  const map = new Float32Array(rows * columns);
  for (let at = 0; at < map.length; at++) {
    const below = contrast * (count * squares[at] - sums[at] ** 2);
    map[at] = below > 0 ? (count * products[at] - sums[own] * sums[at]) / Math.sqrt(below) : 0;
  }
  return { map, rows, columns, flat: contrast === 0 };
}

/** The places of at least some correlation, strongest first; of places closer than half a window only the best. */
export function strongest({ map, rows, columns }, size, least) {
  const found = [];
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const value = map[row * columns + column];
      if (value < least) continue;
      let highest = true;
      for (let y = Math.max(0, row - 1); y <= Math.min(rows - 1, row + 1); y++) {
        for (let x = Math.max(0, column - 1); x <= Math.min(columns - 1, column + 1); x++) highest &&= map[y * columns + x] <= value;
      }
      if (highest) found.push({ row, column, value });
    }
  }
  found.sort((one, other) => other.value - one.value);
  const kept = [];
  for (const place of found) {
    const near = (other) => Math.max(Math.abs(other.row - place.row), Math.abs(other.column - place.column)) < size / 2;
    if (!kept.some(near)) kept.push(place);
  }
  return kept;
}

/** What stands in the formula: both windows minus their means, their products, and the three sums. */
export function arithmetic(grey, width, window, place) {
  const { size } = window;
  const patch = ({ row, column }) => {
    const values = Float64Array.from({ length: size * size }, (_, at) => grey[(row + Math.floor(at / size)) * width + column + (at % size)]);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    return values.map((value) => value - mean);
  };
  const kernel = patch(window), under = patch(place);
  const products = kernel.map((value, at) => value * under[at]);
  const total = (values) => values.reduce((sum, value) => sum + value, 0);
  const squares = (values) => total(values.map((value) => value * value));
  return { kernel, under, products, sum: total(products), squares: [squares(kernel), squares(under)] };
}
