// Small controls that components build from: a stepper, a row of buttons, a list.
import { make } from "./draw.js";

/** − value +, within bounds. */
export function stepper(name, label, value, low, high, set, disabled = false) {
  const press = (step) => make("button", {
    type: "button", class: "toggle", "data-focus": `${name}${step}`, disabled: disabled || value + step < low || value + step > high,
    ariaLabel: `${label}: ${value + step}`, onclick: () => set(value + step),
  }, step < 0 ? "−" : "+");
  return make("div", { class: "control", role: "group", ariaLabel: label },
    make("span", { class: "control-label" }, label),
    make("span", { class: "stepper" }, press(-1), make("b", { "data-value": name }, String(value)), press(1)));
}

/** A row of buttons, one of them pressed. */
export function choice(label, options, chosen, set, focus) {
  return make("div", { class: "control", role: "group", ariaLabel: label },
    make("span", { class: "control-label" }, label),
    make("span", { class: "group" }, ...options.map(([value, name]) => make("button", {
      type: "button", class: "toggle", "aria-pressed": String(value === chosen), "data-focus": `${focus}-${value}`, onclick: () => value === chosen || set(value),
    }, name))));
}

/** A list to choose from; `none` stands where nothing in it is chosen. */
export function list(label, entries, chosen, set, focus, none) {
  const select = make("select", { class: "toggle", "data-focus": focus, ariaLabel: label, onchange: (event) => event.target.value && set(event.target.value) },
    ...(chosen ? [] : [make("option", { value: "" }, none)]),
    ...entries.map(([key, name]) => make("option", { value: key }, name)));
  select.value = chosen ?? "";
  return make("div", { class: "control" }, make("span", { class: "control-label" }, label), select);
}
