// What the network sees, step by step, and what both networks read.
import { drawSheet, fill, fromBase64, keepFocus, make, palette, percent, rem, show, themed } from "./draw.js";

function stepTile(name, step, state, component) {
  const { data } = component;
  const { text } = data;
  let label = make("span", { class: "step-name" }, text[`step_${name}`]);
  const picture = make("div", { class: "step-picture" });
  if (step) {
    const canvas = make("canvas", { role: "img", ariaLabel: text[`step_${name}`] });
    const zoom = (5.25 * rem()) / Math.max(step.height, step.width);
    const values = Float32Array.from(fromBase64(step.pixels), (value) => value / 255);
    drawSheet(canvas, { values, height: step.height, width: step.width, channels: 1, columns: 1, scale: "grey", limit: 1, mode: "dark", gap: 0, zoom });
    picture.append(canvas);
  } else picture.append(make("span", { class: "muted" }, text.step_off));
  const size = make("span", { class: "muted" }, step ? step.size.join("×") : " ");
  if (data.switches.includes(name)) {
    const box = make("input", {
      type: "checkbox",
      checked: !state.off.includes(name),
      "data-focus": `step-${name}`,
      onchange: () => {
        state.off = box.checked ? state.off.filter((other) => other !== name) : [...new Set([...state.off, name])];
        state.explained = name;
        component.setStateValue("off", state.off);
      },
    });
    label = make("label", { class: "step-switch" }, box, label);
  } else label = make("div", { class: "step-switch" }, label);
  const explain = () => {
    state.explained = name;
    const help = component.root.querySelector(".step-help");
    if (help && text[`step_${name}_help`]) help.textContent = text[`step_${name}_help`];
  };
  return make("figure", { class: `step${step ? "" : " off"}`, onpointerenter: explain, onclick: explain, onfocusin: explain }, picture, label, size);
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
      make("span", { class: "bar-value" }, share >= 0.0005 ? percent(share).replace(" %", "") : ""),
      make("div", { class: "bar-track" },
        make("div", { class: `bar ${reading.key}`, style: `height:${(100 * share).toFixed(2)}%;--bar:${palette.networks[reading.key]}` })),
      make("span", { class: "bar-label" }, String(digit)),
      make("span", { class: "bar-logit", hidden: !state.logits }, show(logits[digit])),
    ));
  const total = logits.reduce((sum, value) => sum + Math.exp(value - logits[winner]), 0);
  const formula = make("p", { class: "formula", hidden: !state.logits },
    `p(${winner}) = e^z(${winner}) / Σ e^z = 1 / Σ e^(z − z(${winner})) = 1 / ${show(total, 4)} → ${percent(probabilities[winner])}`);
  return make("section", { class: "reading", "data-model": reading.key, "data-digit": winner },
    make("h4", {}, reading.title, make("span", { class: "muted" }, ` ${fill(text.parameters, { count: reading.parameters.toLocaleString(data.locale) })}`)),
    make("p", { class: "verdict" }, verdict + judged),
    make("div", { class: "bars", role: "img", ariaLabel: verdict }, ...columns),
    formula);
}

export default function (component) {
  const { root, data } = component;
  const state = (root.state ??= { logits: false });
  state.off = data.off;
  const draw = () => keepFocus(root, () => {
    const steps = Object.fromEntries(data.steps.map((step) => [step.name, step]));
    const toggle = make("button", { type: "button", class: "toggle", "data-focus": "logits", "aria-pressed": String(state.logits), onclick: () => { state.logits = !state.logits; draw(); } }, data.text.logits);
    const explained = data.switches.length ? data.text[`step_${state.explained}_help`] ?? data.text.step_help : "";
    const help = make("p", { class: "muted step-help", role: "status" }, explained);
    root.replaceChildren(
      themed(root, "reading-root",
        make("div", { class: "toolbar" }, make("p", { class: `note${data.invitation ? " invitation" : ""}` }, data.note), toggle),
        make("div", { class: "steps" }, ...data.order.map((name) => stepTile(name, steps[name], state, component))),
        help,
        make("div", { class: "readings" }, ...data.readings.map((reading) => bars(reading, data, state)))));
  });
  draw();
  hideCanvasToolbar();
  setTimeout(hideCanvasToolbar, 500); // the sheet may be mounted after us
}

/**
 * The sheet's own toolbar appears under a mouse only, speaks English only, covers what stands above
 * and can leave the pen switched off; undo and clear are buttons of the page.
 */
function hideCanvasToolbar() {
  for (const host of document.querySelectorAll("*")) {
    const sheet = host.shadowRoot?.querySelector(".dc-toolbar");
    if (sheet && !host.shadowRoot.querySelector("style.cnnviz-no-toolbar")) {
      host.shadowRoot.append(make("style", { class: "cnnviz-no-toolbar" }, ".dc-toolbar { display: none !important; }"));
    }
  }
}
