// Parameters, multiply-adds and memory: nets side by side, or one of them layer by layer.
// The numbers and their formulas come from the server; what is chosen here goes back to it for the link.
import { choice } from "./controls.js";
import { bytes, count, fill, keepFocus, kindColour, make, percent, rem, sizes, theme, themed } from "./draw.js";
import { layerBars, marking, rough, shareBar, sheet } from "./parameter_bars.js";
import { save } from "./take_along.js";

const BYTES = 4; // of a float32
const INK = { light: "#1d2527", dark: "#e6ebec" };
const QUANTITIES = { parameters: "parameters", activations: "stored", multiply_adds: "multiplyAdds" };

/** The rows of a network with the numbers of their layers; `stored` is what needs memory of its own. */
export function rowsOf({ diagram }) {
  return diagram.rows.map((row, at) => {
    const layer = diagram.layers[row.layer];
    return { ...row, ...layer, at, block: diagram.blocks[row.block], stored: layer.stores ? layer.values : 0 };
  });
}

const total = (rows, key) => rows.reduce((sum, row) => sum + row[key], 0);

/** Every number of one layer with its formula, as a list of terms. */
export function formulas(row, text) {
  const facts = [];
  const fact = (label, ...lines) => facts.push(make("div", {}, make("dt", {}, label), make("dd", {}, ...lines.filter(Boolean).map((line) => make("div", { class: "formula" }, line)))));
  fact(text.output, ...(row.shapeFormulas.length ? row.shapeFormulas : [sizes(row.shape)]));
  if (row.parameters) {
    const [multipliers, biases, moving] = row.weights;
    fact(text.parameters, row.parameterFormula, fill(text.made_of, { weights: count(multipliers), biases: count(biases) }), moving ? fill(text.moving, { count: count(moving) }) : "");
  } else fact(text.parameters, text.nothing_learned);
  if (row.multiplyAdds) fact(text.multiply_adds, row.multiplyAddFormula);
  if (row.stores) fact(text.memory, row.shape.length > 1 ? row.valueFormula : "", `${count(row.values)}·${BYTES} = ${count(BYTES * row.values)} B`);
  else fact(text.memory, text.no_memory);
  fact(text.field, ...(row.fieldFormulas ?? [sizes(row.field)]));
  if (row.asDense) fact(text.as_dense, row.asDenseFormula, fill(text.times_as_many, { factor: rough(row.asDense / row.parameters) }));
  return make("dl", { class: "facts" }, ...facts);
}

/** All networks in one list, by family. */
function netList(label, catalogue, chosen, taken, set, focus) {
  const select = make("select", { class: "toggle net-list", "data-focus": focus, ariaLabel: label, onchange: () => set(select.value) },
    ...catalogue.map((family) => make("optgroup", { label: family.label },
      ...family.nets.map(([key, name]) => make("option", { value: key, disabled: key !== chosen && taken.includes(key) }, name)))));
  select.value = chosen;
  return select;
}

class Parameters {
  constructor(component) {
    Object.assign(this, component);
    this.text = this.data.text;
    const state = (this.root.state ??= { settings: { ...this.data.settings }, selected: null, open: {}, all: false });
    this.state = state;
    this.nets = this.data.nets.map((net) => ({ ...net, rows: rowsOf(net) }));
    this.mode = theme(this.root);
  }

  set(settings) {
    Object.assign(this.state.settings, settings);
    this.setStateValue("settings", { ...this.state.settings, nets: this.nets.map((net) => net.key), ...settings });
    if (!("nets" in settings || "net" in settings)) this.build(); // other networks come from the server
  }

  build() {
    this.unit = rem();
    this.width = this.root.clientWidth;
    if (!this.width) return; // on its way onto the page or off it: the observer calls again
    keepFocus(this.root, () => this.root.replaceChildren(themed(this.root, `parameters-root ${this.data.view}`,
      ...(this.data.view === "compare" ? this.compare() : this.layers()))));
  }

  kind(kind) {
    return make("span", { class: "kind" }, make("i", { class: `swatch ${marking(kind)}`, style: `--kind:${kindColour(kind)}` }), this.data.kinds[kind]);
  }

