// A picture with ever fewer pixels, and a digit: what is still there, and what is still read.
import { drawSheet, fill, fromBase64, keepFocus, make, percent, rem, themed } from "./draw.js";

export default function (component) {
  const { root, data } = component;
  const { text } = data;
  root.level ??= data.level;
  const number = (value) => value.toLocaleString(data.locale);
  const size = ({ height, width }) => `${height}×${width} = ${number(height * width)}`;

  const choose = (level) => {
    root.level = level;
    draw();
    component.setStateValue("level", level);
  };

  const large = () => {
    const { address, factor, height, width } = data.levels[root.level];
    const image = make("img", { src: address, alt: fill(text.alt, { name: data.name, factor }), class: factor > 1 ? "squares" : "" });
    return make("figure", { class: "large", style: `--aspect:${data.levels[0].width / data.levels[0].height}` }, make("div", { class: "frame" }, image),
      make("figcaption", {}, fill(text.caption, { name: data.name, factor, size: size({ height, width }) })));
  };

  const row = (level, at) => {
    const { factor, height, width, parameters, address } = level;
    const move = (event) => {
      const next = { ArrowDown: at + 1, ArrowUp: at - 1 }[event.key];
      if (next === undefined || !data.levels[next]) return;
      event.preventDefault();
      choose(next);
      root.querySelector(`[data-focus="level-${next}"]`).focus();
    };
    return make("button", { type: "button", class: "level", "aria-pressed": String(at === root.level), "data-focus": `level-${at}`, onclick: () => choose(at), onkeydown: move },
      make("span", { class: "thumb" }, make("img", { src: address, alt: "" })),
      make("b", {}, `1/${factor}`),
      make("span", { class: "size" }, size({ height, width })),
      make("span", { class: "dense" }, `(${number(height * width)}·3 + 1)·${data.units} = `, make("b", {}, number(parameters))));
  };

  const bar = (kind, share) => make("div", { class: `share ${kind}` }, make("i", { style: `width:${100 * share}%` }), make("span", {}, percent(share)));

  const digit = ({ side, pixels, neighbour, network }) => {
    const canvas = make("canvas", { role: "img", ariaLabel: fill(text.digit_alt, { truth: data.truth, side }) });
    const values = Float32Array.from(fromBase64(pixels), (level) => level / 255);
    drawSheet(canvas, { values, height: side, width: side, channels: 1, columns: 1, scale: "grey", limit: 1, mode: "light", gap: 0, zoom: (5 * rem()) / side });
    const verdict = (read) => `${read}: ${read === data.truth ? text.right : text.wrong}`;
    return make("figure", { class: "digit", "data-side": side, "data-neighbour": neighbour.accuracy, "data-network": network?.accuracy ?? "" },
      canvas,
      make("figcaption", {}, `${side}×${side} = ${number(side * side)}`),
      make("span", { class: "read" }, verdict(neighbour.read)), bar("neighbour", neighbour.accuracy),
      make("span", { class: "read" }, network ? verdict(network.read) : "…"), network ? bar("network", network.accuracy) : make("div", { class: "share waiting" }));
  };

  const draw = () => keepFocus(root, () => root.replaceChildren(themed(root, "why-shrink-root",
    make("div", { class: "photograph" }, large(),
      make("div", { class: "levels", role: "group", ariaLabel: text.levels },
        make("div", { class: "level head" }, make("span", {}), make("span", {}, text.scale), make("span", { class: "size" }, text.size), make("span", { class: "dense" }, fill(text.dense, { units: data.units }))),
        ...data.levels.map(row))),
    make("h4", {}, fill(text.digits, { tested: number(data.tested) })),
    make("div", { class: "digits" },
      make("div", { class: "names" }, make("span", { class: "name-size" }, text.pixels),
        make("span", { class: "name neighbour" }, make("b", {}, text.neighbour), make("span", { class: "muted" }, fill(text.neighbour_about, { known: number(data.known) }))),
        make("span", { class: "name network" }, make("b", {}, text.network), make("span", { class: "muted" }, text.network_about))),
      ...data.digits.map(digit)))));
  draw();
}
