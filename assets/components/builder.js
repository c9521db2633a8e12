// A network of one's own on the lecture's pattern: its numbers at the left, what becomes of them at the right.
// The server builds it; where a map shrinks to nothing it says so, and the last network that works stays.
import { choice } from "./controls.js";
import { createDiagram } from "./diagram.js";
import { bytes, count, fill, keepFocus, kindColour, make, sizes, themed } from "./draw.js";
import { marking } from "./parameter_bars.js";
import { formulas, rowsOf } from "./parameters.js";
import { save } from "./take_along.js";

const BYTES = 4; // of a float32

class Builder {
  constructor(component) {
    Object.assign(this, component);
    this.text = this.data.text;
    this.state = this.root.state ??= { row: null };
    this.asked = { ...this.data.asked };
    this.rows = rowsOf(this.data.net);
    this.volumes = this.root.volumes ??= make("div", { class: "volumes" });
  }

  set(numbers) {
    Object.assign(this.asked, numbers);
    this.setStateValue("design", { ...this.asked });
  }

  build() {
    const { root, data, text, state } = this;
    const scrolled = root.querySelector(".table-scroller")?.scrollTop ?? 0;
    keepFocus(root, () => root.replaceChildren(themed(root, "parameters-root builder", this.asking(), this.sums(), this.controls(), this.outcome())));
    // The drawing stays while its numbers change: what is chosen and how far it is scrolled stay, too.
    root.current = this;
    root.diagram ??= createDiagram(this.volumes, { data: data.net.diagram, words: data.words, open: data.net.diagram.blocks, chosen: state.row ?? "", onChange: ({ chosen }) => root.current.choose(chosen) });
    this.diagram = root.diagram;
    this.diagram.update({ data: data.net.diagram, words: data.words });
    this.diagram.openAll();
    if (scrolled) root.querySelector(".table-scroller").scrollTop = scrolled;
  }

  /** A layer chosen in the drawing shows its formulas in the table. */
  choose(name) {
    const row = this.rows.some((one) => one.name === name) ? name : null;
    if (row === this.state.row) return;
    this.state.row = row;
    this.table.replaceWith((this.table = this.layers()));
    this.table.querySelector(".layer-row.open")?.scrollIntoView({ block: "nearest" });
  }

  // The numbers

  controls() {
    const { data, text, asked } = this;
    const yes = (name, options) => choice(text[`number_${name}`], options.map((one) => [one, text[`number_${name}_${one}`] ?? String(one)]), asked[name], (value) => this.set({ [name]: value }), name);
    const presets = make("select", { class: "toggle", "data-focus": "presets", ariaLabel: text.presets, onchange: () => this.set(data.presets.find(([name]) => name === presets.value)[2]) },
      make("option", { value: "" }, text.presets_none), ...data.presets.map(([name, label]) => make("option", { value: name }, label)));
    presets.value = data.presets.find(([, , numbers]) => Object.entries(numbers).every(([name, value]) => asked[name] === value))?.[0] ?? "";
    return make("div", { class: "numbers-of" },
      make("label", { class: "control" }, make("span", { class: "control-label" }, text.presets), presets),
      make("fieldset", {}, make("legend", {}, text.group_input), this.slider("size", (value) => `${value}×${value}`), this.slider("channels")),
      make("fieldset", {}, make("legend", {}, text.group_maps), this.slider("repeats"), this.slider("convolutions"), this.slider("filters"), this.slider("kernel", (value) => `${value}×${value}`),
        yes("growth", data.options.growth), yes("padding", data.options.padding), yes("pool", data.options.pool)),
      make("fieldset", {}, make("legend", {}, text.group_dense), this.slider("hidden"), this.slider("units"), yes("dropout", data.options.dropout), this.slider("classes")));
  }

  slider(name, written = count) {
    const { data, text, asked } = this;
    const options = data.options[name];
    const shown = make("b", { "data-value": name }, written(asked[name]));
    const input = make("input", {
      type: "range", min: 0, max: options.length - 1, value: options.indexOf(asked[name]), "data-focus": name, ariaLabel: text[`number_${name}`], ariaValueText: written(asked[name]),
      oninput: () => { shown.textContent = written(options[input.value]); },
      onchange: () => this.set({ [name]: options[input.value] }),
    });
    return make("label", { class: "number-of" }, make("span", {}, text[`number_${name}`]), shown, input);
  }

  // What becomes of them

  /** What is asked for, and why there is no such network. */
  asking() {
    const { data, text, asked } = this;
    return make("div", { class: "asking" },
      make("p", { class: "pattern", ariaLabel: text.pattern }, ...this.pattern(asked)),
      make("p", { class: `refusal${data.refused ? " warning" : ""}`, role: "alert" }, data.refused ? fill(text.last_good, { refused: data.refused }) : ""));
  }

