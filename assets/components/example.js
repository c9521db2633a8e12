// The example of the convolution lesson: an image, its filters, how they are applied, and all maps
// that follow. It never changes half: what cannot be calculated throws, and the old one stays.
import * as layers from "./layers.js";

const zeros = (count) => new Array(count).fill(0);
const OPTIONS = ["stride", "padding", "dilation", "pool", "pool_size", "pool_stride"];

/** A kernel that is larger than the padded image. */
export class DoesNotFit extends Error {
  constructor(span, padded) {
    super(`${span} > ${padded}`);
    this.span = span;
    this.padded = padded;
  }
}

export class Example {
  /**
   * values: { size, channels, image (flat: row, column, channel), filters: [{ kernel (flat), bias }],
   * stride, padding, dilation, relu, pool, pool_size, pool_stride }, as cnnviz.worked_example has them.
   */
  constructor(values) {
    Object.assign(this, values);
    this.image = [...values.image];
    this.filters = values.filters.map(({ kernel, bias }) => ({ kernel: [...kernel], bias }));
    this.kernel = Math.sqrt(this.filters[0].kernel.length / this.channels);
    this.layer = layers.geometry(this.size, { kernel: this.kernel, stride: this.stride, padding: this.padding, dilation: this.dilation });
    if (!this.layer.output) throw new DoesNotFit(layers.span(this.kernel, this.dilation), this.layer.padded);
    this.poolLayer = layers.geometry(this.layer.output, { kernel: this.pool_size, stride: this.pool_stride });
    this.calculate();
  }

  with(values) {
    return new Example({ ...this, ...values });
  }

  calculate() {
    this.input = { size: this.size, channels: this.channels, values: this.image };
    const convolution = layers.convolve(this.input, this.filters, this.layer);
    const relu = this.relu ? layers.relu(convolution) : convolution;
    this.maps = { input: this.input, convolution, relu, pool: layers.pool(relu, this.pool, this.poolLayer) };
  }

  /** The sum behind one output of one filter. */
  sum(filter, row, column) {
    return layers.sumOf(this.input, this.filters[filter], this.layer, row, column);
  }

  /** The values that one pooled number comes from. */
  pooledValues(channel, row, column) {
    return layers.pooledValues(this.maps.relu, this.poolLayer, row, column, channel);
  }

  /** Row and column in the image of a cell of the padded image, null in the padding. */
  pixel(at) {
    const { padded, before, size } = this.layer;
    const row = Math.floor(at / padded) - before, column = (at % padded) - before;
    return row >= 0 && row < size && column >= 0 && column < size ? { row, column } : null;
  }

  /** A number as a grid shows it: "input" (padded), "kernel" and "bias" of a filter, a map, "flat". */
  valueAt(grid, channel, at, filter) {
    if (grid === "input") {
      const pixel = this.pixel(at);
      return pixel ? this.image[(pixel.row * this.size + pixel.column) * this.channels + channel] : 0;
    }
    if (grid === "kernel") return this.filters[filter].kernel[at * this.channels + channel];
    if (grid === "bias") return this.filters[filter].bias;
    if (grid === "flat") return this.maps.pool.values[at];
    return this.maps[grid].values[at * this.maps[grid].channels + channel];
  }

  /** Change one number of the image, a filter or its bias. */
  set(grid, channel, at, filter, value) {
    if (grid === "input") {
      const { row, column } = this.pixel(at);
      this.image[(row * this.size + column) * this.channels + channel] = value;
    } else if (grid === "kernel") this.filters[filter].kernel[at * this.channels + channel] = value;
    else this.filters[filter].bias = value;
    this.calculate();
  }

  /** Scale of a grid; all maps behind the image have one, so that their colours can be compared. */
  scaleOf(grid) {
    const largest = (values) => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;
    if (grid === "input" || grid === "patch") {
      return { scale: this.image.some((value) => value < 0) ? "signed" : "grey", limit: largest(this.image) };
    }
    const values = grid === "kernel" ? this.filters.flatMap((filter) => filter.kernel) : this.maps.convolution.values;
    return { scale: "signed", limit: largest(values) };
  }