  // ------------------------------------------------------------ side by side

  compare() {
    const { text, data } = this;
    const { settings } = this.state;
    const index = data.batches.indexOf(Number(settings.batch));
    const slider = make("input", {
      type: "range", min: 0, max: data.batches.length - 1, value: index, "data-focus": "batch", ariaLabel: text.batch, ariaValueText: settings.batch,
      oninput: () => { shown.textContent = String(data.batches[slider.value]); },
      onchange: () => this.set({ batch: String(data.batches[slider.value]) }),
    });
    const shown = make("b", {}, settings.batch);
    const option = (name, options) => choice(text[`choose_${name}`], options.map((one) => [one, text[`${name}_${one}`]]), settings[name], (value) => this.set({ [name]: value }), name);
    const chosen = data.examples.find(([, , nets]) => nets.join() === this.nets.map((net) => net.key).join())?.[0] ?? "";
    const examples = make("select", { class: "toggle", "data-focus": "examples", ariaLabel: text.examples, onchange: () => examples.value && this.set({ nets: data.examples.find(([name]) => name === examples.value)[2] }) },
      ...(chosen ? [] : [make("option", { value: "" }, text.own_choice)]), ...data.examples.map(([name, label]) => make("option", { value: name }, label)));
    examples.value = chosen;
    const keys = this.nets.map((net) => net.key);
    const free = data.catalogue.flatMap((family) => family.nets).find(([key]) => key !== "own" && !keys.includes(key));
    return [
      make("div", { class: "toolbar" },
        make("label", { class: "control" }, make("span", { class: "control-label" }, text.examples), examples),
        make("button", { type: "button", class: "toggle", "data-focus": "add", disabled: keys.length >= data.most, onclick: () => this.set({ nets: [...keys, free[0]] }) }, text.add),
        option("quantity", ["parameters", "activations", "multiply_adds"]), option("scale", ["linear", "log"]), option("axis", ["common", "own"]),
        make("label", { class: "control" }, make("span", { class: "control-label" }, text.batch, " ", shown), slider)),
      this.totals(),
      this.panels(),
      this.detail(),
    ];
  }

  totals() {
    const { text, data } = this;
    const batch = Number(this.state.settings.batch);
    const keys = this.nets.map((net) => net.key);
    const cell = (label, ...content) => make("td", { "data-label": label }, ...content);
    const small = (...content) => make("div", { class: "small muted" }, ...content);
    const printed = (net, quantity) => {
      const one = net.printed[quantity];
      return one ? small(fill(text.printed, { sign: one.sign, number: one.number, paper: one.paper, deviation: one.deviation })) : "";
    };
    const rows = this.nets.map((net, at) => {
      const { parameters, trainable, multiplyAdds, activations, depth } = net.diagram;
      const list = netList(text.net, data.catalogue, net.key, keys, (key) => this.set({ nets: keys.map((one) => (one === net.key ? key : one)) }), `net-${at}`);
      const remove = make("button", { type: "button", class: "toggle", "data-focus": `remove-${at}`, ariaLabel: fill(text.remove, { net: net.name }), disabled: keys.length <= 2, onclick: () => this.set({ nets: keys.filter((one) => one !== net.key) }) }, "×");
      return make("tr", {},
        make("th", { scope: "row" }, make("span", { class: "net" }, list, remove)),
        cell(text.input, sizes(net.input)), cell(text.depth, String(depth)),
        cell(text.parameters, make("b", { "data-number": "parameters" }, count(parameters)), parameters === trainable ? "" : small(fill(text.not_trained, { count: count(parameters - trainable) })), printed(net, "parameters")),
        cell(text.multiply_adds, make("b", { "data-number": "multiply_adds" }, count(multiplyAdds)), printed(net, "multiply_adds")),
        cell(text.memory_values, make("b", { "data-number": "activations" }, count(activations)), small(`·${BYTES} B = ${bytes(BYTES * activations)}`)),
        cell(fill(text.memory_batch, { batch }), make("b", {}, bytes(BYTES * activations * batch)), small(fill(text.memory_weights, { size: bytes(BYTES * parameters) }))));
    });
    const heads = [text.depth, text.parameters, text.multiply_adds, text.memory_values, fill(text.memory_batch, { batch })];
    return make("table", { class: "totals" },
      make("thead", {}, make("tr", {}, make("th", { scope: "col" }, text.net), make("th", { scope: "col" }, text.input), ...heads.map((head) => make("th", { scope: "col" }, head)))),
      make("tbody", {}, ...rows));
  }

