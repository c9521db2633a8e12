// One exercise: its matrices, fields to fill in, marks beside them, the worked solution.
// The server marks; what is typed but not yet marked stays here, also when the language changes.
import { colourOf, fill, keepFocus, make, show, theme, themed } from "./draw.js";

const SIGNS = { right: "✓", wrong: "✕", unreadable: "?", empty: "?" };

/** Rows of cells; content(value, row, column) makes each. */
function table(rows, content) {
  const cells = rows.flatMap((row, down) => row.map((value, across) => content(value, down, across)));
  return make("div", { class: "numbers", style: `grid-template-columns:repeat(${rows[0].length}, auto)` }, ...cells);
}

class Exercise {
  constructor(component) {
    Object.assign(this, component);
    this.text = this.data.text;
    this.mode = theme(this.root);
    const state = (this.root.state ??= {});
    if (state.id !== this.data.id) {
      // What is typed into each exercise, marked or not yet, waits here for the way back to it.
      const drafts = (state.drafts ??= {});
      const typed = (drafts[this.data.id] ??= [...this.data.typed]);
      Object.assign(state, { id: this.data.id, typed, cell: null, refused: false });
    }
    this.state = state;
    // Keep what is typed after the last marking, forget the marks that no longer belong to it.
    this.fresh = this.data.typed.map((typed, at) => typed === state.typed[at]);
  }

  act(action, more = {}) {
    this.setTriggerValue("act", { id: this.data.id, action, ...more });
  }

  /** Everything anew but the verdict: screen readers tell what changes in a place that stays. */
  build() {
    const { data, root, state } = this;
    if (state.frame?.parentNode !== root) {
      state.verdict = make("p");
      state.frame = themed(root, "exercise-root", make("div"), make("div", { class: "sides" },
        make("div"), make("div", { class: "panel" }, make("div", { role: "status" }, state.verdict))));
      root.replaceChildren(state.frame);
    }
    const [head, sides] = state.frame.children;
    const [form, panel] = sides.children;
    keepFocus(root, () => {
      state.frame.style.cssText = themed(root, "").style.cssText;
      head.replaceWith(this.head());
      form.replaceWith(this.form());
      for (const old of [...panel.children].slice(1)) old.remove();
      panel.append(...this.below());
    });
    state.verdict.className = `verdict ${data.verdict_kind}`;
    if (state.verdict.textContent !== data.verdict) state.verdict.textContent = data.verdict;
    this.choose(state.cell);
  }

  // The number, and where it leads

  head() {
    const { data, text, state } = this;
    const go = (number) => this.act("go", { number });
    const step = (by, sign, label) => {
      const number = data.number + by;
      return make("button", { type: "button", class: "toggle", "data-focus": sign, ariaLabel: label, disabled: number < 1 || number > data.count, onclick: () => go(number) }, sign);
    };
    const field = make("input", {
      class: "exercise-number", "data-focus": "number", value: String(data.number), inputMode: "numeric", ariaLabel: fill(text.number_label, { count: data.count }), autocomplete: "off", maxLength: 6,
      onfocus: () => field.select(),
      onchange: () => {
        const typed = field.value.normalize("NFKC").trim();
        const number = Number(typed);
        state.refused = !/^\d+$/.test(typed) || number < 1 || number > data.count;
        if (state.refused) this.build();
        else if (number !== data.number) go(number);
      },
    });
    return make("div", { class: "exercise-head" },
      make("div", { class: "group" }, step(-1, "‹", text.previous),
        make("label", {}, text.number, " ", field, " ", fill(text.of, { count: data.count })), step(1, "›", text.next)),
      make("h4", {}, data.kind, make("span", { class: "muted" }, data.level ? ` · ${data.level}` : "")),
      make("p", { class: "note warning", role: "alert", hidden: !state.refused }, fill(text.number_refused, { count: data.count })));
  }

  // The question and its fields

  form() {
    const { data, text } = this;
    this.fields = [];
    this.windowed = [];
    // In a table the layers are the rows; what is left over, the sum, stands below it.
    const cells = data.columns.length * data.layers.length;
    const filled = cells ? this.table(data.parts.slice(0, cells)) : "";
    const parts = data.parts.slice(cells).map((part, at) => this.part(part, cells + at));
    const form = make("form", {
      class: "exercise-form", noValidate: true,
      onsubmit: (event) => { event.preventDefault(); this.act("mark", { typed: this.state.typed }); },
    },
      make("p", { class: "question" }, data.question),
      filled,
      data.layers.length && !cells ? make("ol", { class: "layers" }, ...data.layers.map((layer) => make("li", {}, layer))) : "",
      ...parts,
      make("div", { class: "group actions" },
        make("button", { type: "submit", class: `toggle${data.done ? "" : " main"}`, "data-focus": "mark", title: text.mark_help }, text.mark),
        make("button", { type: "button", class: "toggle", "data-focus": "show", disabled: data.open, onclick: () => this.act("show") }, text.show_solution),
        make("button", { type: "button", class: `toggle${data.done ? " main" : ""}`, "data-focus": "forward", disabled: data.number >= data.count, onclick: () => this.act("go", { number: data.number + 1 }) }, text.next)));
    return form;
  }

