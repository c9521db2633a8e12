// Drawing maps of numbers, and the few pieces of page that every component builds from.
import palette from "./palette.js";

/** Make an element. Text only ever arrives as text, never as HTML. */
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name === "class") element.className = value;
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name in element && name !== "list") element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

/** Put values into the {braces} of a sentence. */
export function fill(sentence, values) {
  return sentence.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

/** Three significant digits with true minus signs; integers as they are. */
export function show(value, digits = 3) {
  if (Object.is(value, -0)) value = 0;
  const size = Math.abs(value);
  let text;
  if (Number.isInteger(value)) text = String(value);
  else if (size >= 10000 || size < 0.001) text = value.toExponential(digits - 1);
  else text = value.toFixed(Math.max(0, digits - 1 - Math.floor(Math.log10(size))));
  return text.replaceAll("-", "−");
}

/** For the cells of a matrix: three decimals, so that columns line up and nothing overflows. */
export function cellText(value) {
  if (Number.isInteger(value)) return show(value);
  if (Math.abs(value) < 0.0005) return "≈ 0";
  return (Math.abs(value) < 100 ? value.toFixed(3) : value.toPrecision(4)).replaceAll("-", "−");
}

/** For small whole numbers and plain fractions: up to four decimals, no zeros behind them. */
export const exact = (value) => String(Number(value.toFixed(4)) || 0).replace("-", "−");

/** The same as a term or a factor of a sum. */
export const bracketed = (value) => (value < 0 ? `(${exact(value)})` : exact(value));

/** For narrow cells: two significant digits. */
export const short = (value) => (Number.isInteger(value) ? show(value) : Math.abs(value) < 0.005 ? "≈0" : String(Number(value.toPrecision(2))).replace("-", "−"));

/** For sums: four decimals in every term, so that a reader can add them up. */
export const term = (value) => (Math.abs(value) < 0.00005 ? "0" : Math.abs(value) < 1000 ? value.toFixed(4) : value.toPrecision(7)).replaceAll("-", "−");

/** "=" where the terms as they are shown add up to the sum as it is shown, else "≈". */
export function equals(terms, sum) {
  const shown = (value) => Math.round(value * 1e4);
  return terms.reduce((total, value) => total + shown(value), 0) === shown(sum) ? "=" : "≈";
}

/** The other way: what a person typed, with a true minus sign or a decimal comma. NaN if no number. */
export function typedNumber(text) {
  const plain = text.normalize("NFKC").trim().replace(/[−–]/g, "-").replace(/^([-+]?\d*),(\d*)$/, "$1.$2");
  return /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(plain) ? Number(plain) : NaN;
}

/** Build a component anew without taking the focus from the control that was used. */
export function keepFocus(root, build) {
  const focus = root.getRootNode().activeElement?.dataset?.focus;
  build();
  if (focus) root.querySelector(`[data-focus="${CSS.escape(focus)}"]`)?.focus({ preventScroll: true });
}

/**
 * The life of an instrument on a component's root: made once, given what every rerun brings, built
 * anew when the width changes. When the component goes, `leave(here)` ends its timers; where it goes
 * because the visitor left the page (here is false) it must not speak any more: its message would
 * reach the next page.
 */
export function live(component, Instrument) {
  const { root } = component;
  root.path ??= window.location.pathname;
  const instrument = (root.instrument ??= new Instrument(root));
  instrument.update(component);
  const observer = new ResizeObserver(() => {
    if (Math.abs(root.clientWidth - instrument.width) > 4) instrument.build(); // no width: not built yet
  });
  observer.observe(root);
  return () => {
    observer.disconnect();
    instrument.leave(window.location.pathname === root.path);
  };
}

/** Pixels of one rem: text, tiles and strokes all grow with it in the large mode. */
export const rem = () => parseFloat(getComputedStyle(document.documentElement).fontSize);

/** 1234 → "1,234", as the formulas write numbers. */
export const count = (value) => value.toLocaleString("en-US");

/** A shape: "28×28×64". */
export const sizes = (shape) => shape.map(count).join("×");

/** 60,950,432 → "61.0 MB"; a megabyte is 10⁶ bytes. */
export function bytes(value) {
  const [size, unit] = [[1e9, "GB"], [1e6, "MB"], [1e3, "kB"]].find(([one]) => value >= one) ?? [1, "B"];
  const scaled = value / size;
  return `${scaled >= 1000 ? count(Math.round(scaled)) : size === 1 ? scaled : Number(scaled.toPrecision(3)).toFixed(scaled >= 100 ? 0 : scaled >= 10 ? 1 : 2)} ${unit}`;
}

/** 0.9931 → "99.3 %"; what rounds to all or nothing says so: "> 99.9 %". */
export function percent(share) {
  if (share > 0.9995) return "> 99.9 %";
  if (share < 0.0005 && share > 0) return "< 0.1 %";
  return `${(100 * share).toFixed(1)} %`;
}

export function fromBase64(text, Type = Uint8Array) {
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  return new Type(bytes.buffer);
}

/** The root of a component, with the meanings of colours as CSS variables. */
export function themed(element, className, ...children) {
  const mode = theme(element);
  const style = `--selected:${palette.selected[mode]};--cnn:${palette.networks.mnist_cnn};--negative:${palette.signed.light[1]};--positive:${palette.signed.light[5]}`;
  return make("div", { class: className, style }, ...children);
}

/** "light" or "dark": what the page's own background is. */
export function theme(element) {
  const [red, green, blue] = rgb(getComputedStyle(element).getPropertyValue("--st-background-color").trim() || "#ffffff");
  return 0.3 * red + 0.6 * green + 0.1 * blue < 128 ? "dark" : "light";
}

function rgb(colour) {
  const digits = colour.replace("#", "");
  const wide = digits.length === 3 ? [...digits].map((digit) => digit + digit).join("") : digits;
  return [0, 2, 4].map((at) => parseInt(wide.slice(at, at + 2), 16));
}

const tables = new Map();

/** 256 colours (RGBA as one number each) of a scale: "signed", "sequential" or "grey". */
export function table(scale, mode) {
  const key = `${scale}-${mode}`;
  if (!tables.has(key)) {
    const stops = palette[scale][mode].map(rgb);
    const colours = new Uint32Array(256);
    for (let index = 0; index < 256; index++) {
      const position = (index / 255) * (stops.length - 1);
      const lower = Math.min(Math.floor(position), stops.length - 2);
      const [red, green, blue] = stops[lower].map((start, at) => start + (stops[lower + 1][at] - start) * (position - lower));
      colours[index] = (255 << 24) | (Math.round(blue) << 16) | (Math.round(green) << 8) | Math.round(red);
    }
    tables.set(key, colours);
  }
  return tables.get(key);
}

/** CSS background that shows a whole scale, left to right. */
export function gradient(scale, mode) {
  return `linear-gradient(to right, ${palette[scale][mode].join(", ")})`;
}

/** The colour of one value as CSS, for cells that hold a number. */
export function colourOf(value, scale, limit, mode) {
  const share = scale === "signed" ? 0.5 + value / (2 * limit) : value / limit;
  const packed = table(scale, mode)[Math.max(0, Math.min(255, Math.round(255 * share)))];
  const [red, green, blue] = [packed & 255, (packed >> 8) & 255, (packed >> 16) & 255];
  const readable = 0.3 * red + 0.6 * green + 0.1 * blue > 140 ? "#111" : "#fff";
  return { background: `rgb(${red} ${green} ${blue})`, color: readable };
}

/** The colour of a layer's kind, the same in every drawing. */
export const kindColour = (kind) => palette.layerKinds[kind] ?? palette.layerKinds.flatten;

/** An element of a drawing; attributes without a value are left out. */
export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) if (value !== undefined) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/**
 * Many maps of one layer as one picture at their own resolution, then enlarged without smoothing.
 * values: flat (height, width, channels); limit: the value at the end of the scale.
 */