  shown(net) {
    return net.rows.filter((row) => row.parameters || row.stored || row.multiplyAdds);
  }

  /** What is selected: the layer with the largest number of the first network, until one is chosen. */
  selected() {
    const { selected, settings } = this.state;
    const net = this.nets.find((one) => one.key === selected?.net) ?? this.nets[0];
    const row = net.key === selected?.net && net.rows.find((one) => one.name === selected.row);
    const key = QUANTITIES[settings.quantity];
    return { net, row: row || net.rows.reduce((most, one) => (one[key] > most[key] ? one : most)) };
  }

  chart(net, width, height, mode, selected, most) {
    const { settings } = this.state;
    const key = QUANTITIES[settings.quantity];
    const rows = this.shown(net);
    const own = Math.max(1, ...rows.map((row) => row[key]));
    const picture = layerBars({
      bars: rows.map((row) => ({ value: row[key], kind: row.kind })), width, height, unit: this.unit, most: settings.axis === "own" ? own : most, logarithmic: settings.scale === "log",
      selected: selected ? rows.findIndex((row) => row.name === selected.name) : -1, ink: INK[mode], accent: mode === "dark" ? "#ff7fbf" : "#b4005a", id: `hatch-${net.key}`,
    });
    return { ...picture, rows };
  }

