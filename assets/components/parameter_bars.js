// One bar for each layer of a network, and one bar for all of it by kind of layer, as SVG: the same
// drawing on the page and in the file for slides. Dense layers are hatched, what has no colour of its own is lined.
import { kindColour, palette, svg } from "./draw.js";

const SVG = "http://www.w3.org/2000/svg";
const FONT = "'Noto Sans SC', 'Microsoft YaHei', 'PingFang SC', sans-serif";

const POWERS = "⁰¹²³⁴⁵⁶⁷⁸⁹";
export const power = (exponent) => `10${[...String(exponent)].map((digit) => POWERS[digit]).join("")}`;

/** Three significant digits, thousands and more as powers: 103·10⁶. */
export function rough(value) {
  if (value < 10_000) return value.toLocaleString("en-US", { maximumFractionDigits: 0 });
  const exponent = 3 * Math.floor(Math.log10(value * 1.0005) / 3);
  return `${Number((value / 10 ** exponent).toPrecision(3))}·${power(exponent)}`;
}

/** Marks of an axis from 0 to the largest value: three to five, at 1, 2 or 5 times a power of ten. */
function marks(most, logarithmic) {
  if (logarithmic) {
    const top = Math.max(1, Math.ceil(Math.log10(most)));
    const step = Math.ceil(top / 4);
    return Array.from({ length: Math.floor(top / step) + 1 }, (_, at) => [10 ** (at * step), power(at * step)]);
  }
  const raw = most / 3, base = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((times) => times * base).find((one) => one >= raw);
  return Array.from({ length: Math.floor(most / step) + 1 }, (_, at) => [at * step, rough(at * step)]);
}

/** How a kind of layer is told apart without colour; the class of its swatch, too. */
export const marking = (kind) => (kind === "dense" ? "hatched" : kind in palette.layerKinds ? "" : "lined");

const patterns = (id) => [["hatched", "dense", 45], ["lined", "other", 90]].map(([name, kind, angle]) => svg("pattern", { id: `${id}-${name}`, width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: `rotate(${angle})` },
  svg("rect", { width: 6, height: 6, fill: kindColour(kind) }), svg("line", { x1: 3, y1: 0, x2: 3, y2: 6, stroke: "#ffffff", "stroke-width": name === "lined" ? 2.4 : 1.6, "stroke-opacity": name === "lined" ? 0.85 : 0.65 })));
const fillOf = (kind, id) => (marking(kind) ? `url(#${id}-${marking(kind)})` : kindColour(kind));

/**
 * bars: [{ value, kind }] in the order of the network. unit: pixels of one rem. selected: index or -1.
 * Returns { picture, barAt(x) }: which bar lies at x pixels from the left.
 */
export function layerBars({ bars, width, height, unit, most, logarithmic, selected, ink, accent, id }) {
  const size = 0.75 * unit, left = 4.6 * unit, right = 0.4 * unit, top = 0.6 * unit, bottom = 0.35 * unit;
  const inner = width - left - right, depth = height - top - bottom;
  const step = inner / Math.max(1, bars.length), thick = Math.max(1, Math.min(step * 0.82, 2.2 * unit));
  const share = (value) => (value <= 0 ? 0 : logarithmic ? Math.max(0.012, Math.log10(value) / Math.max(1, Math.ceil(Math.log10(most)))) : value / most);
  const picture = svg("svg", { width, height, viewBox: `0 0 ${width} ${height}`, "font-family": FONT, "font-size": size, fill: ink });
  picture.append(svg("defs", {}, ...patterns(id)));
  for (const [value, label] of marks(most, logarithmic)) {
    const y = top + depth * (1 - (logarithmic ? Math.log10(value) / Math.max(1, Math.ceil(Math.log10(most))) : value / most));
    picture.append(svg("line", { x1: left, x2: width - right, y1: y, y2: y, stroke: ink, "stroke-opacity": 0.18 }),
      svg("text", { x: left - 0.4 * unit, y: y + size * 0.35, "text-anchor": "end" }, label));
  }
  bars.forEach(({ value, kind }, at) => {
    const tall = share(value) * depth, x = left + step * at + (step - thick) / 2;
    if (at === selected) {
      picture.append(svg("rect", { x: left + step * at - 1, y: top, width: Math.max(3, step + 2), height: depth, fill: accent, "fill-opacity": 0.14 }),
        svg("path", { d: `M${x + thick / 2} ${top + depth + 1}l${0.28 * unit} ${0.3 * unit}h${-0.56 * unit}z`, fill: accent }));
    }
    if (tall > 0) {
      picture.append(svg("rect", { x, y: top + depth - Math.max(1, tall), width: thick, height: Math.max(1, tall), fill: fillOf(kind, id), ...(at === selected ? { stroke: accent, "stroke-width": 2 } : {}) }));
    }
  });
  return { picture, barAt: (x) => Math.max(0, Math.min(bars.length - 1, Math.floor((x - left) / step))) };
}

/** One bar of shares: [[kind, value], …], the largest ones with their per cent. */
export function shareBar({ shares, width, height, unit, ink, id, percent }) {
  const total = shares.reduce((sum, [, value]) => sum + value, 0);
  const picture = svg("svg", { width, height, viewBox: `0 0 ${width} ${height}`, "font-family": FONT, "font-size": 0.8125 * unit, fill: ink });
  picture.append(svg("defs", {}, ...patterns(id)));
  let x = 0;
  for (const [kind, value] of shares) {
    const wide = (value / total) * width;
    picture.append(svg("rect", { x, y: 0, width: wide, height, fill: fillOf(kind, id) }));
    if (wide > 3.6 * unit) {
      const said = percent(value / total), half = (said.length * 0.29 + 0.25) * unit;
      picture.append(svg("rect", { x: x + wide / 2 - half, y: height * 0.12, width: 2 * half, height: height * 0.76, rx: 3, fill: "#ffffff", "fill-opacity": 0.92 }),
        svg("text", { x: x + wide / 2, y: height / 2 + 0.29 * unit, "text-anchor": "middle", fill: "#1d2527" }, said));
    }
    x += wide;
  }
  return picture;
}

/** Several drawings below each other, with titles, as the text of one SVG file. */
export function sheet(parts, { width, unit, title }) {
  const page = svg("svg", { xmlns: SVG, "font-family": FONT, fill: "#1d2527" });
  const inside = [svg("text", { x: unit, y: 1.6 * unit, "font-size": 1.1 * unit, "font-weight": 600 }, title)];
  let y = 2.6 * unit;
  for (const { label, picture } of parts) {
    inside.push(svg("text", { x: unit, y: y + unit, "font-size": 0.9 * unit }, label));
    picture.setAttribute("x", unit);
    picture.setAttribute("y", y + 1.4 * unit);
    inside.push(picture);
    y += Number(picture.getAttribute("height")) + 2.2 * unit;
  }
  page.setAttribute("viewBox", `0 0 ${width + 2 * unit} ${y + unit}`);
  page.append(svg("rect", { width: "100%", height: "100%", fill: "#ffffff" }), ...inside);
  return new XMLSerializer().serializeToString(page);
}
