// One network of the course with all that is known of it, or all of them to be searched.
import { list } from "./controls.js";
import { createDiagram, details, operation, prepare } from "./diagram.js";
import { count, fill, keepFocus, make, palette, sizes, themed } from "./draw.js";
import { save, tableButtons } from "./take_along.js";

const FEW = 30; // boxes that are shown unfolded at first

export default function architectures(component) {
  const { root, data, setStateValue } = component;
  root.send = (choice) => setStateValue("choice", choice);
  if (data.view === "find") {
    root.instrument = null;
    find(root, data);
    return;
  }
  if (root.instrument?.key === data.diagram.key) root.instrument.update(data);
  else keepFocus(root, () => { root.instrument = new Instrument(root, data); });
}

// ---------------------------------------------------------------- one network

class Instrument {
  constructor(root, data) {
    this.root = root;
    this.key = data.diagram.key;
    this.parts = prepare(data.diagram);
    const start = beginning(this.parts, data.start);
    this.state = start;
    this.tableOpen = false;
    this.build(data);
  }

  update(data) {
    // Streamlit calls again after every choice; only another language or theme changes what is shown.
    const same = JSON.stringify([data.text, data.card]) === this.shown;
    if (same) {
      this.diagram.update({ data: this.diagram.data, words: this.diagram.words });
      return;
    }
    keepFocus(this.root, () => this.build(data));
  }

  build(data) {
    this.data = data;
    this.shown = JSON.stringify([data.text, data.card]);
    this.drawing = make("div", {});
    this.below = make("div", { class: "arch-details", "aria-live": "polite" });
    this.table = make("div", {});
    const body = themed(this.root, "architectures-root",
      this.toolbar(),
      this.legend(),
      make("div", { class: "arch-network" }, this.drawing, this.below),
      this.card(),
      this.tableFold());
    this.root.replaceChildren(body);
    this.diagram = createDiagram(this.drawing, {
      data: data.diagram, words: data.words, open: this.state.open, chosen: this.state.chosen,
      onChange: (state) => this.take(state),
    });
    this.explain();
  }

  take(state) {
    const moved = state.chosen !== this.state.chosen;
    this.state = state;
    if (moved) this.explain();
    this.root.send({ net: this.key, open: state.open, layer: state.chosen });
  }

  explain() {
    keepFocus(this.root, () => this.below.replaceChildren(details(this.data.diagram, this.parts, this.data.words, this.state.chosen, (name) => this.diagram.choose(name))));
    const found = this.parts.blocks.find((block) => block.name === this.state.chosen) ?? this.parts.units.find((unit) => unit.type === "run" && unit.name === this.state.chosen);
    if (found) {
      const open = () => this.diagram.open.has(found.name);
      this.below.querySelector("h4")?.after(make("button", { type: "button", class: "toggle", "data-focus": "fold-chosen", onclick: () => { this.diagram.toggle(found.name); this.explain(); } }, open() ? this.data.text.fold_one : this.data.text.unfold_one));
    }
    this.below.append(make("p", { class: "muted small keys" }, this.data.text.keys));
    if (this.tableOpen) this.fillTable();
  }

  toolbar() {
    const { text, nets } = this.data, keys = nets.flatMap(([, members]) => members.map(([key]) => key));
    const go = (key) => this.root.send({ net: key, open: null, layer: "" });
    const chooser = list(text.network, [], null, go, "net", "");
    const select = chooser.querySelector("select");
    select.replaceChildren(...nets.map(([family, members]) => make("optgroup", { label: family }, ...members.map(([key, name]) => make("option", { value: key }, name)))));
    select.value = this.key;
    const step = (by, sign, label) => {
      const next = keys[keys.indexOf(this.key) + by];
      return make("button", { type: "button", class: "toggle", ariaLabel: label, title: label, disabled: !next, "data-focus": `step${by}`, onclick: () => go(next) }, sign);
    };
    const button = (label, act, focus, title = "") => make("button", { type: "button", class: "toggle", title, "data-focus": focus, onclick: act }, label);
    const folds = this.parts.units.some((unit) => unit.type !== "cell");
    return make("div", { class: "arch-toolbar" }, chooser,
      make("span", { class: "group" }, step(-1, "◀", text.previous), step(1, "▶", text.next)),
      make("span", { class: "arch-totals" }, this.totals()),
      make("span", { class: "group" },
        ...(folds ? [button(text.unfold_all, () => this.diagram.openAll(), "unfold"), button(text.fold_all, () => this.diagram.foldAll(), "fold")] : []),
        button(text.save_svg, () => save(this.diagram.svg(), `${this.key}.svg`, "image/svg+xml"), "svg", text.save_svg_help)));
  }

  totals() {
    const { text, diagram } = this.data;
    return fill(text.totals, { depth: diagram.depth, parameters: count(diagram.parameters), multiply_adds: count(diagram.multiplyAdds) });
  }