  panels() {
    const { text, state } = this;
    const { settings } = state;
    const key = QUANTITIES[settings.quantity];
    const wide = this.width > 52 * this.unit;
    // The large mode: nets beside each other, so that the eye has all of them at once.
    const beside = wide && this.width < 74 * this.unit ? (this.nets.length === 3 ? 3 : 2) : 0;
    const column = beside ? Math.floor((this.width - (beside - 1) * 1.5 * this.unit) / beside) : this.width - 2;
    const chartWidth = wide && !beside ? Math.floor(this.width * 0.6) : column;
    const shareWidth = (wide && !beside ? Math.floor(this.width * 0.4 - 2 * this.unit) : column) - 6.6 * this.unit; // beside its label
    const height = Math.round((this.nets.length > 3 ? 4.2 : 4.9) * this.unit);
    const most = this.largest();
    const now = this.selected();
    const quantity = text[`quantity_${settings.quantity}`];
    const panels = this.nets.map((net) => {
      const here = now.net === net;
      const { picture, barAt, rows } = this.chart(net, chartWidth, height, this.mode, here ? now.row : null, most);
      const go = (at) => {
        state.selected = { net: net.key, row: rows[at].name };
        this.build();
      };
      const bars = make("div", {
        class: "bars-of", tabIndex: 0, role: "slider", "data-focus": `bars-${net.key}`, ariaLabel: `${net.name}: ${quantity}`,
        "aria-valuemin": 0, "aria-valuemax": rows.length - 1, "aria-valuenow": here ? rows.indexOf(now.row) : 0, "aria-valuetext": here ? `${now.row.name}: ${count(now.row[key])}` : net.name,
        onclick: (event) => go(barAt(event.clientX - picture.getBoundingClientRect().left)),
        onkeydown: (event) => {
          const at = here ? rows.indexOf(now.row) : 0;
          const target = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: rows.length - 1 }[event.key];
          if (target === undefined) return;
          event.preventDefault();
          go(Math.max(0, Math.min(rows.length - 1, target)));
        },
      }, picture);
      return make("section", { class: "panel-of-net", "data-net": net.key },
        make("div", {}, make("div", { class: "panel-title" }, make("b", {}, net.name), make("span", { class: "muted" }, " ", fill(settings.axis === "own" ? text.bars_own : text.bars_common, { quantity }))), bars),
        make("div", { class: "shares" }, ...["parameters", "activations"].map((of) => make("div", { class: "share" },
          make("span", {}, text[`share_${of}`]),
          shareBar({ shares: Object.entries(net.kinds[of]), width: shareWidth, height: 1.3 * this.unit, unit: this.unit, ink: INK[this.mode], id: `share-${net.key}-${of}`, percent }))),
        make("p", { class: "small verdict-of" }, this.verdict(net)), net.misprint ? make("p", { class: "small misprint" }, net.misprint) : ""));
    });
    const kinds = [...new Set(this.nets.flatMap((net) => this.shown(net).map((row) => row.kind)))];
    return make("div", beside ? { class: "panels beside", style: `--beside:${beside}` } : { class: "panels" }, ...panels,
      make("div", { class: "legend-row" }, ...kinds.map((kind) => this.kind(kind)), make("span", { class: "muted" }, text.from_left)));
  }

  /** The lecture's sentence, checked on this network. */
  verdict({ early }) {
    const { text } = this;
    if (!early.convolutions) return text.sentence_no_convolution;
    const shares = fill(text.sentence_shares, { early: early.early, convolutions: early.convolutions, memory: percent(early.memory), dense: percent(early.dense) });
    const name = `${early.memoryIsEarly ? "memory" : "none"}_${early.parametersAreLate ? "parameters" : "none"}`;
    return `${shares} ${text[`holds_${name}`]}`;
  }

  largest() {
    const key = QUANTITIES[this.state.settings.quantity];
    return Math.max(1, ...this.nets.flatMap((net) => net.rows.map((row) => row[key])));
  }

  saveSvg() {
    const { settings } = this.state;
    const most = this.largest();
    const width = 60 * this.unit;
    const parts = this.nets.map((net) => ({ label: net.name, picture: this.chart(net, width, 8 * this.unit, "light", null, most).picture }));
    save(sheet(parts, { width, unit: this.unit, title: this.text[`quantity_${settings.quantity}`] }), `parameters_${settings.quantity}.svg`, "image/svg+xml");
  }

  detail() {
    const { net, row } = this.selected();
    return make("section", { class: "detail", role: "status" },
      make("button", { type: "button", class: "toggle", "data-focus": "svg", onclick: () => this.saveSvg() }, this.text.save_svg),
      make("h4", {}, `${net.name}: ${row.name}`, make("span", { class: "muted" }, ` ${this.data.kinds[row.kind]}, ${sizes(row.shape)}`)), formulas(row, this.text));
  }

  // ------------------------------------------------------------ layer by layer

  layers() {
    const { text, data, state } = this;
    const [net] = this.nets;
    const list = netList(text.net, data.catalogue, net.key, [], (key) => this.set({ net: key }), "net");
    const blocks = new Map();
    for (const row of net.rows) blocks.set(row.block, [...(blocks.get(row.block) ?? []), row]);
    const folds = [...blocks].filter(([, rows]) => rows.length > 1).map(([name]) => name);
    const open = (state.open[net.key] ??= new Set(net.rows.length < data.foldedFrom ? folds : []));
    const all = folds.every((name) => open.has(name));
    const toolbar = make("div", { class: "toolbar" },
      make("label", { class: "control" }, make("span", { class: "control-label" }, text.net), list),
      make("button", { type: "button", class: "toggle", "aria-pressed": String(state.all), "data-focus": "formulas", onclick: () => { state.all = !state.all; this.build(); } }, text.all_formulas),
      folds.length ? make("button", { type: "button", class: "toggle", "data-focus": "fold", onclick: () => { state.open[net.key] = new Set(all ? [] : folds); this.build(); } }, all ? text.fold : text.unfold) : "",
      make("p", { class: "note" }, make("span", { class: "muted" }, text.tap_row)));
    const heads = [text.layer, text.kind, text.output, text.parameters, text.without_biases, text.multiply_adds, text.memory_values, text.field];
    const body = [];
    for (const [name, rows] of blocks) {
      if (rows.length > 1) body.push(this.blockRow(net, name, rows, open));
      if (rows.length === 1 || open.has(name)) for (const row of rows) body.push(...this.layerRow(net, row, rows.length > 1));
    }
    const sums = [total(net.rows, "parameters"), total(net.rows, "withoutBiases"), total(net.rows, "multiplyAdds"), total(net.rows, "stored")];
    const foot = make("tr", { class: "sum-row" }, make("th", { scope: "row" }, text.sum), make("td"), make("td"), ...sums.slice(0, 3).map((sum) => make("td", {}, count(sum))),
      make("td", {}, count(sums[3]), make("div", { class: "small" }, `·${BYTES} B = ${bytes(BYTES * sums[3])}`)), make("td"));
    const table = make("div", { class: "table-scroller", tabIndex: 0, role: "region", ariaLabel: net.name },
      make("table", { class: "layer-table" }, make("thead", {}, make("tr", {}, ...heads.map((head) => make("th", { scope: "col" }, head)))), make("tbody", {}, ...body), make("tfoot", {}, foot)));
    const extra = [this.printedLine(net), net.misprint].filter(Boolean);
    return [toolbar, table, ...extra.map((line) => make("p", { class: "note" }, line))];
  }

  printedLine(net) {
    const { text } = this;
    return Object.entries(net.printed).map(([quantity, one]) =>
      `${text[`quantity_${quantity}`]}: ${fill(text.printed, { sign: one.sign, number: one.number, paper: one.paper, deviation: one.deviation })}`).join(" · ");
  }

  blockRow(net, name, rows, open) {
    const { text } = this;
    const toggle = () => {
      if (!open.delete(name)) open.add(name);
      this.build();
    };
    const number = (value) => make("td", {}, value ? count(value) : "–");
    return make("tr", { class: "block-row" },
      make("th", { scope: "row" }, make("button", { type: "button", class: "row-button", "data-focus": `block-${name}`, "aria-expanded": String(open.has(name)), onclick: toggle }, `${open.has(name) ? "▾" : "▸"} ${name}`)),
      make("td", {}, fill(text.layers_of_block, { count: rows.length })), make("td", {}, sizes(rows.at(-1).shape)),
      number(total(rows, "parameters")), number(total(rows, "withoutBiases")), number(total(rows, "multiplyAdds")), number(total(rows, "stored")), make("td", {}, sizes(rows.at(-1).field)));
  }

  layerRow(net, row, inside) {
    const { state } = this;
    const open = state.all || state.row === row.name;
    const toggle = () => {
      state.row = state.row === row.name ? null : row.name;
      this.build();
    };
    const number = (value) => make("td", {}, value ? count(value) : "–");
    const line = make("tr", { class: `layer-row${inside ? " inside" : ""}${open ? " open" : ""}`, onclick: (event) => event.target.closest("button") || toggle() },
      make("th", { scope: "row" }, make("button", { type: "button", class: "row-button", "data-focus": `row-${row.name}`, "aria-expanded": String(open), onclick: toggle }, row.name)),
      make("td", {}, this.kind(row.kind)), make("td", {}, sizes(row.shape)), number(row.parameters), number(row.withoutBiases), number(row.multiplyAdds), number(row.stored), make("td", {}, sizes(row.field)));
    return open ? [line, make("tr", { class: "formula-row" }, make("td", { colSpan: 8 }, formulas(row, this.text)))] : [line];
  }
}

export default function (component) {
  const { root, data } = component;
  if (root.state) {
    Object.assign(root.state.settings, data.settings);
    if (root.state.view !== data.view) root.state.row = null;
    root.state.view = data.view;
  }
  const lab = new Parameters(component);
  lab.build();
  root.observer?.disconnect();
  root.observer = new ResizeObserver(() => {
    if (Math.abs(root.clientWidth - lab.width) > 2 || rem() !== lab.unit) lab.build();
  });
  root.observer.observe(root);
  return () => root.observer.disconnect();
}
