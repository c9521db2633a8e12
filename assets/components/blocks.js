// The building blocks, each a small instrument: 1×1 convolution, bottleneck, inception, factorised
// kernels, residual block, normalisation. The server says which of them is shown.
import { bracketed, colourOf, count as number, exact, fill, keepFocus, live, make, percent, rem, theme, themed, typedNumber } from "./draw.js";
import { choice, list, stepper } from "./controls.js";
import { batchNormalise, bottleneck, localResponse, mix, movingAverage, normaliseWith, residual } from "./blocks_arithmetic.js";
import { tableButtons } from "./take_along.js";

const NARROW = 52; // rem
const DECIMALS = 4;

const rounded = (value) => Number(value.toFixed(DECIMALS)) || 0;
/** "= 0.75" or "≈ −1.1111". */
const result = (value) => `${Math.abs(rounded(value) - value) < 1e-9 ? "=" : "≈"} ${exact(value)}`;
const largest = (values) => Math.max(1e-9, ...values.map(Math.abs));

class Blocks {
  constructor(root) {
    this.root = root;
    this.picked = { row: 0, column: 0, channel: 0 };
  }

  update(component) {
    this.component = component;
    this.data = component.data;
    this.text = component.data.text;
    this.state ??= structuredClone(component.data.start);
    // The server's echo of a change builds nothing: somebody may be typing.
    const drawn = [this.data.locale, this.data.view, theme(this.root)].join();
    if (drawn === this.drawnFor) return;
    if (this.data.view !== this.view) this.picked = { row: 0, column: 0, channel: 0 };
    this.view = this.data.view;
    this.drawnFor = drawn;
    this.build();
  }

