// The arithmetic of a small network, unit by unit, as Keras does it: convolutions and pooling
// without padding, dense layers, ReLU. Maps are flat Float32Array in Keras' order (row, column,
// channel). Every unit is compared with Keras in tests/browser/test_digits.py.

const hasWeights = (layer) => layer.parameters > 0;
const fanIn = (layer) =>
  layer.kind === "Conv2D" ? layer.size * layer.size * layer.input[2] : layer.input.at(-1);

/** Cut the row of float32 from the server into {layer: {kernel, bias}}. */
export function unpack(layers, buffer) {
  const weights = {};
  let offset = 0;
  const take = (count) => {
    const part = new Float32Array(buffer, offset, count);
    offset += 4 * count;
    return part;
  };
  for (const layer of layers.filter(hasWeights)) {
    const units = layer.output.at(-1);
    weights[layer.name] = { kernel: take(fanIn(layer) * units), bias: take(units) };
  }
  return weights;
}

function convolution(layer, { kernel, bias }, input) {
  const [, width, channels] = layer.input;
  const [rows, columns, filters] = layer.output;
  const output = new Float32Array(rows * columns * filters);
  const sums = new Float64Array(filters);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      sums.fill(0);
      for (let y = 0; y < layer.size; y++) {
        for (let x = 0; x < layer.size; x++) {
          const from = ((row + y) * width + column + x) * channels;
          const start = (y * layer.size + x) * channels * filters;
          for (let channel = 0; channel < channels; channel++) {
            const value = input[from + channel];
            if (value === 0) continue;
            const at = start + channel * filters;
            for (let filter = 0; filter < filters; filter++) sums[filter] += value * kernel[at + filter];
          }
        }
      }
      const to = (row * columns + column) * filters;
      for (let filter = 0; filter < filters; filter++) output[to + filter] = sums[filter] + bias[filter];
    }
  }
  return output;
}

function maxPooling(layer, input) {
  const [, width, channels] = layer.input;
  const [rows, columns] = layer.output;
  const output = new Float32Array(rows * columns * channels).fill(-Infinity);
  for (let row = 0; row < rows * layer.size; row++) {
    for (let column = 0; column < columns * layer.size; column++) {
      const from = (row * width + column) * channels;
      const to = (Math.floor(row / layer.size) * columns + Math.floor(column / layer.size)) * channels;
      for (let channel = 0; channel < channels; channel++) {
        if (input[from + channel] > output[to + channel]) output[to + channel] = input[from + channel];
      }
    }
  }
  return output;
}

function dense(layer, { kernel, bias }, input) {
  const units = layer.output[0];
  const sums = Float64Array.from(bias);
  for (let index = 0; index < input.length; index++) {
    const value = input[index];
    if (value === 0) continue;
    for (let unit = 0; unit < units; unit++) sums[unit] += value * kernel[index * units + unit];
  }
  return Float32Array.from(sums);
}

const CALCULATE = {
  Conv2D: convolution,
  MaxPooling2D: (layer, _weights, input) => maxPooling(layer, input),
  Flatten: (_layer, _weights, input) => input.slice(),
  Dense: dense,
};

/** All maps by layer name, "input" included. `off` is {layer: Set of channels} held at zero. */
export function forward(layers, weights, image, off = {}) {
  const maps = { input: image };
  let current = image;
  for (const layer of layers) {
    current = CALCULATE[layer.kind](layer, weights[layer.name], current);
    if (layer.activation === "relu") current = current.map((value) => Math.max(0, value));
    const channels = layer.output.at(-1);
    for (const channel of off[layer.name] ?? []) {
      for (let index = channel; index < current.length; index += channels) current[index] = 0;
    }
    maps[layer.name] = current;
  }
  return maps;
}

export function softmax(logits) {
  const largest = Math.max(...logits);
  const powers = Array.from(logits, (value) => Math.exp(value - largest));
  const total = powers.reduce((sum, value) => sum + value, 0);
  return powers.map((value) => value / total);
}

/** Shape of the maps that a layer reads: a dense layer after Flatten reads the maps before it. */
export function source(layers, index) {
  let before = index - 1;
  while (before >= 0 && layers[before].kind === "Flatten") before--;
  const shape = before < 0 ? layers[0].input : layers[before].output;
  return { name: before < 0 ? "input" : layers[before].name, shape: shape.length === 3 ? shape : [1, 1, shape[0]] };
}

/**
 * How one unit's value comes about: its window in each input channel (a slice), the slice of its
 * kernel, the products and their sum. Pooling and flatten units have one slice and no kernel.
 */
export function arithmetic(layers, weights, maps, index, { row, column, channel }) {
  const layer = layers[index];
  const { name, shape } = source(layers, index);
  const [height, width, channels] = shape;
  const input = maps[name];
  const units = layer.output.at(-1);
  if (layer.kind === "Flatten") {
    const position = Math.floor(channel / channels);
    const window = { top: Math.floor(position / width), left: position % width, height: 1, width: 1 };
    const slice = { channel: channel % channels, patch: [input[channel]] };
    return { from: name, window, slices: [slice], value: maps[layer.name][channel] };
  }
  const pooled = layer.kind === "MaxPooling2D";
  const window =
    layer.kind === "Dense"
      ? { top: 0, left: 0, height, width }
      : { top: pooled ? row * layer.size : row, left: pooled ? column * layer.size : column, height: layer.size, width: layer.size };
  const slices = [];
  for (let from = 0; from < channels; from++) {
    if (pooled && from !== channel) continue;
    const patch = [], kernel = [], products = [];
    for (let y = 0; y < window.height; y++) {
      for (let x = 0; x < window.width; x++) {
        const value = input[((window.top + y) * width + window.left + x) * channels + from];
        patch.push(value);
        if (pooled) continue;
        const weight = weights[layer.name].kernel[((y * window.width + x) * channels + from) * units + channel];
        kernel.push(weight);
        products.push(value * weight);
      }
    }
    const sum = products.reduce((total, product) => total + product, 0);
    slices.push(pooled ? { channel: from, patch } : { channel: from, patch, kernel, products, sum });
  }
  const at = layer.output.length === 3 ? (row * layer.output[1] + column) * units + channel : channel;
  const value = maps[layer.name][at];
  if (pooled) return { from: name, window, slices, value };
  const sum = slices.reduce((total, slice) => total + slice.sum, 0);
  const bias = weights[layer.name].bias[channel];
  return { from: name, window, slices, sum, bias, total: sum + bias, activation: layer.activation, value };
}