  legend() {
    const { text, diagram, words } = this.data;
    const kinds = [...new Set(diagram.layers.flatMap((layer) => [layer.kind, ...(layer.settings.activation ? ["activation"] : [])]))].filter((kind) => palette.layerKinds[kind]);
    const shortcuts = [...new Set(diagram.rows.flatMap((row) => (row.shortcut ? [row.shortcut.kind] : [])))];
    return make("div", { class: "arch-legend" },
      ...kinds.map((kind) => make("span", {}, make("i", { style: `background:${palette.layerKinds[kind]}` }), words[`kind_${kind}`])),
      ...shortcuts.map((kind) => make("span", {}, make("i", { class: `line ${kind}` }), words[`shortcut_${kind}`])),
      make("span", { class: "muted" }, text.scale));
  }

  card() {
    const { text, card } = this.data;
    const parts = [make("h4", {}, card.name)];
    if (card.paper) parts.push(make("p", { class: "muted" }, `${card.paper.authors} ${card.paper.year}, `, make("a", { href: card.paper.link, target: "_blank", rel: "noopener" }, make("em", {}, card.paper.title))));
    if (card.about) parts.push(make("p", {}, card.about));
    if (card.news.length) parts.push(make("h5", {}, text.new_here), make("ul", {}, ...card.news.map((news) => make("li", {}, ...emphasised(news)))));
    if (card.figures.length) {
      parts.push(make("h5", {}, text.printed_and_computed), scrolled(
        make("thead", {}, make("tr", {}, ...["", text.printed, text.computed, ""].map((head) => make("th", {}, head)))),
        make("tbody", {}, ...card.figures.map((figure) => make("tr", {}, make("td", {}, figure.label), make("td", { class: "figure" }, figure.printed), make("td", { class: "figure" }, figure.computed), make("td", { class: "figure" }, `${figure.sign} ${figure.deviation}`))))),
        make("p", { class: "muted" }, text.signs));
    }
    if (card.differs) parts.push(make("p", { class: "muted" }, card.differs));
    if (card.errors.length) parts.push(make("h5", {}, text.errors), scrolled(
      make("thead", {}, make("tr", {}, ...[text.data, text.protocol, text.top1, text.top5].map((head) => make("th", {}, head)))),
      make("tbody", {}, ...card.errors.map((row) => make("tr", {}, make("td", {}, row.data), make("td", {}, row.protocol), make("td", { class: "figure" }, row.top1), make("td", { class: "figure" }, row.top5))))));
    for (const misprint of card.misprints) parts.push(make("p", { class: "misprint" }, misprint));
    return make("div", { class: "arch-card" }, ...parts);
  }

  // ---- the layer table, folded by block

  tableFold() {
    const fold = make("details", { open: this.tableOpen, ontoggle: () => {
      this.tableOpen = fold.open;
      if (fold.open) this.fillTable();
    } }, make("summary", { class: "toggle" }, this.data.text.table), this.table);
    if (this.tableOpen) queueMicrotask(() => this.fillTable());
    return fold;
  }

  fillTable() {
    const { text, diagram, words } = this.data, { rows, layers } = diagram;
    const layerOf = (at) => layers[rows[at].layer];
    const figure = (value) => make("td", { class: "figure" }, value);
    const sum = (all, key) => count(all.reduce((total, at) => total + layerOf(at)[key], 0));
    const line = (at, inner) => {
      const layer = layerOf(at), row = rows[at];
      return make("tr", { class: `${inner ? "inner" : ""}${row.name === this.state.chosen ? " chosen" : ""}` },
        make("td", {}, make("button", { type: "button", class: "row-name", "data-focus": `table-${row.name}`, onclick: () => this.diagram.choose(row.name) }, row.name)),
        make("td", {}, operation(layer, words)), figure(sizes(layer.shape)), figure(count(layer.parameters)), figure(count(layer.multiplyAdds)), figure(sizes(row.field)));
    };
    const body = [];
    const blockLines = (block) => {
      const open = this.diagram.open.has(block.name);
      const last = block.rows.at(-1);
      body.push(make("tr", { class: `whole${block.name === this.state.chosen ? " chosen" : ""}` },
        make("td", {}, make("button", { type: "button", class: "row-name", ariaExpanded: String(open), "data-focus": `table-${block.name}`, onclick: () => { this.diagram.toggle(block.name); this.fillTable(); } }, `${open ? "▾" : "▸"} ${block.name}`)),
        make("td", {}, block.blocks ? fill(text.blocks, { count: block.blocks.length }) : fill(words.layers, { count: block.rows.length })), figure(sizes(layerOf(last).shape)), figure(sum(block.rows, "parameters")), figure(sum(block.rows, "multiplyAdds")), figure(sizes(rows[last].field))));
      if (open && block.blocks) block.blocks.forEach(blockLines);
      else if (open) block.rows.forEach((at) => body.push(line(at, true)));
    };
    for (const unit of this.parts.units) {
      if (unit.type === "cell") unit.rows.forEach((at) => body.push(line(at, false)));
      else blockLines(unit);
    }
    const heads = [text.layer, text.does, words.output, words.parameters, words.multiply_adds, words.field];
    const total = make("tr", { class: "whole" }, make("td", {}, text.total), make("td", {}), make("td", {}), figure(count(diagram.parameters)), figure(count(diagram.multiplyAdds)), make("td", {}));
    keepFocus(this.root, () => this.table.replaceChildren(make("div", { class: "arch-scroller" }, make("table", { class: "arch-table wide" }, make("thead", {}, make("tr", {}, ...heads.map((head, at) => make("th", { class: at < 2 ? "" : "figure" }, head)))), make("tbody", {}, ...body, total)))));
  }
}

