// The small pattern that both networks must find, drawn by hand, and pictures they are trained on.
import { drawSheet, fill, fromBase64, keepFocus, make, rem, themed } from "./draw.js";

const SIDE = 5;
const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
const GREY = 2; // pixels are drawn from −2, black, to 2, white

const WAIT = 500; // milliseconds: several cells are changed before both networks are trained anew

function picture(values, side, width) {
  const canvas = make("canvas");
  const levels = Float32Array.from(values, (value) => (value + GREY) / (2 * GREY));
  drawSheet(canvas, { values: levels, height: side, width: side, channels: 1, columns: 1, scale: "grey", limit: 1, mode: "light", gap: 0, zoom: (width * rem()) / side });
  return canvas;
}

export default function (component) {
  const { root, data } = component;
  const { text } = data;
  if (!root.timer) root.pattern = data.pattern; // else newer cells are still on their way

  const send = () => {
    clearTimeout(root.timer);
    root.timer = setTimeout(() => {
      root.timer = null;
      component.setStateValue("pattern", root.pattern);
    }, WAIT);
  };
  const choose = (pattern) => {
    root.pattern = pattern;
    draw();
    send();
  };
  const toggle = (at) => choose([...root.pattern].map((cell, index) => (index === at ? String(1 - cell) : cell)).join(""));

  const cells = () => [...root.pattern].map((cell, at) => {
    const row = Math.floor(at / SIDE), column = at % SIDE;
    const label = fill(text.cell, { row, column });
    const move = (event) => {
      const direction = STEPS[event.key];
      if (!direction) return;
      event.preventDefault();
      const inside = (place) => Math.max(0, Math.min(SIDE - 1, place));
      root.querySelector(`[data-focus="cell-${inside(row + direction[0]) * SIDE + inside(column + direction[1])}"]`).focus();
    };
    return make("button", { type: "button", class: `pixel${cell === "1" ? " bright" : ""}`, "aria-pressed": String(cell === "1"), ariaLabel: label, "data-focus": `cell-${at}`, onclick: () => toggle(at), onkeydown: move });
  });

  const presets = () => Object.entries(data.presets).map(([name, pattern]) =>
    make("button", { type: "button", class: "preset", "aria-pressed": String(pattern === root.pattern), ariaLabel: text[`preset_${name}`], title: text[`preset_${name}`], "data-focus": `preset-${name}`, onclick: () => choose(pattern) },
      picture([...pattern].map((cell) => 2 * cell - 1), SIDE, 2)));

  const samples = () => data.samples.map((sample, at) => {
    const values = Float32Array.from(fromBase64(sample), (level) => (level / 255) * 2 * GREY - GREY);
    return make("figure", {}, picture(values, data.side, 3.3), make("figcaption", { class: "small" }, at % 2 ? text.with : text.without));
  });

  const draw = () => keepFocus(root, () => {
    root.replaceChildren(themed(root, "why-pattern-root",
      make("section", {}, make("h4", {}, text.title), make("div", { class: "editor" },
        make("div", { class: "pixels", role: "group", ariaLabel: text.title }, ...cells()),
        make("div", { class: "presets", role: "group", ariaLabel: text.presets }, ...presets()))),
      make("section", {}, make("h4", {}, fill(text.samples, { shown: data.samples.length, count: data.count.toLocaleString(data.locale) })), make("div", { class: "samples" }, ...samples()))));
  });
  draw();
}
