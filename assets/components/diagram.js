// A network drawn from its rows, for every lesson that shows one.
//
//   import { createDiagram, details, prepare } from "./diagram.js";
//   const diagram = createDiagram(host, { data, words, open, chosen, onChange });
//   diagram.update({ data, words });      // other data; what is open and chosen stays where it still exists
//   diagram.choose("conv1");              // a row or a block by its name; "" for nothing
//   diagram.openAll(); diagram.foldAll();
//   diagram.svg()                         // the whole drawing as the text of an SVG file
//   details(data, prepare(data), words, name, choose)  // the numbers of a row or a block, with formulas, as an element;
//                                         // choose(name) is called by its links to the neighbours
//
// data     what cnnviz.ui.diagrams.as_data(architecture) gives: any Architecture, any graph without cycles.
//            rows[{ name, inputs: [row numbers], layer: number in layers, block: number in blocks, field: [rows, columns],
//                   role?: "shortcut" | "auxiliary", shortcut?: { from: row number, kind }, fieldFormulas? }]
//            layers[{ type, kind, settings, shape, parameters, multiplyAdds, … and their formulas }]   blocks[names]
// words    cnnviz.ui.diagrams.words(), the sentences below architectures.diagram
// open     names of unfolded blocks; a run of equal blocks is one box under the name of its first, with "×" behind it
// chosen   the name of a row, of a block, or of a run of blocks ("conv2_2×")
// onChange ({ open, chosen }) after every choice and every fold, for the link
//
// What is drawn: every map as a box, its sides by the square root of its sizes (SIDE, CHANNEL, UNIT below), in the colour of
// its kind of layer; activation, normalisation and dropout as thin plates on it; branches side by side; shortcuts as arcs.
import { bytes, count, fill, kindColour, make, palette, percent, rem, sizes, svg, theme } from "./draw.js";

const SVG = "http://www.w3.org/2000/svg";
const FONT = "'Noto Sans SC', 'Microsoft YaHei', 'PingFang SC', sans-serif";
const SIDE = 4.6, CHANNEL = 1.2, UNIT = 0.65; // pixels for the square root of: a side of a map, its channels, units
const SLANT = 0.26, PLATE = 4, LANE_GAP = 6, LINE = 15, TEXT = 12, ARC = 10;
const PLATES = new Set(["activation", "normalisation", "dropout"]);
const DASHES = { identity: "", projection: "7 4", zero_pad: "2 4" }; // of shortcuts
const MOST_TOWERS = 4, FAR = 3; // columns that a line in its own lane may cross
const shortened = (line, most) => (line.length > most ? `${line.slice(0, most - 1)}…` : line);

// ---------------------------------------------------------------- what belongs together

/** Cells (a layer with the plates on it), blocks of cells, runs of equal blocks. */
export function prepare(data) {
  const { rows, layers } = data;
  const layerOf = (at) => layers[rows[at].layer];
  const cells = [], cellOf = [];
  rows.forEach((row, at) => {
    const before = row.inputs.length === 1 ? cells[cellOf[row.inputs[0]]] : null;
    if (before && PLATES.has(layerOf(at).kind) && before.rows.at(-1) === row.inputs[0] && layerOf(before.rows[0]).kind !== "input") {
      before.rows.push(at);
      cellOf.push(cellOf[row.inputs[0]]);
    } else {
      cellOf.push(cells.length);
      cells.push({ type: "cell", name: row.name, rows: [at], block: row.block, role: row.role });
    }
  });
  const consumers = rows.map(() => []);
  rows.forEach((row, at) => row.inputs.forEach((from) => consumers[from].push(at)));
  const towers = towersOf(data, consumers);
  const blocks = new Map();
  for (const cell of cells) {
    cell.head = rows[cell.rows[0]];
    cell.layer = layerOf(cell.rows[0]);
    cell.plates = cell.rows.slice(1).map((at) => layerOf(at).kind);
    if (cell.layer.settings.activation) cell.plates.unshift("activation");
    cell.towers = towers[cell.rows[0]];
    if (!blocks.has(cell.block)) blocks.set(cell.block, []);
    blocks.get(cell.block).push(cell);
  }
  const units = [];
  for (const [number, members] of blocks) {
    if (members.length === 1) {
      units.push(members[0]);
      continue;
    }
    const all = members.flatMap((cell) => cell.rows);
    const block = { type: "block", name: data.blocks[number], cells: members, rows: all, role: members[0].role };
    block.signature = all.map((at) => `${rows[at].layer}${rows[at].shortcut?.kind ?? ""}`).join();
    block.inner = graph(data, members);
    const run = units.at(-1);
    if (run?.type === "run" && run.blocks[0].signature === block.signature) {
      run.blocks.push(block);
      run.rows.push(...all);
    } else if (run?.type === "block" && run.signature === block.signature) {
      units[units.length - 1] = { type: "run", name: `${run.name}×`, blocks: [run, block], rows: [...run.rows, ...all], role: run.role };
    } else units.push(block);
  }
  return { cells, cellOf, units, consumers, blocks: units.flatMap((unit) => (unit.type === "run" ? unit.blocks : unit.type === "block" ? [unit] : [])) };
}

/** In how many parts that do not meet each row is drawn: the groups of a convolution, through poolings to the next ones. */
function towersOf({ rows, layers }, consumers) {
  const kindOf = (at) => layers[rows[at].layer].kind;
  const groups = rows.map(({ layer }) => Math.min(layers[layer].settings.groups ?? 1, MOST_TOWERS + 1)).map((count) => (count > MOST_TOWERS ? 1 : count));
  const passes = (at) => kindOf(at) === "pooling" || PLATES.has(kindOf(at));
  const parts = [...groups];
  rows.forEach((row, at) => { if (passes(at) && layers[row.layer].shape.length === 3) parts[at] = parts[row.inputs[0]]; });
  for (let at = rows.length - 1; at >= 0; at--) {
    const wanted = consumers[at].map((to) => (passes(to) ? parts[to] : groups[to]));
    if (wanted.length && (kindOf(at) === "convolution" || passes(at))) parts[at] = Math.max(parts[at], Math.min(...wanted));
  }
  return parts;
}