/** A table that scrolls by itself where the page is too narrow. */
const scrolled = (...parts) => make("div", { class: "arch-scroller" }, make("table", { class: "arch-table" }, ...parts));

/** A sentence with **the words that matter** in bold. */
const emphasised = (sentence) => sentence.split("**").map((part, at) => (at % 2 ? make("b", {}, part) : part));

/** What is unfolded and chosen where the link says nothing: a small network whole, else its first block with branches. */
function beginning(parts, { open, chosen }) {
  const cells = parts.cells.length;
  const branched = parts.blocks.find((block) => block.inner.lanes > 1 || block.inner.entries.length > 1);
  if (open === null) {
    if (cells <= FEW) open = parts.units.flatMap((unit) => (unit.type === "run" ? [unit.name, ...unit.blocks.map((block) => block.name)] : unit.type === "block" ? [unit.name] : []));
    else open = branched ? [branched.name] : [];
  }
  if (!chosen) {
    chosen = cells > FEW && branched ? branched.name : parts.cells.find((cell) => ["convolution", "dense"].includes(cell.layer.kind))?.name ?? "";
  }
  return { open, chosen };
}

// ---------------------------------------------------------------- all networks, by question

function find(root, data) {
  const { text, facets, nets } = data;
  root.filter ??= { chosen: Object.fromEntries(data.start.filter((word) => word.includes(".")).map((word) => word.split("."))), sort: "year" };
  const { chosen } = root.filter;
  for (const { key, options } of facets) if (!options.some(([name]) => name === chosen[key])) delete chosen[key];
  const tell = () => root.send({ find: Object.entries(chosen).map((pair) => pair.join(".")) });
  const passes = (net, besides) => facets.every(({ key }) => key === besides || !chosen[key] || net.has[key].includes(chosen[key]));
  const draw = () => keepFocus(root, () => {
    const groups = facets.map(({ key, label, options }) => make("div", { class: "facet", role: "group", ariaLabel: label },
      make("span", { class: "control-label" }, label),
      make("span", { class: "group" }, ...options.map(([name, shown]) => {
        const found = nets.filter((net) => passes(net, key) && net.has[key].includes(name)).length;
        return make("button", { type: "button", class: "toggle", "aria-pressed": String(chosen[key] === name), disabled: !found && chosen[key] !== name, "data-focus": `${key}-${name}`, onclick: () => {
          if (chosen[key] === name) delete chosen[key];
          else chosen[key] = name;
          draw();
          tell();
        } }, shown, make("span", { class: "small" }, ` ${found}`));
      }))));
    const columns = [["name", text.network], ["year", text.year], ["depth", text.depth], ["parameters", text.parameters], ["multiplyAdds", text.multiply_adds]];
    const { sort } = root.filter;
    const found = nets.filter((net) => passes(net)).sort((one, other) => (sort === "name" ? one.name.localeCompare(other.name) : (one[sort] ?? Infinity) - (other[sort] ?? Infinity) || 0));
    const head = ([key, label]) => make("th", { class: key === "name" ? "" : "figure", "aria-sort": key === sort ? "ascending" : "none" }, make("button", { type: "button", class: "row-name", "data-focus": `sort-${key}`, onclick: () => { root.filter.sort = key; draw(); } }, label));
    const line = (net) => make("tr", {},
      make("td", {}, make("button", { type: "button", class: "toggle net", "data-focus": `net-${net.key}`, onclick: () => root.send({ net: net.key, open: null, layer: "", show: true }) }, net.name)),
      ...[net.year ?? "–", net.depth, count(net.parameters), count(net.multiplyAdds)].map((value) => make("td", { class: "figure" }, String(value))));
    const table = make("table", { class: "arch-table wide found" }, make("thead", {}, make("tr", {}, ...columns.map(head))), make("tbody", {}, ...found.map(line)));
    root.replaceChildren(themed(root, "architectures-root",
      make("div", { class: "facets" }, ...groups),
      make("p", { class: "note", role: "status" }, fill(text.found, { found: found.length, count: nets.length }), " ",
        Object.keys(chosen).length ? make("button", { type: "button", class: "toggle", "data-focus": "clear", onclick: () => { for (const key of Object.keys(chosen)) delete chosen[key]; draw(); tell(); } }, text.clear) : ""),
      make("div", { class: "arch-scroller" }, table), tableButtons(table, "networks")));
  });
  draw();
}