export function drawSheet(canvas, { values, height, width, channels, columns, scale, limit, mode, gap = 1, zoom }) {
  const rows = Math.ceil(channels / columns);
  const colours = table(scale, mode);
  const image = new ImageData(width, height);
  const pixels = new Uint32Array(image.data.buffer);
  const ratio = window.devicePixelRatio || 1;
  const tileWidth = Math.round(width * zoom * ratio), tileHeight = Math.round(height * zoom * ratio);
  const space = Math.max(1, Math.round(gap * ratio));
  canvas.width = columns * (tileWidth + space) + space;
  canvas.height = rows * (tileHeight + space) + space;
  canvas.style.width = `${canvas.width / ratio}px`;
  canvas.style.height = `${canvas.height / ratio}px`;
  const context = canvas.getContext("2d");
  context.imageSmoothingEnabled = false;
  const small = drawSheet.buffer ??= document.createElement("canvas");
  small.width = width;
  small.height = height;
  const offset = scale === "signed" ? 0.5 : 0;
  const factor = scale === "signed" ? 1 / (2 * limit) : 1 / limit;
  for (let channel = 0; channel < channels; channel++) {
    for (let at = 0; at < pixels.length; at++) {
      const share = offset + values[at * channels + channel] * factor;
      pixels[at] = colours[Math.max(0, Math.min(255, Math.round(255 * share)))];
    }
    small.getContext("2d").putImageData(image, 0, 0);
    const left = space + (channel % columns) * (tileWidth + space);
    const top = space + Math.floor(channel / columns) * (tileHeight + space);
    context.drawImage(small, left, top, tileWidth, tileHeight);
  }
  return { tileWidth: tileWidth / ratio, tileHeight: tileHeight / ratio, space: space / ratio };
}

/** One channel's values out of a flat (height, width, channels) array. */
export function channelOf(values, channels, channel) {
  const map = new Float32Array(values.length / channels);
  for (let at = 0; at < map.length; at++) map[at] = values[at * channels + channel];
  return map;
}

export { palette };