/** Which of some nodes follow which: edges [from, to, kind of shortcut], and entries from outside. */
function graph(data, nodes) {
  const nodeOf = new Map();
  nodes.forEach((node, number) => node.rows.forEach((at) => nodeOf.set(at, number)));
  const edges = new Map(), entries = new Map(), exits = new Set(nodes.keys());
  nodes.forEach((node, to) => node.rows.forEach((at) => data.rows[at].inputs.forEach((source) => {
    const { shortcut } = data.rows[at];
    const kind = shortcut?.from === source ? shortcut.kind : "";
    const from = nodeOf.get(source);
    if (from === undefined) entries.set(`${to} ${kind}`, [to, kind]);
    else if (from !== to) {
      // Between blocks a shortcut goes along with the way itself.
      const both = edges.has(`${from} ${to}`) && edges.get(`${from} ${to}`)[2] !== kind;
      edges.set(`${from} ${to}`, [from, to, both ? "" : kind]);
      exits.delete(from);
    }
  })));
  return arranged({ nodes, edges: [...edges.values()], entries: [...entries.values()], exits });
}

/** Columns by the longest way, lanes by the branches. */
function arranged(given, mainFirst = false) {
  const { nodes, edges } = given;
  const before = nodes.map(() => []), after = nodes.map(() => []);
  for (const [from, to] of edges) {
    before[to].push(from);
    after[from].push(to);
  }
  const rank = [];
  nodes.forEach((node, at) => rank.push(Math.max(-1, ...before[at].map((one) => rank[one])) + 1));
  const chainOf = nodes.map(() => -1), chains = [];
  const better = (one, other) => (nodes[one].role === "auxiliary") - (nodes[other].role === "auxiliary") || rank[other] - rank[one] || other - one;
  for (const end of [...nodes.keys()].sort(better)) {
    if (chainOf[end] >= 0) continue;
    const chain = [];
    for (let at = end; at !== undefined; at = before[at].filter((one) => chainOf[one] < 0 && rank[one] === rank[chain[0]] - 1)[0]) {
      chainOf[at] = chains.length;
      chain.unshift(at);
    }
    chains.push(chain);
  }
  const order = [...chains.keys()].sort((one, other) => (mainFirst ? (other === 0) - (one === 0) : 0) || chains[one][0] - chains[other][0]);
  const lane = [], busy = [];
  for (const number of order) {
    const chain = chains[number], end = chain.at(-1);
    const goal = Math.max(rank[end] + 1, ...after[end].map((to) => rank[to]));
    const last = mainFirst && goal - rank[end] > FAR ? rank[end] : goal - 1;
    let free = 0;
    while (busy[free]?.some(([low, high]) => low <= last && rank[chain[0]] <= high)) free++;
    (busy[free] ??= []).push([rank[chain[0]], last]);
    for (const at of chain) lane[at] = free;
  }
  const tails = new Set(chains.map((chain) => chain.at(-1)));
  return { ...given, rank, lane, tails, lanes: busy.length, columns: Math.max(-1, ...rank) + 1 };
}

// ---------------------------------------------------------------- the drawing

/** What stands under a layer: its window and stride, or what it does. */
export function operation(layer, words) {
  const { type, settings } = layer;
  const side = settings.kernel ?? settings.size;
  const window = Array.isArray(side) ? side.join("×") : `${side}×${side}`;
  const stride = settings.stride > 1 ? ` /${settings.stride}` : "";
  if (type === "Convolution") return `${window}${stride}${settings.groups > 1 ? ` ∥${settings.groups}` : ""}${settings.dilation > 1 ? ` ↔${settings.dilation}` : ""}`;
  if (type === "DepthwiseConvolution") return `${words.depthwise} ${window}${stride}`;
  if (type === "Pooling") return `${words[settings.operation]} ${window}${stride}`;
  return words[`type_${type}`] ?? type;
}

class Diagram {
  constructor(host, { data, words, open = [], chosen = "", onChange = () => {} }) {
    this.host = host;
    this.onChange = onChange;
    this.open = new Set(open);
    this.chosen = chosen;
    this.scroller = make("div", { class: "diagram-scroller" });
    this.host.append(this.scroller);
    this.host.classList.add("diagram-root");
    this.host.addEventListener("keydown", (event) => this.key(event));
    this.set(data, words);
    this.observer = new ResizeObserver(() => {
      const width = this.host.clientWidth;
      if (width && (width !== this.width || rem() !== this.unit)) this.draw();
    });
    this.observer.observe(this.host);
  }

  update({ data, words }) {
    if (data !== this.data || words !== this.words || theme(this.host) !== this.mode) {
      this.set(data, words);
      this.draw();
    }
  }

  set(data, words) {
    if (data !== this.data) {
      this.data = data;
      this.parts = prepare(data);
    }
    this.words = words;
    this.open = new Set([...this.open].filter((name) => this.foldable(name)));
    if (!this.find(this.chosen)) this.chosen = "";
    this.reveal();
  }

  foldable(name) {
    return this.parts.units.some((unit) => unit.type === "run" && unit.name === name) || this.parts.blocks.some((block) => block.name === name);
  }

  /** A run, a block, or a row by its name. */
  find(name) {
    return locate(this.data, this.parts, name);
  }

  /** Unfold what hides the chosen one. */
  reveal() {
    const found = this.find(this.chosen);
    if (!found || found.type === "run") return;
    const block = found.type === "row" ? this.parts.blocks.find((one) => one.rows.includes(found.rows[0])) : found;
    const run = block && this.parts.units.find((unit) => unit.type === "run" && unit.blocks.includes(block));
    if (run) this.open.add(run.name);
    if (found.type === "row" && block) this.open.add(block.name);
  }

