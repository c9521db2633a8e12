// The receptive field of a stack of windows: cnnviz/receptive_field.py in the browser, with which
// tests/browser/test_receptive_field.py compares it. A layer is { kind, kernel, stride, dilation }.

/** How many pixels a dilated kernel spans. */
export const span = ({ kernel, dilation }) => dilation * (kernel - 1) + 1;

/** "c3-p2s2" → layers. */
export function fromLink(words) {
  return words.split("-").filter(Boolean).map((word) => {
    const [, kind, kernel, stride, dilation] = word.match(/^([cp])(\d+)(?:s(\d+))?(?:d(\d+))?$/);
    return { kind: kind === "c" ? "convolution" : "pooling", kernel: Number(kernel), stride: Number(stride ?? 1), dilation: Number(dilation ?? 1) };
  });
}

export function toLink(layers) {
  return layers.map(({ kind, kernel, stride, dilation }) => `${kind[0]}${kernel}${stride > 1 ? `s${stride}` : ""}${dilation > 1 ? `d${dilation}` : ""}`).join("-");
}

/** What holds behind each layer, along one side; stage 0 is the picture. Null where a window does not fit. */
export function stages(layers, side, padding) {
  const found = [{ size: side, field: 1, jump: 1, offset: 0, padding: 0 }];
  for (const layer of layers) {
    const before = found.at(-1);
    const wide = span(layer);
    let size, zeros = 0;
    if (padding === "same" && layer.kind === "convolution") {
      size = Math.ceil(before.size / layer.stride);
      zeros = Math.floor(Math.max(0, (size - 1) * layer.stride + wide - before.size) / 2);
    } else {
      if (wide > before.size) return null;
      size = Math.floor((before.size - wide) / layer.stride) + 1;
    }
    found.push({
      size,
      field: before.field + (wide - 1) * before.jump,
      jump: before.jump * layer.stride,
      offset: before.offset - zeros * before.jump,
      padding: zeros,
    });
  }
  return found;
}

/** First and last pixel of a unit's field; they may lie outside of the picture. */
export function sees(stage, unit) {
  const first = stage.offset + unit * stage.jump;
  return [first, first + stage.field - 1];
}

export const centre = (stage, unit) => stage.offset + unit * stage.jump + (stage.field - 1) / 2;

/** The unit whose centre is nearest to a pixel; of two the first. */
export function nearest(stage, pixel) {
  return Math.max(0, Math.min(stage.size - 1, Math.ceil((pixel - centre(stage, 0)) / stage.jump - 0.5)));
}

/** Which units of every earlier stage a unit depends on: [first, last] from stage 0 to its own. */
export function reaches(layers, found, at, unit) {
  const ranges = [[unit, unit]];
  for (let stage = at; stage > 0; stage--) {
    const layer = layers[stage - 1];
    const [first, last] = ranges[0];
    ranges.unshift([first * layer.stride - found[stage].padding, last * layer.stride - found[stage].padding + span(layer) - 1]);
  }
  return ranges;
}

/** Along one side: how many ways lead from each pixel of the field to the unit. */
export function paths(layers) {
  let counts = [1], jump = 1;
  for (const layer of layers) {
    const spread = new Array(counts.length + (span(layer) - 1) * jump).fill(0);
    for (let tap = 0; tap < layer.kernel; tap++) counts.forEach((count, at) => { spread[at + tap * layer.dilation * jump] += count; });
    counts = spread;
    jump *= layer.stride;
  }
  return counts;
}