  /** A preset image's pixels; a grey one has the same in every channel. */
  drawn({ channels, sizes }, size) {
    const digits = Array.from(sizes[size], Number);
    return channels === this.channels ? digits : digits.flatMap((value) => zeros(this.channels).fill(value));
  }

  isDrawn(preset) {
    return preset.channels <= this.channels && this.drawn(preset, this.size).every((value, at) => value === this.image[at]);
  }

  /** Another size: a preset is drawn anew, other images are cut, or get zeros to the right and below. */
  resized(size, preset) {
    if (preset) return this.with({ size, image: this.drawn(preset, size) });
    const image = zeros(size * size * this.channels);
    for (let row = 0; row < Math.min(size, this.size); row++) {
      const length = Math.min(size, this.size) * this.channels;
      for (let at = 0; at < length; at++) image[row * size * this.channels + at] = this.image[row * this.size * this.channels + at];
    }
    return this.with({ size, image });
  }

  /** A preset kernel, the same in every slice. */
  sliced({ values }) {
    return values.flatMap((value) => zeros(this.channels).fill(value));
  }

  isSliced(preset, filter) {
    const { kernel } = this.filters[filter];
    const sliced = this.sliced(preset);
    return sliced.length === kernel.length && sliced.every((value, at) => Math.abs(value - kernel[at]) < 1e-6);
  }

  /** All filters at another size: cut, or surrounded with zeros, about their middle. */
  withKernelSize(size) {
    const shift = Math.floor((this.kernel - 1) / 2) - Math.floor((size - 1) / 2);
    const filters = this.filters.map(({ kernel, bias }) => ({
      bias,
      kernel: Array.from({ length: size * size * this.channels }, (_, at) => {
        const channel = at % this.channels, column = (Math.floor(at / this.channels) % size) + shift, row = Math.floor(at / this.channels / size) + shift;
        const inside = row >= 0 && row < this.kernel && column >= 0 && column < this.kernel;
        return inside ? kernel[(row * this.kernel + column) * this.channels + channel] : 0;
      }),
    }));
    return this.with({ filters });
  }

  /** One filter as in a preset; all filters keep one size. */
  withKernel(preset, filter) {
    const sized = this.withKernelSize(preset.size);
    return sized.with({ filters: sized.filters.map((other, at) => (at === filter ? { kernel: this.sliced(preset), bias: other.bias } : other)) });
  }

  /** Fewer filters, or more: presets of this size in turn, ones where there is none. */
  withFilters(count, presets) {
    const fitting = presets.filter((preset) => preset.size === this.kernel);
    const filters = this.filters.slice(0, count);
    while (filters.length < count) {
      const kernel = fitting.length ? this.sliced(fitting[filters.length % fitting.length]) : zeros(this.filters[0].kernel.length).fill(1);
      filters.push({ kernel, bias: 0 });
    }
    return this.with({ filters });
  }

  words() {
    const joined = (values) => {
      const parts = values.map((value) => String(Number(value.toFixed(6))));
      return parts.length > 2 && parts.every((part) => /^\d$/.test(part)) ? parts.join("") : parts.join("_");
    };
    return {
      channels: this.channels === 1 ? "" : String(this.channels),
      image: joined(this.image),
      filters: this.filters.map((filter) => joined(filter.kernel)).join("~"),
      bias: this.filters.every((filter) => filter.bias === 0) ? "" : this.filters.map((filter) => joined([filter.bias])).join("_"),
      relu: this.relu ? "1" : "",
      ...Object.fromEntries(OPTIONS.map((name) => [name, String(this[name])])),
    };
  }

  /** As words of a link, which cnnviz.worked_example reads; what is as usual needs none. */
  link(usual) {
    const expected = new Example(usual).words();
    return Object.fromEntries(Object.entries(this.words()).map(([name, word]) => [name, name !== "channels" && word === expected[name] ? "" : word]));
  }
}