  choose(name, focus = false) {
    this.chosen = name;
    this.reveal();
    this.draw();
    if (focus) this.focus();
    this.tell();
  }

  toggle(name) {
    if (this.open.has(name)) {
      this.open.delete(name);
      const found = this.find(this.chosen), folded = this.find(name);
      if (found && folded && folded.rows.includes(found.rows[0])) this.chosen = name;
    } else this.open.add(name);
    this.draw();
    this.focus();
    this.tell();
  }

  openAll() {
    this.open = new Set([...this.parts.units.filter((unit) => unit.type === "run"), ...this.parts.blocks].map((unit) => unit.name));
    this.draw();
    this.tell();
  }

  foldAll() {
    const found = this.find(this.chosen);
    const unit = found && this.parts.units.find((one) => one.type !== "cell" && one.rows.includes(found.rows[0]));
    if (unit) this.chosen = unit.name;
    this.open.clear();
    this.draw();
    this.tell();
  }

  tell() {
    this.onChange({ open: [...this.open], chosen: this.chosen });
  }

  focus() {
    this.scroller.querySelector(".node.chosen")?.focus({ preventScroll: true });
    this.scroller.querySelector(".node.chosen")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  key(event) {
    const name = event.target.closest?.(".node")?.dataset.name;
    if (name === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    const order = this.order, at = order.findIndex((node) => node.name === name);
    const beside = (step) => {
      const here = order[at];
      const column = order.filter((node) => node.line === here.line && node.within === here.within && Math.abs(node.x - here.x) < 60 && (node.y - here.y) * step > 1);
      return column.sort((one, other) => Math.abs(one.y - here.y) - Math.abs(other.y - here.y))[0] ?? order[at + step];
    };
    let next;
    if (event.key === "ArrowRight") next = order[at + 1];
    else if (event.key === "ArrowLeft") next = order[at - 1];
    else if (event.key === "ArrowDown") next = beside(1);
    else if (event.key === "ArrowUp") next = beside(-1);
    else if (event.key === "Home") next = order[0];
    else if (event.key === "End") next = order.at(-1);
    else if (event.key === "Enter") {
      event.preventDefault();
      if (order[at].folds) {
        this.chosen = name;
        this.toggle(name);
      } else this.choose(name, true);
      return;
    } else if (event.key === "Escape") {
      const inner = order[at].within || (this.open.has(name) ? name : "");
      const outer = inner || this.parts.units.find((unit) => unit.type === "run" && unit.blocks.some((block) => block.name === name))?.name;
      if (outer && this.open.has(outer)) this.toggle(outer);
      return;
    } else return;
    event.preventDefault();
    if (next) this.choose(next.name, true);
  }

  // ---- sizes

  measured(unit, within, branched) {
    const cell = unit.type === "cell" ? unit : (unit.blocks?.[0] ?? unit).cells.at(-1);
    const { shape } = cell.layer;
    const plates = unit.type === "cell" ? cell.plates.length * PLATE : 0;
    const one = { unit, cell, folds: unit.type === "cell" ? "" : unit.name };
    if (shape.length === 3) {
      const [height, width, channels] = shape;
      one.towers = cell.towers;
      one.height = Math.max(3, SIDE * Math.sqrt(height));
      one.slant = Math.max(2, SLANT * SIDE * Math.sqrt(width));
      one.thick = Math.max(2, CHANNEL * Math.sqrt(channels / one.towers));
    } else {
      one.towers = 1;
      one.height = Math.max(6, UNIT * Math.sqrt(shape[0]));
      one.slant = 3;
      one.thick = shape.length === 1 ? 6 : Math.max(3, CHANNEL * Math.sqrt(shape.slice(1).reduce((a, b) => a * b, 1)));
    }
    if (cell.layer.kind === "add" && unit.type === "cell") Object.assign(one, { height: 22, slant: 0, thick: 22, sum: true });
    one.tall = one.towers * (one.height + one.slant) + (one.towers - 1) * 6;
    one.wide = one.thick + one.slant + plates;
    one.labels = this.labels(one, within, branched);
    const longest = Math.max(...one.labels.map((line) => this.textWidth(line)));
    one.glyph = unit.type === "cell" ? null : (unit.blocks?.[0] ?? unit).inner;
    one.glyphHeight = one.glyph ? one.glyph.lanes * 6 + 12 : 0;
    const glyphWidth = one.glyph ? one.glyph.columns * 8 + 12 : 0;
    one.w = Math.max(one.wide, longest, glyphWidth, 40) + this.gap;
    one.up = one.tall / 2 + 4;
    one.down = one.tall / 2 + 4 + (one.glyphHeight ? one.glyphHeight + 4 : 0) + one.labels.length * LINE + 2;
    return one;
  }

  labels({ unit, cell }, within, branched) {
    const { words } = this;
    if (unit.type === "run") return [shortened(unit.blocks[0].name, 13), fill(words.times, { count: unit.blocks.length }), sizes(cell.layer.shape)];
    if (unit.type === "block") return [shortened(unit.name, 13), fill(words.layers, { count: unit.rows.length }), sizes(cell.layer.shape)];
    if (cell.layer.kind === "input") return [words.type_Input, sizes(cell.layer.shape)];
    const name = shortened(cell.name.slice(within ? cell.prefix : 0) || cell.name, 13), does = shortened(operation(cell.layer, words), 16);
    return within && branched && !this.narrow ? [name, `${does}  ${sizes(cell.layer.shape)}`] : [name, does, sizes(cell.layer.shape)];
  }

  textWidth(line) {
    this.context ??= document.createElement("canvas").getContext("2d");
    this.context.font = `600 ${TEXT}px ${FONT}`;
    return this.context.measureText(line).width;
  }

  /** The visible nodes of the whole network, open blocks as boxes. */
  visible() {
    const nodes = [];
    for (const unit of this.parts.units) {
      if (unit.type === "run" && this.open.has(unit.name)) nodes.push(...unit.blocks);
      else nodes.push(unit);
    }
    return nodes;
  }

  /** Sizes and places of the nodes of a graph, in lines no wider than `most`. */
  placed(net, most) {
    const boxes = net.nodes.map((node) => (node.type === "block" && this.open.has(node.name) ? this.box(node) : this.measured(node, most === Infinity, net.lanes > 1)));
    // Where lines change lanes they need room between the columns.
    const turns = net.lanes > 1 ? this.turn : 0;
    const widths = Array(net.columns).fill(0);
    boxes.forEach((box, at) => { widths[net.rank[at]] = Math.max(widths[net.rank[at]], box.w + turns); });
    const lines = [];
    let used = 0;
    widths.forEach((width, column) => {
      if (!lines.length || used + width > most) {
        lines.push({ from: column, columns: [] });
        used = 0;
      }
      lines.at(-1).columns.push({ x: used, width });
      used += width;
      lines.at(-1).width = used;
    });
    const lineOf = widths.map((_, column) => lines.findLastIndex((line) => line.from <= column));
    const arcs = net.edges.filter(([from, to, kind]) => this.arches(net, from, to, kind, lineOf));
    const entryArcs = net.entries.filter(([to]) => net.rank[to] > 0);
    // Room above a node for the names of far ends.
    for (const side of [0, 1]) for (const at of new Set(net.edges.filter(([from, to]) => this.jumps(net, from, to, lineOf)).map((edge) => edge[side]))) boxes[at].up += LINE + 4;
    let top = 0;
    lines.forEach((line, number) => {
      const here = boxes.map((_, at) => at).filter((at) => lineOf[net.rank[at]] === number);
      line.arcs = levels([
        ...entryArcs.filter(([to]) => lineOf[net.rank[to]] === number).map(([to, kind]) => ({ from: -1, to, kind, low: -1, high: net.rank[to] })),
        ...arcs.filter(([from]) => lineOf[net.rank[from]] === number).map(([from, to, kind]) => ({ from, to, kind, low: net.rank[from], high: net.rank[to] })),
      ]);
      const lanes = Math.max(0, ...here.map((at) => net.lane[at])) + 1;
      line.axes = [];
      line.top = top;
      const above = line.arcs.length ? (Math.max(...line.arcs.map((arc) => arc.level)) + 1) * ARC + 6 : 0;
      let y = top + above;
      line.above = y - 4;
      for (let lane = 0; lane < lanes; lane++) {
        const inLane = here.filter((at) => net.lane[at] === lane).map((at) => boxes[at]);
        const up = Math.max(8, ...inLane.map((box) => box.up)), down = Math.max(8, ...inLane.map((box) => box.down));
        line.axes.push(y + up);
        y += up + down + LANE_GAP;
      }
      line.bottom = y - LANE_GAP;
      top = line.bottom + 14;
      for (const at of here) {
        const column = line.columns[net.rank[at] - line.from];
        Object.assign(boxes[at], { start: column.x + turns, x: column.x + turns + (column.width - turns - boxes[at].w) / 2, y: line.axes[net.lane[at]], line: number });
      }
    });
    return { net, boxes, lines, lineOf, width: Math.max(0, ...lines.map((line) => line.width)), height: Math.max(0, top - 14) };
  }

  /** Whether an edge leaves its lane and goes over the nodes between. */
  arches(net, from, to, kind, lineOf) {
    const distance = net.rank[to] - net.rank[from];
    if (distance < 2 || lineOf[net.rank[from]] !== lineOf[net.rank[to]]) return false;
    return !(net.tails.has(from) && (net.entries.length || distance <= FAR)) && !this.jumps(net, from, to, lineOf);
  }

  /** Whether an edge is told by name at both ends: into another line, or far from a side lane. */
  jumps(net, from, to, lineOf) {
    const distance = net.rank[to] - net.rank[from];
    if (distance < 2) return false;
    return lineOf[net.rank[from]] !== lineOf[net.rank[to]] || (net.lane[from] > 0 && distance > FAR && !net.entries.length);
  }

  /** An unfolded block: its cells in a frame. */
  box(block) {
    const common = block.cells.map((cell) => cell.name).filter((name) => name !== block.name).reduce((one, other) => {
      let end = 0;
      while (end < one.length && one[end] === other[end]) end++;
      return one.slice(0, end);
    });
    const prefix = common.lastIndexOf("_") + 1;
    for (const cell of block.cells) cell.prefix = prefix;
    const inside = this.placed(block.inner, Infinity);
    const { axes } = inside.lines[0];
    const axis = (axes[0] + axes.at(-1)) / 2, title = LINE + 10, pad = this.narrow ? 6 : 14;
    return {
      unit: block, folds: block.name, frame: true, inside, axis, title, pad,
      w: Math.max(inside.width + 2 * pad, this.textWidth(block.name) + 44) + this.gap,
      up: axis + title + 8, down: inside.height - axis + 10,
    };
  }

  // ---- drawing

  draw() {
    const width = this.host.clientWidth;
    if (!width) return;
    this.width = width;
    this.unit = rem();
    this.mode = theme(this.host);
    const style = getComputedStyle(this.host);
    this.colours = {
      text: style.color, page: style.getPropertyValue("--st-background-color").trim() || "#ffffff",
      soft: style.getPropertyValue("--st-secondary-background-color").trim() || "#f4f6f6",
      line: this.mode === "dark" ? "#7d8c92" : "#8a979c", selected: palette.selected[this.mode],
    };
    const scale = this.unit / 16;
    this.narrow = width / scale < 500; // a phone
    this.gap = this.narrow ? 8 : 14;
    this.turn = this.narrow ? 9 : 16;
    const net = arranged(graph(this.data, this.visible()), true);
    const layout = this.placed(net, Math.max(240, width / scale - (this.narrow ? 20 : 26)));
    this.order = [];
    const hadFocus = this.scroller.contains(this.host.getRootNode().activeElement);
    const drawing = svg("g", { transform: `translate(${this.narrow ? 9 : 12} 4)` });
    this.drawLayout(layout, drawing, 0, 0, "");
    const total = { width: layout.width + (this.narrow ? 20 : 26), height: layout.height + 10 };
    const picture = svg("svg", {
      xmlns: SVG, viewBox: `0 0 ${total.width.toFixed(1)} ${total.height.toFixed(1)}`, width: (total.width * scale).toFixed(1), height: (total.height * scale).toFixed(1),
      role: "group", "aria-label": this.words.label, "font-family": FONT, "font-size": TEXT, fill: this.colours.text,
    }, this.marker(), drawing);
    this.scroller.replaceChildren(picture);
    if (hadFocus) this.scroller.querySelector(".node.chosen")?.focus({ preventScroll: true });
  }

  marker() {
    const tip = (id, colour) => svg("marker", { id, viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 9, markerHeight: 9, markerUnits: "userSpaceOnUse", orient: "auto" }, svg("path", { d: "M0 0L8 4L0 8Z", fill: colour }));
    return svg("defs", {}, tip("diagram-tip", this.colours.line), tip("diagram-tip-chosen", this.colours.selected));
  }

  drawLayout({ net, boxes, lines, lineOf }, into, dx, dy, within, entry) {
    const edges = svg("g", { fill: "none" }), nodes = svg("g", {});
    into.append(edges, nodes);
    boxes.forEach((box, at) => this.drawNode(box, nodes, dx + box.x, dy + box.y, within));
    const ends = boxes.map((box) => ({ left: [dx + box.x + (box.w - this.gap - (box.frame ? box.w - this.gap : box.wide)) / 2 + this.gap / 2, dy + box.y], right: [dx + box.x + (box.w + (box.frame ? box.w - this.gap : box.wide)) / 2, dy + box.y] }));
    boxes.forEach((box, at) => { if (!box.frame) ends[at].right[0] -= box.slant / 2; });
    const chosenTo = (at) => this.isChosen(boxes[at]);
    for (const [to, kind] of net.entries) if (net.rank[to] === 0) this.wire(edges, entry, ends[to].left, kind, chosenTo(to), dx + boxes[to].start);
    lines.forEach((line) => line.arcs.forEach(({ from, to, kind, level }) => {
      const y = dy + line.above - 2 - level * ARC;
      this.arc(edges, from < 0 ? entry : ends[from].right, ends[to].left, y, kind, chosenTo(to));
    }));
    const stubs = new Map();
    for (const [from, to, kind] of net.edges) {
      if (this.arches(net, from, to, kind, lineOf)) continue;
      const [start, end] = [ends[from].right, ends[to].left];
      const here = lineOf[net.rank[from]], there = lineOf[net.rank[to]];
      if (this.jumps(net, from, to, lineOf)) {
        (stubs.get(from) ?? stubs.set(from, { out: [], in: [] }).get(from)).out.push(boxes[to].unit.name);
        (stubs.get(to) ?? stubs.set(to, { out: [], in: [] }).get(to)).in.push(boxes[from].unit.name);
      } else if (here !== there) {
        const right = dx + lines[here].width + 4;
        edges.append(this.path(`M${point(start)}H${Math.max(start[0] + 8, right).toFixed(1)}`, kind, chosenTo(to)), this.path(`M${(dx - 8).toFixed(1)} ${end[1].toFixed(1)}H${end[0].toFixed(1)}`, kind, chosenTo(to)));
      } else if (boxes[from].towers > 1 && boxes[to].towers > 1) this.towers(edges, boxes[from], boxes[to], start, end, chosenTo(to));
      else this.wire(edges, start, end, kind, chosenTo(to), dx + boxes[to].start);
    }
    for (const [at, { out, in: from }] of stubs) {
      const box = boxes[at], x = dx + box.x + box.w / 2;
      let y = dy + box.y - box.up + LINE - 2;
      for (const [names, sign] of [[from, "↳"], [out, "→"]]) {
        if (!names.length) continue;
        edges.append(svg("text", { x: x.toFixed(1), y: y.toFixed(1), "text-anchor": "middle", fill: this.colours.text, stroke: "none" }, `${sign} ${shortened(names[0], 15)}${names.length > 1 ? ` +${names.length - 1}` : ""}`));
        y += LINE + 4;
      }
    }
    for (const at of net.exits ?? []) if (within && entry.exit) this.wire(edges, ends[at].right, entry.exit, "", false, entry.exit[0] - 2, false);
  }

  isChosen(box) {
    const found = this.find(this.chosen);
    if (!found) return false;
    if (box.unit.type === "cell") return found.type === "row" && box.unit.rows.includes(found.rows[0]);
    return box.unit.name === this.chosen;
  }

  path(d, kind, chosen, tip = true) {
    return svg("path", {
      d, fill: "none", stroke: chosen ? this.colours.selected : this.colours.line, "stroke-width": chosen ? 2.2 : kind ? 2 : 1.4,
      "stroke-dasharray": DASHES[kind] || undefined, "marker-end": tip ? `url(#diagram-tip${chosen ? "-chosen" : ""})` : undefined, "data-shortcut": kind || undefined,
    });
  }

  /** A line that changes lanes just in front of the column of its end, `turn`. */
  wire(into, [x1, y1], [x2, y2], kind, chosen, turn = x2, tip = true) {
    if (Math.abs(y1 - y2) < 1) {
      into.append(this.path(`M${x1.toFixed(1)} ${y1.toFixed(1)}H${x2.toFixed(1)}`, kind, chosen, tip));
      return;
    }
    const end = Math.max(x1, turn), from = Math.max(x1, end - this.turn), half = (from + end) / 2;
    into.append(this.path(`M${x1.toFixed(1)} ${y1.toFixed(1)}H${from.toFixed(1)}C${half.toFixed(1)} ${y1.toFixed(1)} ${half.toFixed(1)} ${y2.toFixed(1)} ${end.toFixed(1)} ${y2.toFixed(1)}H${x2.toFixed(1)}`, kind, chosen, tip));
  }

  arc(into, [x1, y1], [x2, y2], y, kind, chosen) {
    const bow = Math.min(14, (x2 - x1) / 4);
    into.append(this.path(`M${x1.toFixed(1)} ${y1.toFixed(1)}C${(x1 + bow).toFixed(1)} ${y1.toFixed(1)} ${x1.toFixed(1)} ${y.toFixed(1)} ${(x1 + 2 * bow).toFixed(1)} ${y.toFixed(1)}H${(x2 - 2 * bow).toFixed(1)}C${x2.toFixed(1)} ${y.toFixed(1)} ${(x2 - bow).toFixed(1)} ${y2.toFixed(1)} ${x2.toFixed(1)} ${y2.toFixed(1)}`, kind, chosen));
  }

  /** Between maps in parts: straight where the parts stay apart, crossed where they meet. */
  towers(into, from, to, [x1, y1], [x2, y2], chosen) {
    const middle = (box, part) => (part - (box.towers - 1) / 2) * (box.height + box.slant + 6) + box.slant / 2;
    const apart = to.cell.layer.kind !== "convolution" || (to.cell.layer.settings.groups ?? 1) > 1;
    for (let one = 0; one < from.towers; one++) for (let other = 0; other < to.towers; other++) {
      if (apart && one !== other) continue;
      into.append(this.path(`M${x1.toFixed(1)} ${(y1 + middle(from, one)).toFixed(1)}L${x2.toFixed(1)} ${(y2 + middle(to, other)).toFixed(1)}`, "", chosen));
    }
  }

  drawNode(box, into, x, y, within) {
    const { unit } = box, chosen = this.isChosen(box);
    const name = unit.name, layer = box.cell?.layer;
    const label = box.frame || box.folds ? fill(this.words.block_label, { name, layers: unit.rows.length, state: box.frame ? this.words.is_open : this.words.is_folded }) : `${name}: ${operation(layer, this.words)}, ${sizes(layer.shape)}`;
    const node = svg("g", { class: `node${chosen ? " chosen" : ""}`, "data-name": name, role: "button", "aria-label": label, "aria-pressed": String(chosen), ...(box.folds ? { "aria-expanded": String(Boolean(box.frame)) } : {}), tabindex: chosen || (!this.find(this.chosen) && !this.order.length) ? 0 : -1, cursor: "pointer" });
    this.order.push({ name, folds: Boolean(box.folds), x, y, line: box.line, within });
    const press = () => {
      if (chosen && box.folds) this.toggle(box.folds);
      else this.choose(name, true);
    };
    node.addEventListener("click", (event) => {
      event.stopPropagation();
      press();
    });
    into.append(node);
    if (box.frame) this.drawFrame(box, node, into, x, y, chosen, name);
    else this.drawVolume(box, node, x, y, chosen);
  }

  drawFrame(box, node, into, x, y, chosen, name) {
    const { colours } = this, left = x + this.gap / 2, wide = box.w - this.gap, top = y - box.up + 4, tall = box.up + box.down - 8;
    node.append(
      svg("rect", { x: left, y: top, width: wide, height: tall, rx: 7, fill: colours.soft, "fill-opacity": 0.6, stroke: chosen ? colours.selected : colours.line, "stroke-width": chosen ? 2.5 : 1 }),
      svg("text", { x: left + 10, y: top + 17, "font-weight": 600 }, name));
    const fold = svg("g", { class: "fold", cursor: "pointer", "data-fold": name },
      svg("title", {}, this.words.fold),
      svg("rect", { x: left + wide - 38, y: top - 6, width: 44, height: 34, fill: "transparent" }),
      svg("path", { d: `M${left + wide - 20} ${top + 12}h10`, stroke: colours.text, "stroke-width": 2 }));
    fold.addEventListener("click", (event) => {
      event.stopPropagation();
      this.chosen = name;
      this.toggle(name);
    });
    node.append(fold);
    const inner = svg("g", {});
    into.append(inner);
    this.drawLayout(box.inside, inner, left + (wide - box.inside.width) / 2, y - box.axis, name, Object.assign([left, y], { exit: [left + wide, y] }));
  }

  drawVolume(box, node, x, y, chosen) {
    const { colours } = this, { cell, unit } = box, middle = x + box.w / 2;
    const left = middle - box.wide / 2;
    node.append(svg("title", {}, unit.name), svg("rect", { x: x + 3, y: y - box.up - 1, width: box.w - 6, height: box.up + box.down, rx: 6, fill: chosen ? colours.selected : "transparent", "fill-opacity": chosen ? 0.1 : undefined, stroke: chosen ? colours.selected : "none", "stroke-width": 2 }));
    if (box.sum) {
      node.append(svg("circle", { cx: left + 11, cy: y, r: 11, fill: colours.page, stroke: colours.text, "stroke-width": 1.6 }), svg("path", { d: `M${left + 5} ${y}h12M${left + 11} ${y - 6}v12`, stroke: colours.text, "stroke-width": 1.6 }));
      cell.plates.forEach((kind, number) => node.append(svg("rect", { x: left + 24 + number * PLATE, y: y - 9, width: 3, height: 18, fill: kindColour(kind) })));
    } else {
      const step = box.height + box.slant + 6;
      if (unit.type !== "cell") for (const back of [2, 1]) this.cuboid(node, left - 2.5 * back, y + box.slant / 2 - 2.5 * back, box, cell.layer.kind, 0.35);
      for (let part = 0; part < box.towers; part++) {
        const axis = y + (part - (box.towers - 1) / 2) * step + box.slant / 2;
        this.cuboid(node, left, axis, box, cell.layer.kind);
        if (cell.layer.kind === "concatenate") this.portions(node, left, axis, box);
        if (unit.type === "cell") cell.plates.forEach((kind, number) => node.append(this.side(left + box.thick + (number + 0.7) * PLATE, axis, box, kind)));
      }
    }
    let low = y + box.tall / 2 + 4;
    if (box.glyph) {
      this.glyph(node, middle, low, box.glyph);
      low += box.glyphHeight + 4;
    }
    box.labels.forEach((line, number) => node.append(svg("text", { x: middle.toFixed(1), y: (low + (number + 1) * LINE - 3).toFixed(1), "text-anchor": "middle", "font-weight": number ? undefined : 600 }, line)));
  }

  cuboid(into, x, y, { height, slant, thick }, kind, opacity = 1) {
    const colour = kindColour(kind), up = y - height / 2, down = y + height / 2;
    const face = (points, share) => svg("polygon", { points: points.map((one) => one.map((v) => v.toFixed(1)).join()).join(" "), fill: colour, "fill-opacity": (share * opacity).toFixed(2), stroke: colour, "stroke-opacity": opacity, "stroke-width": 0.8, "stroke-dasharray": kind === "padding" ? "3 2" : undefined });
    const pale = kind === "padding" ? 0.15 : kind === "input" ? 0.5 : 1;
    into.append(
      face([[x, up], [x + slant, up - slant], [x + thick + slant, up - slant], [x + thick, up]], 0.45 * pale),
      face([[x + thick, up], [x + thick + slant, up - slant], [x + thick + slant, down - slant], [x + thick, down]], 0.65 * pale),
      face([[x, up], [x + thick, up], [x + thick, down], [x, down]], 0.9 * pale));
  }

  /** The map's own face: a plate of this shape stands for a layer that works value by value. */
  side(x, y, { height, slant }, kind) {
    const up = y - height / 2, down = y + height / 2;
    return svg("polygon", { points: `${x.toFixed(1)},${up.toFixed(1)} ${(x + slant).toFixed(1)},${(up - slant).toFixed(1)} ${(x + slant).toFixed(1)},${(down - slant).toFixed(1)} ${x.toFixed(1)},${down.toFixed(1)}`, fill: kindColour(kind), "fill-opacity": 0.85, stroke: kindColour(kind), "stroke-width": 1 });
  }

  /** Where the channels of each branch end, in a map that was put together from several. */
  portions(into, x, y, box) {
    const sources = box.cell.head.inputs.map((at) => this.data.layers[this.data.rows[at].layer].shape.at(-1));
    const total = box.cell.layer.shape.at(-1);
    let sum = 0;
    for (const channels of sources.slice(0, -1)) {
      sum += channels;
      const at = x + (sum / total) * box.thick;
      into.append(svg("path", { d: `M${at.toFixed(1)} ${(y + box.height / 2).toFixed(1)}v${(-box.height).toFixed(1)}l${box.slant.toFixed(1)} ${(-box.slant).toFixed(1)}`, fill: "none", stroke: this.colours.page, "stroke-width": 1 }));
    }
  }

  /** What is folded inside, in small: a square for each layer, columns and lanes as they unfold. */
  glyph(into, middle, top, net) {
    const width = net.columns * 8 + 12, left = middle - width / 2, height = net.lanes * 6 + 12;
    into.append(svg("rect", { x: left, y: top, width, height, rx: 3, fill: this.colours.soft, stroke: this.colours.line, "stroke-width": 0.8 }));
    net.nodes.forEach((cell, at) => into.append(svg("rect", { x: left + 7 + net.rank[at] * 8, y: top + 8 + net.lane[at] * 6, width: 6, height: 4, fill: kindColour(cell.layer.kind) })));
    const arc = (from, to, kind) => into.append(svg("path", { d: `M${left + 6 + from * 8} ${top + 8}V${top + 4}H${left + 10 + to * 8}V${top + 8}`, fill: "none", stroke: this.colours.text, "stroke-width": 1.2, "stroke-dasharray": { projection: "3 2", zero_pad: "1 2" }[kind] }));
    for (const [to, kind] of net.entries) if (kind) arc(-0.5, net.rank[to], kind);
    for (const [from, to, kind] of net.edges) if (kind) arc(net.rank[from], net.rank[to], kind);
  }

  svg() {
    const copy = this.scroller.querySelector("svg").cloneNode(true);
    for (const node of copy.querySelectorAll(".node")) for (const name of ["tabindex", "role", "aria-pressed", "aria-expanded", "class", "cursor"]) node.removeAttribute(name);
    const [, , width, height] = copy.getAttribute("viewBox").split(" ");
    copy.setAttribute("width", width);
    copy.setAttribute("height", height);
    copy.querySelector("defs").after(svg("rect", { width, height, fill: this.colours.page }));
    return new XMLSerializer().serializeToString(copy);
  }
}

const point = (pair) => pair.map((value) => value.toFixed(1)).join(" ");

/** Heights for arcs over the same columns: the short ones below. */
function levels(arcs) {
  const done = [];
  for (const arc of [...arcs].sort((one, other) => one.high - one.low - (other.high - other.low))) {
    const over = done.filter((other) => other.low < arc.high && arc.low < other.high);
    arc.level = 0;
    while (over.some((other) => other.level === arc.level)) arc.level++;
    done.push(arc);
  }
  return done;
}

export const createDiagram = (host, options) => new Diagram(host, options);

// ---------------------------------------------------------------- the numbers of one part

/** A run of blocks, a block, or a row: { type, name, rows }. */
export function locate(data, parts, name) {
  if (!name) return null;
  const unit = parts.units.find((one) => one.type === "run" && one.name === name) ?? parts.blocks.find((one) => one.name === name);
  if (unit) return unit;
  const at = data.rows.findIndex((row) => row.name === name);
  return at < 0 ? null : { type: "row", name, rows: [at] };
}

/** Every number of a row or of a block, its formula beside it, and the way to its neighbours. */
export function details(data, parts, words, name, choose) {
  const found = locate(data, parts, name);
  if (!found) return make("p", { class: "muted" }, words.invitation);
  const { rows, layers } = data;
  const layerOf = (at) => layers[rows[at].layer];
  const facts = [];
  const fact = (label, ...content) => facts.push(make("dt", {}, label), make("dd", {}, ...content));
  const formulas = (...lines) => lines.filter(Boolean).map((line) => make("div", { class: "formula" }, line));
  const links = (numbers) => [...new Set(numbers)].flatMap((at, number) => [...(number ? [" "] : []), make("button", { type: "button", class: "toggle row-link", "data-focus": `row-${rows[at].name}`, onclick: () => choose(rows[at].name) }, `${rows[at].name} ${sizes(layerOf(at).shape)}`)]);
  const inside = new Set(found.rows);
  const sources = found.rows.flatMap((at) => rows[at].inputs.filter((from) => !inside.has(from)));
  const goals = found.rows.flatMap((at) => parts.consumers[at].filter((to) => !inside.has(to)));
  const share = (value, whole) => (whole && value ? ` (${percent(value / whole)})` : "");
  const total = (key) => found.rows.reduce((sum, at) => sum + layerOf(at)[key], 0);
  const heading = make("h4", {}, name);
  if (found.type === "row") {
    const [at] = found.rows, row = rows[at], layer = layerOf(at);
    heading.append(make("span", { class: "muted" }, ` ${kindName(layer, words)}${settingsOf(layer, words)}`));
    fact(words.output, make("b", {}, sizes(layer.shape)), ...formulas(...layer.shapeFormulas));
    fact(words.parameters, ...(layer.parameterFormula ? formulas(layer.parameterFormula) : [make("span", { class: "formula" }, "0")]), make("span", { class: "muted" }, `${share(layer.parameters, data.parameters)}${layer.notTrained ? ` ${fill(words.not_trained, { count: count(layer.notTrained) })}` : ""}`));
    fact(words.multiply_adds, ...(layer.multiplyAddFormula ? formulas(layer.multiplyAddFormula) : [make("span", { class: "formula" }, "0")]), make("span", { class: "muted" }, share(layer.multiplyAdds, data.multiplyAdds)));
    fact(words.values, ...formulas(layer.valueFormula), make("span", { class: "muted" }, layer.stores ? ` ${fill(words.memory, { size: bytes(4 * layer.values) })}` : ` ${words.no_memory}`));
    fact(words.field, ...(row.fieldFormulas ? formulas(...row.fieldFormulas) : [make("span", { class: "formula" }, sizes(row.field))]));
    if (row.shortcut) fact(words.shortcut, `${words[`shortcut_${row.shortcut.kind}`]} `, ...links([row.shortcut.from]));
  } else {
    const last = found.rows.at(-1), blocks = found.blocks ?? [found];
    heading.append(make("span", { class: "muted" }, ` ${found.blocks ? fill(words.run_of, { count: blocks.length, layers: blocks[0].rows.length }) : fill(words.layers, { count: found.rows.length })}`));
    fact(words.output, make("b", {}, sizes(layerOf(last).shape)));
    const each = blocks[0].rows;
    const sum = (key) => {
      const terms = each.map((at) => layerOf(at)[key]).filter(Boolean);
      if (!terms.length) return "0";
      const inner = terms.length === 1 ? count(terms[0]) : terms.map(count).join(" + ");
      const times = blocks.length > 1 ? `${blocks.length}·${terms.length > 1 ? `(${inner})` : inner}` : inner;
      return terms.length === 1 && blocks.length === 1 ? inner : `${times} = ${count(total(key))}`;
    };
    fact(words.parameters, ...formulas(sum("parameters")), make("span", { class: "muted" }, share(total("parameters"), data.parameters)));
    fact(words.multiply_adds, ...formulas(sum("multiplyAdds")), make("span", { class: "muted" }, share(total("multiplyAdds"), data.multiplyAdds)));
    fact(words.field, make("span", { class: "formula" }, sizes(rows[last].field)));
    const short = found.rows.find((at) => rows[at].shortcut);
    if (short !== undefined) fact(words.shortcut, words[`shortcut_${rows[short].shortcut.kind}`]);
  }
  if (sources.length) fact(words.from, ...links(sources));
  if (goals.length) fact(words.to, ...links(goals));
  if (found.type === "row") {
    const cell = parts.cells[parts.cellOf[found.rows[0]]];
    const others = cell.rows.filter((at) => at !== found.rows[0]);
    if (others.length) fact(words.same_box, ...links(others));
  }
  return make("div", { class: "diagram-details" }, heading, make("dl", {}, ...facts));
}

export const kindName = (layer, words) => words[`type_${layer.type}`] ?? layer.type;

function settingsOf({ type, settings, frozen }, words) {
  const side = settings.kernel ?? (type === "Pooling" ? settings.size : undefined);
  const said = [];
  if (settings.operation) said.push(words[settings.operation]);
  if (settings.filters) said.push(fill(words.filters, { count: count(settings.filters) }));
  if (side) said.push(Array.isArray(side) ? side.join("×") : `${side}×${side}`);
  if (settings.stride) said.push(fill(words.stride, { stride: settings.stride }));
  if (settings.padding === "same") said.push(words.padding_same);
  if (settings.padding === "valid") said.push(words.padding_none);
  if (settings.groups > 1) said.push(fill(words.groups, { count: settings.groups }));
  if (settings.dilation > 1) said.push(fill(words.dilation, { dilation: settings.dilation }));
  if (settings.bias === false) said.push(words.no_bias);
  const activation = settings.activation ?? settings.function;
  if (activation) said.push(words[`activation_${activation}`] ?? activation);
  if (settings.rate) said.push(percent(settings.rate));
  if (settings.slope) said.push(fill(words.slope, { slope: settings.slope }));
  if (settings.factor) said.push(`×${settings.factor}`);
  if (frozen) said.push(words.frozen);
  return said.length ? `: ${said.join(", ")}` : "";
}