  /** One row a layer, one field a cell; the notes on wrong cells come below. */
  table(parts) {
    const { data, text } = this;
    const width = data.columns.length;
    const notes = [];
    const rows = data.layers.map((layer, row) => make("tr", {}, make("th", { scope: "row" }, layer),
      ...parts.slice(row * width, (row + 1) * width).map((part) => {
        const at = this.fields.length;
        const [state = ""] = this.fresh[at] ? part.states : [];
        if (state && state !== "right") notes.push(...part.notes.map((note) => make("li", {}, make("b", {}, `${part.label} `), note)));
        const input = this.input(at, state ? `${part.label}: ${text[`state_${state}`]}` : part.label, part.form === "number" ? "numeric" : "text");
        input.addEventListener("keydown", (event) => {
          const target = this.fields[at + ({ ArrowUp: -width, ArrowDown: width }[event.key] ?? NaN)];
          if (!target) return;
          event.preventDefault();
          target.focus();
        });
        return make("td", {}, make("span", { class: `grid-cell ${state}` }, input, make("span", { class: "sign", ariaHidden: "true" }, SIGNS[state] ?? "")));
      })));
    return make("div", { class: "summary" },
      make("table", {}, make("thead", {}, make("tr", {}, ...[text.table_layer, ...data.columns].map((head) => make("th", { scope: "col" }, head)))), make("tbody", {}, ...rows)),
      make("ul", { class: "part-notes" }, ...notes));
  }

  part(part, index) {
    const { text } = this;
    const start = this.fields.length;
    const states = part.states.map((state, at) => (this.fresh[start + at] ? state : ""));
    const groups = []; // an operator stays with what follows it when the line is broken
    const put = (operator, figure) => {
      if (operator || !groups.length) groups.push(make("div", { class: "matrices" }, operator ? make("span", { class: "operator" }, operator) : ""));
      groups.at(-1).append(figure);
    };
    for (const matrix of part.matrices) {
      // All channels of an image, or of a filter, have one scale of colours.
      const alike = part.matrices.filter((other) => other.windowed === matrix.windowed);
      put(matrix.operator, this.matrix(matrix, index, alike.flatMap((other) => other.rows.flat())));
    }
    if (part.form === "grid") {
      const blank = Array.from({ length: part.rows }, () => Array(part.columns).fill(null));
      const grid = table(blank, (_, row, column) =>
        this.cell(part, index, start + row * part.columns + column, states[row * part.columns + column] ?? "",
          `${part.label}, ${fill(text.field_label, { row, column })}`));
      put(part.sign, make("figure", {}, grid, make("figcaption", {}, part.label)));
      return make("div", { class: "part" }, make("div", { class: "calculation-row" }, ...groups), this.notes(part, states));
    }
    const state = states[0] ?? "";
    const input = this.input(start, part.label, part.form === "number" && !part.signed ? "numeric" : "text");
    const sign = make("span", { class: `sign ${state}` }, state ? `${SIGNS[state]} ${text[`state_${state}`]}` : "");
    return make("div", { class: "part" },
      groups.length ? make("div", { class: "calculation-row" }, ...groups) : "",
      make("label", { class: "asked" }, make("span", {}, part.label), make("span", { class: "answer" }, input, sign)),
      this.notes(part, states));
  }

  /** What was read, right or wrong: in words, below the fields. */
  notes(part, states) {
    const { text } = this;
    const lines = states.some(Boolean) ? [...part.notes] : [];
    if (part.form === "grid" && states.length && states.every(Boolean)) {
      const count = (...kinds) => states.filter((state) => kinds.includes(state)).length;
      const wrong = count("wrong"), open = count("empty", "unreadable");
      const parts = [fill(text.cells, { right: count("right"), count: states.length })];
      if (wrong) parts.push(fill(text.cells_wrong, { count: wrong }));
      if (open) parts.push(fill(text.cells_open, { count: open }));
      lines.unshift(parts.join(" "));
    }
    return make("div", { class: "part-notes" }, ...lines.map((line) => make("p", {}, line)));
  }

  /** Numbers as they are given, coloured by value; the asked cell has a question mark. */
  matrix({ caption, rows, asked, windowed }, index, alike) {
    const scale = alike.some((value) => value < 0) ? "signed" : "sequential";
    const limit = 2.2 * Math.max(1, ...alike.map(Math.abs)); // pale: the number is what counts
    const numbers = table(rows, (value, row, column) => {
      if (row === asked?.[0] && column === asked[1]) return make("span", { class: "number-cell mark-asked" }, "?");
      if (value === null) return make("span", { class: "number-cell" });
      const { background, color } = colourOf(value, scale, limit, this.mode);
      return make("span", { class: "number-cell", style: `background:${background};color:${color}` }, show(value));
    });
    if (windowed) this.windowed.push({ part: index, numbers, rows: rows.length, columns: rows[0].length });
    return make("figure", {}, numbers, make("figcaption", {}, caption));
  }

