// What the network sees, step by step, and what both networks read.
import { drawSheet, fill, fromBase64, make, palette, percent, show, theme } from "./draw.js";

const SIDE = 84;

function stepTile(name, step, state, component) {
  const { data } = component;
  const { text } = data;
  let label = make("span", { class: "step-name" }, text[`step_${name}`]);
  const picture = make("div", { class: "step-picture" });
  if (step) {
    const canvas = make("canvas", { role: "img", ariaLabel: text[`step_${name}`] });
    const zoom = SIDE / Math.max(step.height, step.width);
    const values = Float32Array.from(fromBase64(step.pixels), (value) => value / 255);
    drawSheet(canvas, { values, height: step.height, width: step.width, channels: 1, columns: 1, scale: "grey", limit: 1, mode: "dark", gap: 0, zoom });
    picture.append(canvas);
  } else picture.append(make("span", { class: "muted" }, text.step_off));
  const size = make("span", { class: "muted" }, step ? step.size.join("×") : " ");
  if (data.switches.includes(name)) {
    const on = !state.off.includes(name);
    const box = make("input", {
      type: "checkbox",
      checked: on,
      onchange: () => {
        state.off = on ? [...state.off, name] : state.off.filter((other) => other !== name);
        component.setStateValue("off", state.off);
      },
    });
    label = make("label", { class: "step-switch" }, box, label);
  } else label = make("div", { class: "step-switch" }, label);
  return make("figure", { class: `step${step ? "" : " off"}`, title: text[`step_${name}_help`] ?? "" }, picture, label, size);
}

function bars(reading, data, state) {
  const { text, truth } = data;
  const { probabilities, logits } = reading;
  const order = probabilities.map((_, digit) => digit).sort((a, b) => probabilities[b] - probabilities[a]);
  const [winner, second] = order;
  const verdict = fill(text.verdict, {
    digit: winner, share: percent(probabilities[winner]), second, second_share: percent(probabilities[second]),
  });
  const judged = truth === null ? "" : ` · ${winner === truth ? text.right : fill(text.wrong, { truth })}`;
  const columns = probabilities.map((share, digit) =>
    make("div", { class: `bar-column${digit === winner ? " winner" : ""}` },
      make("span", { class: "bar-value" }, share >= 0.005 ? (100 * share).toFixed(share >= 0.9995 ? 0 : share < 0.1 ? 1 : 0) : ""),
      make("div", { class: "bar-track" },
        make("div", { class: `bar ${reading.key}`, style: `height:${(100 * share).toFixed(2)}%;--bar:${palette.networks[reading.key]}` })),
      make("span", { class: "bar-label" }, String(digit)),
      make("span", { class: "bar-logit", hidden: !state.logits }, show(logits[digit])),
    ));
  const total = logits.reduce((sum, value) => sum + Math.exp(value - logits[winner]), 0);
  const formula = make("p", { class: "formula", hidden: !state.logits },
    `p(${winner}) = e^${show(logits[winner])} / Σ e^z = 1 / Σ e^(z − ${show(logits[winner])}) = 1 / ${show(total, 4)} = ${percent(probabilities[winner])}`);
  return make("section", { class: "reading", "data-model": reading.key, "data-digit": winner },
    make("h4", {}, reading.title, make("span", { class: "muted" }, ` ${fill(text.parameters, { count: reading.parameters.toLocaleString("en") })}`)),
    make("p", { class: "verdict" }, verdict + judged),
    make("div", { class: "bars", role: "img", ariaLabel: verdict }, ...columns),
    formula);
}

export default function (component) {
  const { root, data } = component;
  const state = (root.state ??= { logits: false });
  state.off = data.off;
  const draw = () => {
    const steps = Object.fromEntries(data.steps.map((step) => [step.name, step]));
    const toggle = make("button", { type: "button", class: "toggle", "aria-pressed": state.logits, onclick: () => { state.logits = !state.logits; draw(); } }, data.text.logits);
    root.replaceChildren(
      make("div", { class: "reading-root", "data-theme": theme(root) },
        make("div", { class: "toolbar" }, make("p", { class: `note${data.invitation ? " invitation" : ""}` }, data.note), toggle),
        make("div", { class: "steps" }, ...data.order.map((name) => stepTile(name, steps[name], state, component))),
        make("div", { class: "readings" }, ...data.readings.map((reading) => bars(reading, data, state)))));
  };
  draw();
}