  /** What shows a network; the last one that works where the one asked for does not. */
  shown(name, ...parts) {
    const { data, text } = this;
    return data.refused ? make("div", { class: `${name} stale`, role: "group", ariaLabel: text.stale }, ...parts) : make("div", { class: name }, ...parts);
  }

  sums() {
    const { data, text } = this;
    const { parameters, multiplyAdds, activations, depth } = data.net.diagram;
    return this.shown("sums",
      this.sum(text.parameters, count(parameters)), this.sum(text.multiply_adds, count(multiplyAdds)),
      this.sum(text.depth, String(depth)),
      this.sum(text.memory, `${count(activations)}·${BYTES} B = ${bytes(BYTES * activations)}`, fill(text.memory_weights, { size: bytes(BYTES * parameters) })));
  }

  outcome() {
    this.table = this.layers();
    return this.shown("outcome",
      make("button", { type: "button", class: "toggle", "data-focus": "svg", onclick: () => save(this.diagram.svg(), "network.svg", "image/svg+xml") }, this.text.save_svg),
      this.volumes, this.table);
  }

  sum(label, value, more = "") {
    return make("div", { class: "sum-of" }, make("span", { class: "small muted" }, label), make("span", {}, make("b", {}, value), " ", make("span", { class: "small muted" }, more)));
  }

  /** The lecture's pattern with the numbers that are asked for put in. */
  pattern(design) {
    const { text } = this;
    const input = [design.size, design.size, design.channels];
    const piece = (kind, ...words) => make("span", { class: "piece", style: `--kind:${kindColour(kind)}` }, ...words);
    const parts = [piece("input", `${text.piece_input} ${sizes(input)}`), " → "];
    if (design.repeats) {
      parts.push("[");
      if (design.convolutions) parts.push("[", piece("convolution", text.piece_conv), " → ", piece("activation", "ReLU"), "]×", make("b", {}, String(design.convolutions)), design.pool ? " → " : "");
      if (design.pool) parts.push(piece("pooling", text.piece_pool));
      parts.push("]×", make("b", {}, String(design.repeats)), " → ");
    }
    if (design.hidden) parts.push("[", piece("dense", text.piece_fc), " → ", piece("activation", "ReLU"), "]×", make("b", {}, String(design.hidden)), " → ");
    parts.push(piece("dense", `${text.piece_fc} ${count(design.classes)}`));
    return parts;
  }

  layers() {
    const { text, state, data } = this;
    const number = (value) => make("td", {}, value ? count(value) : "–");
    const body = this.rows.flatMap((row) => {
      const open = state.row === row.name;
      const toggle = () => {
        state.row = open ? null : row.name;
        this.table.replaceWith((this.table = this.layers()));
        this.diagram.choose(state.row ?? "");
        this.table.querySelector(`[data-focus="row-${CSS.escape(row.name)}"]`).focus({ preventScroll: true });
      };
      const line = make("tr", { class: `layer-row${open ? " open" : ""}`, "data-row": row.name, onclick: (event) => event.target.closest("button") || toggle() },
        make("th", { scope: "row" }, make("button", { type: "button", class: "row-button", "data-focus": `row-${row.name}`, "aria-expanded": String(open), onclick: toggle }, row.name)),
        make("td", {}, make("span", { class: "kind" }, make("i", { class: `swatch ${marking(row.kind)}`, style: `--kind:${kindColour(row.kind)}` }), data.kinds[row.kind])),
        make("td", {}, sizes(row.shape)), number(row.parameters), number(row.multiplyAdds), number(row.stored), make("td", {}, sizes(row.field)));
      return open ? [line, make("tr", { class: "formula-row" }, make("td", { colSpan: 7 }, formulas(row, text)))] : [line];
    });
    const heads = [text.layer, text.kind, text.output, text.parameters, text.multiply_adds, text.memory_values, text.field];
    const { parameters, multiplyAdds, activations } = data.net.diagram;
    const foot = make("tr", { class: "sum-row" }, make("th", { scope: "row" }, text.sum), make("td"), make("td"), ...[parameters, multiplyAdds, activations].map((sum) => make("td", {}, count(sum))), make("td"));
    return make("div", { class: "table-scroller", tabIndex: 0, role: "region", ariaLabel: text.layer },
      make("table", { class: "layer-table short" }, make("thead", {}, make("tr", {}, ...heads.map((head) => make("th", { scope: "col" }, head)))), make("tbody", {}, ...body), make("tfoot", {}, foot)));
  }
}

export default function (component) {
  new Builder(component).build();
}