/** The pixels of the input that a unit can see: {top, left, height, width}. */
export function receptiveField(layers, index, { row, column, channel }) {
  let field = { top: row, left: column, height: 1, width: 1 };
  for (let at = index; at >= 0; at--) {
    const layer = layers[at];
    if (layer.kind === "Dense") return { top: 0, left: 0, height: layers[0].input[0], width: layers[0].input[1] };
    if (layer.kind === "Flatten") {
      const [, width, channels] = layer.input;
      const position = Math.floor(channel / channels);
      field = { top: Math.floor(position / width), left: position % width, height: 1, width: 1 };
      continue;
    }
    const stride = layer.kind === "MaxPooling2D" ? layer.size : 1;
    field = {
      top: field.top * stride,
      left: field.left * stride,
      height: (field.height - 1) * stride + layer.size,
      width: (field.width - 1) * stride + layer.size,
    };
  }
  return field;
}

/** Flatten only hands numbers on, and the last layer's ten scores are what is compared. */
export const canBeOff = (layers, layer) => layer.kind !== "Flatten" && layer !== layers.at(-1);

/**
 * Changes to the network as one line for a link: parts joined by "~".
 * random | random.LAYER | off.LAYER.CHANNEL | zero.LAYER.CHANNEL | kernel.LAYER.CHANNEL.SLICE:w,w,…
 */
export function readChanges(layers, line) {
  const changes = { random: new Set(), off: {}, zero: {}, kernels: new Map(), unknown: [] };
  const known = new Map(layers.map((layer, index) => [layer.name, { layer, index }]));
  for (const part of (line ?? "").split("~").filter(Boolean)) {
    const [path, values] = part.split(":");
    const [what, name, channelText, sliceText] = path.split(".");
    const entry = known.get(name);
    const channel = Number(channelText);
    const channelExists = entry && /^\d+$/.test(channelText ?? "") && channel < entry.layer.output.at(-1);
    const trained = entry && hasWeights(entry.layer);
    if (what === "random" && name === undefined) layers.filter(hasWeights).forEach((layer) => changes.random.add(layer.name));
    else if (what === "random" && trained) changes.random.add(name);
    else if (what === "off" && channelExists && canBeOff(layers, entry.layer)) (changes.off[name] ??= new Set()).add(channel);
    else if (what === "zero" && trained && channelExists) (changes.zero[name] ??= new Set()).add(channel);
    else if (what === "kernel" && trained && channelExists && values) {
      const { shape } = source(layers, entry.index);
      const size = entry.layer.kind === "Conv2D" ? entry.layer.size ** 2 : shape[0] * shape[1];
      const numbers = values.split(",").map(Number);
      const slice = Number(sliceText);
      const fits = /^\d+$/.test(sliceText ?? "") && slice < shape[2] && numbers.length === size;
      if (fits && numbers.every((value) => Number.isFinite(value) && Math.abs(value) <= 1000)) {
        changes.kernels.set(`${name}.${channel}.${slice}`, numbers);
      } else changes.unknown.push(part);
    } else changes.unknown.push(part);
  }
  return changes;
}

/** The line that readChanges reads. */
export function writeChanges(changes) {
  const parts = [...changes.random].map((name) => `random.${name}`);
  for (const what of ["off", "zero"]) {
    for (const [name, channels] of Object.entries(changes[what])) {
      for (const channel of channels) parts.push(`${what}.${name}.${channel}`);
    }
  }
  for (const [path, numbers] of changes.kernels) parts.push(`kernel.${path}:${numbers.map((value) => Number(value.toPrecision(9))).join(",")}`); // 9 digits hold a float32;
  return parts.join("~");
}

/** A copy of the weights with the changes in it. */
export function changedWeights(layers, trained, random, changes) {
  const weights = {};
  layers.forEach((layer, index) => {
    if (!hasWeights(layer)) return;
    const { kernel, bias } = (changes.random.has(layer.name) ? random : trained)[layer.name];
    weights[layer.name] = { kernel: kernel.slice(), bias: bias.slice() };
    const units = layer.output.at(-1);
    for (const channel of changes.zero[layer.name] ?? []) {
      for (let at = channel; at < kernel.length; at += units) weights[layer.name].kernel[at] = 0;
    }
    const channels = source(layers, index).shape[2];
    for (const [path, numbers] of changes.kernels) {
      const [name, channel, slice] = path.split(".");
      if (name !== layer.name) continue;
      numbers.forEach((value, position) => {
        weights[name].kernel[(position * channels + Number(slice)) * units + Number(channel)] = value;
      });
    }
  });
  return weights;
}