  set(values) {
    Object.assign(this.state, values);
    this.refused = "";
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.tellNow(), 400);
    this.build();
  }

  leave(here) {
    if (here) this.tellNow();
    else clearTimeout(this.timer);
  }

  /** Let the link carry the state. */
  tellNow() {
    clearTimeout(this.timer);
    if (this.timer) this.component.setStateValue("settings", structuredClone(this.state));
    this.timer = 0;
  }

  build() {
    keepFocus(this.root, () => {
      this.theme = theme(this.root);
      this.width = this.root.clientWidth || 1000;
      const body = { one: () => this.one(), bottleneck: () => this.bottleneck(), inception: () => this.inception(), factorise: () => this.factorise(), residual: () => this.residual(), normalise: () => this.normalise() }[this.view]();
      this.root.replaceChildren(themed(this.root, `blocks-root of-${this.view}${this.width < NARROW * rem() ? " narrow" : ""}`, ...body,
        make("p", { class: "note warning", role: "alert", hidden: !this.refused }, this.refused ?? "")));
    });
  }

  // ---------------------------------------------------------------- pieces

  button(label, focus, onclick, properties = {}) {
    return make("button", { type: "button", class: "toggle", "data-focus": focus, onclick, ...properties }, label);
  }

  slider(label, name, values = null) {
    const [low, high, step = 1] = values ? [0, values.length - 1] : this.data.limits[name];
    const of = (position) => (values ? values[position] : position);
    const at = values ? values.indexOf(this.state[name]) : this.state[name];
    const shown = make("b", {}, exact(this.state[name]));
    const field = make("input", { type: "range", min: low, max: high, step, value: at, ariaLabel: label, "data-focus": name, oninput: (event) => this.set({ [name]: of(Number(event.target.value)) }) });
    field.setAttribute("aria-valuetext", exact(this.state[name]));
    return make("label", { class: "control" }, make("span", { class: "control-label" }, `${label}: `, shown), field);
  }

  /** A number that can be typed over; a wrong one is told and the old one stays. */
  field(value, label, set, focus) {
    const most = this.data.limits.typed;
    return make("input", {
      class: "cell", type: "text", inputMode: "decimal", autocomplete: "off", ariaLabel: label, title: label, "data-focus": focus, value: exact(value),
      onfocus: (event) => event.target.select(),
      onkeydown: (event) => event.key === "Enter" && event.target.blur(),
      onchange: (event) => {
        const given = typedNumber(event.target.value);
        if (Math.abs(given) <= most) { set(Number(given.toFixed(DECIMALS))); return; }
        const typed = event.target.value.slice(0, 20);
        this.refused = fill(this.text.refused, { typed, most });
        this.build();
      },
    });
  }

  /** A map of numbers; `pick` makes its cells buttons, `edit` fields. */
  grid({ name, size, channels = 1, channel = 0, values, limit, pick, edit, scale = "signed", key }) {
    const cells = [];
    for (let at = 0; at < size * size; at++) {
      const row = Math.floor(at / size), column = at % size;
      const value = values[at * channels + channel];
      const label = fill(this.text.cell, { name, row, column, value: exact(value) });
      const { background, color } = colourOf(value, scale, limit, this.theme);
      const chosen = pick && this.picked.row === row && this.picked.column === column && (this.picked.channel === channel || channels === 1);
      let cell;
      if (edit) cell = this.field(value, label, (given) => edit(at, given), `${key}-${at}`);
      else if (pick) cell = make("button", { type: "button", class: `cell${chosen ? " chosen" : ""}`, ariaLabel: label, "aria-pressed": String(chosen), "data-focus": `${key}-${channel}-${at}`, onclick: () => { this.picked = { row, column, channel }; this.build(); } }, exact(rounded(value)));
      else cell = make("span", { class: "cell", title: label }, exact(Number(value.toFixed(3)) || 0));
      Object.assign(cell.style, { background, color });
      cells.push(cell);
    }
    const element = make("div", { class: "map", "data-map": key, "data-channel": channel, style: `--columns:${size}` }, ...cells);
    if (pick) element.addEventListener("keydown", (event) => this.walk(event, size, channel, key));
    return make("figure", {}, make("figcaption", {}, name), element);
  }

  walk(event, size, channel, key) {
    const move = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    if (!move) return;
    event.preventDefault();
    const inside = (place) => Math.max(0, Math.min(size - 1, place));
    const row = inside(this.picked.row + move[0]), column = inside(this.picked.column + move[1]);
    this.picked = { row, column, channel };
    this.build();
    this.root.querySelector(`[data-focus="${key}-${channel}-${row * size + column}"]`)?.focus();
  }

  /** With the names of its columns in every cell, which is a card of its own on a phone. */
  table(heads, rows, properties = {}) {
    const table = make("table", properties, make("thead", {}, make("tr", {}, ...heads.map((head) => make("th", {}, head)))),
      make("tbody", {}, ...rows.map(({ cells, ...options }) => make("tr", options, ...cells.map((cell, at) => make(at ? "td" : "th", { "data-label": heads[at] }, ...[cell].flat()))))));
    return make("div", {}, make("div", { class: "scroll" }, table), tableButtons(table, this.view));
  }

  /** Numbers side by side; below each other where the page is narrow, so that all are seen. */
  numbers(heads, rows) {
    const narrow = this.root.clientWidth < NARROW * rem();
    const turned = () => heads.slice(1).map((head, at) => ({ cells: [head, ...rows.map(({ cells }) => cells[at + 1])] }));
    return narrow ? this.table([heads[0], ...rows.map(({ cells }) => cells[0])], turned(), { class: "numbers" }) : this.table(heads, rows, { class: "numbers" });
  }

  bar(share) {
    return make("div", { class: "bar-line" }, make("i", { style: `width:${Math.min(100, 100 * share)}%` }));
  }

  // ---------------------------------------------------------------- 1×1 convolution

  one() {
    const { text, data, state } = this;
    const source = data.sources[state.source];
    const { channels } = source;
    const width = channels + 1; // the weights of a filter and its bias
    const count = state.weights.length / width;
    const rows = Array.from({ length: count }, (_, at) => state.weights.slice(at * width, at * width + channels));
    const bias = rows.map((_, at) => state.weights[at * width + channels]);
    const mixed = mix(source, rows, bias);
    const out = state.relu ? { ...mixed, values: mixed.values.map((value) => Math.max(0, value)) } : mixed;
    const names = channels === 3 ? [text.red, text.green, text.blue] : channels === 1 ? [text.image] : [0, 1].map((at) => fill(text.map_number, { number: at }));
    const filters = (wanted) => {
      const kept = state.weights.slice(0, wanted * width);
      while (kept.length < wanted * width) kept.push(kept.length % width === 0 ? 1 : 0);
      this.picked.channel = Math.min(this.picked.channel, wanted - 1);
      this.set({ weights: kept });
    };
    const controls = make("div", { class: "controls" },
      choice(text.source, Object.keys(data.sources).map((key) => [key, text[`source_${key}`]]), state.source, (key) => { this.picked = { row: 0, column: 0, channel: 0 }; this.set({ source: key, weights: [...data.sources[key].start] }); }, "source"),
      stepper("filters", text.filters, count, 1, data.limits.most_filters, filters),
      choice(text.relu, [[false, text.off], [true, text.on]], state.relu, (relu) => this.set({ relu }), "relu"));
    const limit = largest(source.values), outLimit = largest(out.values);
    const weightLimit = largest(state.weights);
    const weightRow = (filter) => make("tr", { class: filter === this.picked.channel ? "chosen" : "" }, make("th", {}, fill(text.filter_number, { number: filter })),
      ...[...rows[filter], bias[filter]].map((value, at) => {
        const name = at < channels ? names[at] : text.bias;
        const cell = this.field(value, `${fill(text.filter_number, { number: filter })}: ${name}`, (given) => this.set({ weights: state.weights.with(filter * width + at, given) }), `weight-${filter}-${at}`);
        Object.assign(cell.style, colourOf(value, "signed", weightLimit, this.theme));
        return make("td", {}, cell);
      }));
    const { row, column, channel } = this.picked;
    const at = row * source.size + column;
    const inputs = Array.from({ length: channels }, (_, which) => source.values[at * channels + which]);
    const terms = [...inputs.map((value, which) => `${bracketed(rows[channel][which])}·${bracketed(value)}`), bracketed(bias[channel])];
    const value = mixed.values[at * count + channel];
    const sum = `${terms.join(" + ")} ${result(value)}${state.relu ? ` → ReLU ${result(Math.max(0, value))}` : ""}`;
    return [controls, make("div", { class: "flow" },
      make("div", { class: "stack" }, ...names.map((name, which) => this.grid({ name, size: source.size, channels, channel: which, values: source.values, limit, key: "input" }))),
      make("div", { class: "weights" }, make("table", {}, make("thead", {}, make("tr", {}, make("th", {}), ...names.map((name) => make("th", {}, name)), make("th", {}, text.bias))), make("tbody", {}, ...rows.map((_, filter) => weightRow(filter))))),
      make("div", { class: "stack" }, ...rows.map((_, which) => this.grid({ name: fill(text.output_number, { number: which }), size: out.size, channels: count, channel: which, values: out.values, limit: outLimit, pick: true, key: "output" })))),
      make("p", { class: "sum", "data-sum": "" }, make("span", { class: "muted" }, `${fill(text.pixel, { row, column, filter: channel })} `), make("b", {}, sum)),
      this.table([text.quantity, text.formula, text.value], [
        { cells: [text.one_shape, `${source.size}×${source.size}×${channels} → ${source.size}×${source.size}×${count}`, ""] },
        { cells: [text.parameters, `(1·1·${channels} + 1)·${count}`, number((channels + 1) * count)] },
        { cells: [text.products, `${source.size}·${source.size}·${count}·(1·1·${channels})`, number(source.size ** 2 * count * channels)] },
      ]),
      make("p", { class: "caption" }, channels === 1 ? text.one_single : fill(text.one_dense, { channels, count }))];
  }

  // ---------------------------------------------------------------- bottleneck

  bottleneck() {
    const { text, state, data } = this;
    const { size, channels, kernel, filters, neck } = state;
    const cost = bottleneck(state);
    const sum = { weights: cost.narrow.weights + cost.wide.weights, products: cost.narrow.products + cost.wide.products };
    const { steps } = data.limits;
    const controls = make("div", { class: "controls" },
      this.slider(text.map_side, "size", steps.size), this.slider(text.channels_in, "channels", steps.channels), this.slider(text.kernel_side, "kernel", steps.kernel),
      this.slider(text.channels_out, "filters", steps.filters), this.slider(text.neck, "neck"),
      this.button(text.lecture, "lecture", () => this.set({ ...data.bottleneck })));
    const asLecture = Object.entries(data.bottleneck).every(([name, value]) => state[name] === value);
    const row = (name, formulas, value, share, extra = {}) => ({ cells: [name, formulas[0], formulas[1], [make("b", {}, number(value)), share === null ? "" : this.bar(share)]], ...extra });
    const rows = [
      { cells: [make("b", {}, text.direct), "", "", ""] },
      row(fill(text.direct_layer, { kernel, filters }), [text.weights, `${kernel}·${kernel}·${channels}·${filters}`], cost.direct.weights, cost.direct.weights / Math.max(cost.direct.weights, sum.weights), { "data-row": "direct-weights" }),
      row("", [text.products, `${size}·${size}·${filters}·(${kernel}·${kernel}·${channels})`], cost.direct.products, null, { "data-row": "direct-products" }),
      { cells: [make("b", {}, fill(text.through, { neck })), "", "", ""] },
      row(fill(text.neck_layer, { neck }), [text.weights, `1·1·${channels}·${neck}`], cost.narrow.weights, null),
      row("", [text.products, `${size}·${size}·${neck}·(1·1·${channels})`], cost.narrow.products, null),
      row(fill(text.direct_layer, { kernel, filters }), [text.weights, `${kernel}·${kernel}·${neck}·${filters}`], cost.wide.weights, null),
      row("", [text.products, `${size}·${size}·${filters}·(${kernel}·${kernel}·${neck})`], cost.wide.products, null),
      row(make("b", {}, text.together), [text.weights, `${number(cost.narrow.weights)} + ${number(cost.wide.weights)}`], sum.weights, sum.weights / Math.max(cost.direct.weights, sum.weights), { "data-row": "through-weights" }),
      row("", [text.products, `${number(cost.narrow.products)} + ${number(cost.wide.products)}`], sum.products, null, { "data-row": "through-products" }),
    ];
    const share = sum.weights / cost.direct.weights;
    return [controls, this.table(["", text.quantity, text.formula, text.value], rows, { class: "counts of-costs" }),
      make("p", { class: "caption" },
        `${fill(text.bottleneck_share, { share: percent(share), products: percent(sum.products / cost.direct.products) })} `,
        `${fill(text.break_even, { formula: `${kernel * kernel}·${channels}·${filters} / (${channels} + ${kernel * kernel}·${filters})`, neck: exact(Number(cost.breakEven.toFixed(1))) })} `,
        asLecture ? text.bottleneck_lecture : "")];
  }

  // ---------------------------------------------------------------- inception

  inception() {
    const { text, state, data } = this;
    const module = data.inception[state.module];
    const other = data.inception[state.module === "inception_naive" ? "inception_reduced" : "inception_naive"];
    const most = Math.max(...[module, other].flatMap(({ branches }) => branches.flat().map(({ multiply_adds }) => multiply_adds)));
    const controls = make("div", { class: "controls" }, choice(text.module, Object.keys(data.inception).map((key) => [key, text[`module_${key}`]]), state.module, (key) => this.set({ module: key }), "module"));
    const box = ({ name, shape, multiply_adds, formula, weights }) => make("div", { class: `box${name.endsWith("reduce") || name.endsWith("project") ? " neck" : ""}${multiply_adds ? "" : " free"}`, "data-row": name },
      make("b", {}, text[`row_${name}`]), make("span", {}, shape.join("×")),
      make("span", { class: "formula" }, multiply_adds ? formula : text.no_products), ...(multiply_adds ? [this.bar(multiply_adds / most), make("span", { class: "muted" }, fill(text.weights_count, { count: number(weights) }))] : []));
    const lanes = module.branches.map((branch) => make("div", { class: "lane" }, ...branch.map(box)));
    const channels = module.branches.map((branch) => branch.at(-1).shape[2]);
    return [controls, make("div", { class: "inception" },
      make("div", { class: "box wide" }, make("b", {}, text.previous_layer), make("span", {}, module.input.join("×"))),
      make("div", { class: "lanes" }, ...lanes),
      make("div", { class: "box wide" }, make("b", {}, text.concatenated), make("span", {}, `${channels.join(" + ")} = ${channels.reduce((a, b) => a + b, 0)}: ${module.output.join("×")} = ${number(module.values)}`))),
      make("p", { class: "sum", "data-total": module.multiply_adds }, `${text.products}: ${module.branches.flat().filter(({ multiply_adds }) => multiply_adds).map(({ multiply_adds }) => number(multiply_adds)).join(" + ")} = `, make("b", {}, number(module.multiply_adds))),
      make("p", { class: "caption" }, state.module === "inception_naive"
        ? fill(text.naive_note, { printed: data.printed.values, values: number(module.values) })
        : fill(text.reduced_note, { printed: data.printed.products, products: number(module.multiply_adds), share: percent(module.multiply_adds / other.multiply_adds) }))];
  }

  // ---------------------------------------------------------------- factorised kernels

  factorise() {
    const { text, state, data } = this;
    const { side, width, map } = state;
    const places = map * map, square = width * width;
    const line = (name, sides, field, count, formula, base) => ({
      "data-row": name,
      cells: [sides, field, `${formula} = ${number(count * square)}`, `${map}·${map}·${number(count * square)} = ${number(places * count * square)}`, [make("b", {}, count === base ? "100 %" : percent(count / base)), this.bar(count / base)]],
    });
    const rows = [
      line("five", "5×5", "1 + 4 = 5", 25, `5·5·${width}·${width}`, 25),
      line("two", "3×3 → 3×3", "1 + 2 + 2 = 5", 18, `2·(3·3·${width}·${width})`, 25),
      line("square", `${side}×${side}`, `1 + ${side - 1} = ${side}`, side * side, `${side}·${side}·${width}·${width}`, side * side),
      line("rows", `1×${side} → ${side}×1`, fill(text.both_sides, { side }), 2 * side, `2·(${side}·${width}·${width})`, side * side),
    ];
    const controls = make("div", { class: "controls" }, this.slider(text.n, "side", data.limits.steps.side), this.slider(text.channels_both, "width", data.limits.steps.width), this.slider(text.map_side, "map", data.limits.steps.map));
    const found = data.separations[state.separable];
    const limit = largest(found.kernel.flat()), maps = largest([...found.directly.flat(), ...found.both.flat()]);
    const strip = (values, className) => make("div", { class: `map ${className}`, style: `--columns:${className === "across" ? values.length : 1}` }, ...values.map((value) => {
      const cell = make("span", { class: "cell" }, exact(Number(value.toFixed(3)) || 0));
      Object.assign(cell.style, colourOf(value, "signed", largest(values), this.theme));
      return cell;
    }));
    const rank = found.rank === 1 ? text.rank_one : fill(text.rank_more, { rank: found.rank, difference: exact(Number(found.difference.toFixed(3))) });
    const figure = (name, element) => make("figure", {}, make("figcaption", {}, name), element);
    return [controls, this.table([text.layers, text.field_side, text.weights, text.products, text.share], rows, { class: "counts of-shares" }),
      make("p", { class: "caption" }, text.factorise_note),
      make("h4", {}, text.separable_title),
      make("div", { class: "controls" }, list(text.kernel, Object.entries(data.kernel_names).filter(([key]) => key in data.separations), state.separable, (key) => this.set({ separable: key }), "separable")),
      make("div", { class: "flow" },
        this.grid({ name: text.kernel, size: 3, values: found.kernel.flat(), limit, key: "kernel" }), make("span", { class: "operator" }, found.rank === 1 ? "=" : "≈"),
        figure(text.column, strip(found.column, "down")), make("span", { class: "operator" }, "×"), figure(text.row, strip(found.row, "across")),
        this.grid({ name: text.map_directly, size: 4, values: found.directly.flat(), limit: maps, key: "directly" }), make("span", { class: "operator" }, found.difference < 1e-9 ? "=" : "≠"),
        this.grid({ name: text.map_both, size: 4, values: found.both.flat(), limit: maps, key: "both" })),
      make("p", { class: "caption", "data-rank": found.rank }, rank)];
  }

  // ---------------------------------------------------------------- residual block

  residual() {
    const { text, state, data } = this;
    const { shortcut } = state;
    const input = { size: 4, channels: 1, values: state.x };
    const kernels = data.residual[shortcut][state.function];
    const steps = residual(input, shortcut, kernels, data.projection);
    const controls = make("div", { class: "controls" },
      choice(text.shortcut, Object.keys(data.residual).map((key) => [key, text[`shortcut_${key}`]]), shortcut, (key) => { this.picked = { row: 0, column: 0, channel: 0 }; this.set({ shortcut: key }); }, "shortcut"),
      choice(text.weights_of_f, ["example", "zero"].map((key) => [key, text[`function_${key}`]]), state.function, (key) => this.set({ function: key }), "function"),
      this.button(text.lecture_x, "lecture", () => this.set({ x: [...data.x] })));
    const limit = largest([...input.values, ...Object.values(steps).flatMap(({ values }) => values)]);
    const several = (name, step, pick) => make("div", { class: "stack" }, ...Array.from({ length: steps[step].channels }, (_, channel) => this.grid({ name: steps[step].channels > 1 ? `${name} · ${channel}` : name, ...steps[step], channel, limit, pick, key: step })));
    const operator = (sign) => make("span", { class: "operator" }, sign);
    const { row, column, channel } = this.picked;
    const at = (row * steps.sum.size + column) * steps.sum.channels + channel;
    const [f, across, sum, output] = ["function", "shortcut", "sum", "output"].map((step) => steps[step].values[at]);
    const changed = { identity: "x", zero_pad: text.symbol_padded, projection: text.symbol_projected }[shortcut];
    return [controls, make("div", { class: "flow" },
      this.grid({ name: text.x, ...input, limit, edit: (place, value) => this.set({ x: state.x.with(place, value) }), key: "x" }), operator("→"),
      several(text.step_first, "first"), operator("→"), several(text.step_relu, "relu"), operator("→"), several(text.step_function, "function"), operator("+"),
      several(text.step_shortcut, "shortcut"), operator("="), several(text.step_sum, "sum"), operator("→"), several(text.step_output, "output", true)),
      make("p", { class: "sum", "data-sum": "" }, make("span", { class: "muted" }, `${fill(text.output_place, { row, column, channel })} `),
        make("b", {}, `y = ReLU(F + ${changed}) = ReLU(${exact(f)} + ${bracketed(across)}) = ReLU(${exact(sum)}) = ${exact(output)}`)),
      make("p", { class: "caption" }, text[`shortcut_${shortcut}_note`], " ", state.function === "zero" ? (shortcut === "projection" ? text.zero_projection : text.zero_note) : text.example_note),
      make("details", {}, make("summary", { class: "toggle" }, text.kernels_of_f), make("div", { class: "flow" }, ...kernels.flatMap((kernel, layer) => {
        const outputs = steps.first.channels, inputs = kernel.length / 9 / outputs;
        return Array.from({ length: inputs * outputs }, (_, pair) => this.grid({ name: fill(text.kernel_name, { layer: layer + 1, from: Math.floor(pair / outputs), to: pair % outputs }), size: 3, values: kernel.filter((_, place) => place % (inputs * outputs) === pair), limit: largest(kernel), key: `kernel${layer}` }));
      })))];
  }

  // ---------------------------------------------------------------- normalisation

  normalise() {
    const { text, state } = this;
    const controls = make("div", { class: "controls" }, choice(text.normalisation, [["batch", text.batch], ["local", text.local]], state.normalisation, (kind) => this.set({ normalisation: kind }), "normalisation"));
    return state.normalisation === "batch" ? this.batch(controls) : this.local(controls);
  }

  batch(controls) {
    const { text, state, data } = this;
    const { batch, gamma, beta, epsilon, momentum, batches } = state;
    const found = batchNormalise(batch, gamma, beta, epsilon);
    const mean = movingAverage(0, found.mean, momentum, batches), variance = movingAverage(1, found.variance, momentum, batches);
    const used = normaliseWith(batch, mean, variance, gamma, beta, epsilon);
    controls.append(this.slider("γ", "gamma"), this.slider("β", "beta"), this.slider("ε", "epsilon", data.limits.steps.epsilon), this.slider(text.momentum, "momentum", data.limits.steps.momentum), this.slider(text.batches, "batches", data.limits.steps.batches));
    const count = batch.length;
    const cells = (values) => values.map((value) => make("span", { class: "value" }, exact(value)));
    const rows = [
      { "data-row": "x", cells: [text.row_x, ...batch.map((value, at) => this.field(value, fill(text.value_number, { number: at }), (given) => this.set({ batch: batch.with(at, given) }), `x-${at}`))] },
      { "data-row": "centred", cells: ["x − μ", ...cells(batch.map((value) => value - found.mean))] },
      { "data-row": "standard", cells: ["x̂ = (x − μ) / √(σ² + ε)", ...cells(found.standard)] },
      { "data-row": "output", cells: [text.row_training, ...cells(found.output)] },
      { "data-row": "used", cells: [text.row_use, ...cells(used)] },
    ];
    const spread = Math.sqrt(found.variance + epsilon);
    const line = (name, formula, value) => make("div", { class: "line" }, make("span", { class: "muted" }, name), make("span", {}, ...[formula].flat(), " ", make("b", {}, result(value))));
    const power = () => [String(momentum), make("sup", {}, String(batches))];
    const terms = batch.map(bracketed);
    return [controls, this.numbers([text.batch_head, ...batch.map((_, at) => String(at))], rows),
      make("div", { class: "lines", "data-mean": found.mean, "data-variance": found.variance },
        line(text.mean, `μ = Σx / m = (${terms.join(" + ")}) / ${count}`, found.mean),
        line(text.variance, `σ² = Σ(x − μ)² / m = (${batch.map((value) => `${bracketed(rounded(value - found.mean))}²`).join(" + ")}) / ${count}`, found.variance),
        line(text.deviation, `√(σ² + ε) = √(${exact(found.variance)} + ${exact(epsilon)})`, spread),
        line(text.first_value, `γ·(x₀ − μ) / √(σ² + ε) + β = ${exact(gamma)}·${bracketed(rounded(batch[0] - found.mean))} / ${exact(spread)} + ${bracketed(beta)}`, found.output[0]),
        line(text.moving_mean, ["0·", ...power(), ` + ${bracketed(found.mean)}·(1 − `, ...power(), ")"], mean),
        line(text.moving_variance, ["1·", ...power(), ` + ${exact(found.variance)}·(1 − `, ...power(), ")"], variance)),
      make("p", { class: "caption" }, fill(text.batch_note, { count, batches }))];
  }

  local(controls) {
    const { text, state, data } = this;
    const { channels_at: channels, lrn_size: size, lrn_bias: bias, lrn_alpha: alpha, lrn_beta: beta } = state;
    const found = localResponse(channels, size, bias, alpha, beta);
    const { steps } = data.limits;
    controls.append(this.slider("n", "lrn_size", steps.lrn_size), this.slider("k", "lrn_bias"), this.slider("α", "lrn_alpha", steps.lrn_alpha), this.slider("β", "lrn_beta"),
      this.button(text.krizhevsky, "krizhevsky", () => this.set({ ...data.krizhevsky })));
    const chosen = Math.min(this.picked.channel, channels.length - 1), around = Math.floor(size / 2);
    const near = channels.map((_, at) => Math.abs(at - chosen) <= around);
    const mark = (at) => (at === chosen ? "chosen" : near[at] ? "near" : "");
    const cells = (values) => values.map((value, at) => make("span", { class: `value ${mark(at)}` }, exact(value)));
    const rows = [
      { "data-row": "x", cells: [text.row_a, ...channels.map((value, at) => this.field(value, fill(text.channel_number, { number: at }), (given) => this.set({ channels_at: channels.with(at, given) }), `a-${at}`))] },
      { "data-row": "squares", cells: ["Σ a²", ...cells(found.squares)] },
      { "data-row": "output", cells: [text.row_b, ...cells(found.output)] },
      { "data-row": "choose", cells: [text.choose_channel, ...channels.map((_, at) => this.button(String(at), `pick-${at}`, () => { this.picked = { row: 0, column: 0, channel: at }; this.build(); }, { "aria-pressed": String(at === chosen), ariaLabel: fill(text.channel_number, { number: at }) }))] },
    ];
    const squares = channels.filter((_, at) => near[at]).map((value) => `${bracketed(value)}²`).join(" + ");
    return [controls, this.numbers([text.channel, ...channels.map((_, at) => String(at))], rows),
      make("p", { class: "sum" }, make("span", { class: "muted" }, "bᵢ = aᵢ / (k + α·Σ aⱼ²)", make("sup", {}, "β")), make("br"),
        `b${"₀₁₂₃₄₅₆₇₈₉"[chosen]} = ${exact(channels[chosen])} / (${exact(bias)} + ${alpha}·(${squares}))`, make("sup", {}, exact(beta)), ` = ${exact(channels[chosen])} / ${exact(bias + alpha * found.squares[chosen])}`, make("sup", {}, exact(beta)), " ", make("b", {}, result(found.output[chosen]))),
      make("p", { class: "caption" }, fill(text.local_note, { size, around }))];
  }
}

export default (component) => live(component, Blocks);