  input(at, label, inputMode) {
    const { state } = this;
    const input = make("input", {
      value: state.typed[at], ariaLabel: label, inputMode, autocomplete: "off", autocapitalize: "off", spellcheck: false, maxLength: this.data.longest, "data-focus": `field-${at}`,
      oninput: () => {
        state.typed[at] = input.value;
        // The mark was for what stood there before.
        input.closest(".asked, .grid-cell")?.querySelector(".sign")?.replaceChildren();
        input.closest(".grid-cell")?.classList.remove("right", "wrong", "unreadable", "empty");
      },
      onfocus: () => input.select(),
    });
    this.fields.push(input);
    return input;
  }

  /** One field of a map: arrows move to the neighbours, as in a spreadsheet. */
  cell(part, index, at, state, label) {
    const input = this.input(at, state ? `${label}: ${this.text[`state_${state}`]}` : label, "text");
    input.addEventListener("focus", () => this.choose({ part: index, field: at - part.start }));
    input.addEventListener("keydown", (event) => {
      const move = { ArrowUp: -part.columns, ArrowDown: part.columns, ArrowLeft: -1, ArrowRight: 1 }[event.key];
      const target = at - part.start + move;
      if (!move || target < 0 || target >= part.rows * part.columns) return;
      event.preventDefault();
      this.fields[part.start + target].focus();
    });
    return make("span", { class: `grid-cell ${state}` }, input, make("span", { class: "sign", ariaHidden: "true" }, SIGNS[state] ?? ""));
  }

  // Below the verdict: how it is counted, then the way to the answer

  below() {
    const { data, text } = this;
    this.steps = [];
    return data.open ? this.solution() : [
      make("h4", {}, text.conventions),
      make("ul", {}, ...["shape", "padding", "filter", "tries"].map((name) => make("li", {}, text[`convention_${name}`]))),
    ];
  }

  solution() {
    const { data, text } = this;
    const several = data.parts.length > 1;
    return [make("h4", {}, text.solution), ...data.parts.map((part, index) => {
      const cells = part.form === "grid" ? part.rows * part.columns : 0;
      const rules = part.steps.length - cells;
      const items = part.steps.map((step, at) => {
        if (at < rules || !part.windows.length) return make("li", {}, step);
        const chosen = { part: index, field: at - rules };
        const item = make("li", { class: "with-window", onclick: () => this.choose(chosen) }, step);
        if (cells) this.steps.push({ ...chosen, item });
        return item;
      });
      const right = part.states.length && part.states.every((state) => state === "right");
      const answer = part.form === "grid"
        ? (right ? "" : table(part.answer, (value) => make("span", { class: "number-cell" }, value)))
        : several ? part.answer : fill(text.answer, { answer: part.answer });
      return make("section", {},
        make("div", { class: "plain-answer" }, several ? make("span", { class: "muted" }, `${part.label} `) : "", answer),
        cells ? make("p", { class: "muted" }, text.touch_cell) : "",
        make("ul", { class: `steps${cells ? " of-cells" : ""}` }, ...items));
    })];
  }

  /** Show the window of one result, once the solution is open: before, it would be the answer. */
  choose(cell) {
    const { data, state } = this;
    state.cell = cell;
    for (const { numbers } of this.windowed) for (const one of numbers.children) one.classList.remove("in-window");
    for (const { item } of this.steps) item.classList.remove("chosen");
    if (!data.open) return;
    const chosen = data.parts.flatMap((part, index) => {
      if (!part.windows.length) return [];
      if (part.form === "number") return [{ part: index, window: part.windows[0] }];
      return cell?.part === index ? [{ part: index, window: part.windows[cell.field] }] : [];
    });
    for (const { part, window: [top, left, size] } of chosen) {
      for (const { numbers, rows, columns } of this.windowed.filter((one) => one.part === part)) {
        for (let row = top; row < top + size; row++) {
          for (let column = left; column < left + size; column++) {
            if (row >= 0 && row < rows && column >= 0 && column < columns) numbers.children[row * columns + column].classList.add("in-window");
          }
        }
      }
    }
    for (const { part, field, item } of this.steps) item.classList.toggle("chosen", part === cell?.part && field === cell?.field);
  }
}

export default function (component) {
  const { root, data } = component;
  const { shown, done, open } = root.state ?? {};
  const exercise = new Exercise(component);
  exercise.build();
  Object.assign(root.state, { shown: data.id, done: data.done, open: data.open });
  if (shown === undefined) return;
  const touch = matchMedia("(pointer: coarse)").matches; // its keyboard would cover the question
  if (shown !== data.id && !touch) exercise.fields[0].focus({ preventScroll: true });
  else if (shown === data.id && ((data.done && !done) || (data.open && !open))) {
    const [mark, forward] = ["mark", "forward"].map((name) => root.querySelector(`[data-focus="${name}"]`));
    (forward.disabled ? mark : forward).focus({ preventScroll: true });
  }
}
