// What a component shows, to be taken along: a table as CSV and Markdown, a drawing as SVG.
import { make } from "./draw.js";

const STYLES = ["fill", "stroke", "stroke-width", "stroke-dasharray", "opacity", "font-family", "font-size", "font-weight", "text-anchor"];

/** Content is a text or a Blob. */
export function save(content, name, type = content.type) {
  const link = make("a", { href: URL.createObjectURL(new Blob([content], { type })), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

const NUMBER = /^-?\d+(\.\d+)?$/;
const numberIn = (shown) => shown.replace(/^−/, "-").replace(/(?<=\d),(?=\d{3}(\D|$))/g, "");

/** The texts of a table, row by row; what is typed counts for its cell. */
const textsOf = (table) => [...table.rows].map((row) => [...row.cells].map((cell) => (cell.querySelector("input")?.value ?? cell.innerText ?? cell.textContent).replace(/\s+/g, " ").trim()));

/** As a spreadsheet reads it: RFC 4180, numbers without separators and with the keyboard's minus. */
export function toCsv(rows) {
  const written = (shown) => {
    const number = numberIn(shown);
    const cell = NUMBER.test(number) ? number : shown;
    return /[",]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
  };
  return rows.map((row) => `${row.map(written).join(",")}\r\n`).join("");
}

/** As GitHub and Pandoc read it; columns that hold only numbers stand right. */
export function toMarkdown([heads, ...rows]) {
  const line = (cells) => `| ${cells.join(" | ")} |\n`;
  const escaped = (cell) => cell.replace(/[\\|]/g, "\\$&");
  const rule = heads.map((_, column) => (rows.every((row) => NUMBER.test(numberIn(row[column]))) ? "---:" : "---"));
  return [heads.map(escaped), rule, ...rows.map((row) => row.map(escaped))].map(line).join("");
}

function toSvg(drawing) {
  const copy = drawing.cloneNode(true);
  const shown = [drawing, ...drawing.querySelectorAll("*")], copied = [copy, ...copy.querySelectorAll("*")];
  shown.forEach((element, at) => {
    const style = getComputedStyle(element);
    for (const name of STYLES) copied[at].setAttribute(name, style.getPropertyValue(name));
    copied[at].removeAttribute("class");
  });
  const { width, height } = drawing.viewBox.baseVal;
  copy.setAttribute("width", width);
  copy.setAttribute("height", height);
  copy.setAttribute("style", `background:${getComputedStyle(drawing).getPropertyValue("--st-background-color")}`);
  return new XMLSerializer().serializeToString(copy);
}

const button = (label, name, onclick) => make("button", { type: "button", class: "toggle take", "data-focus": `take-${name}`, onclick }, `↓ ${label}`);

/** The buttons under a table. */
export const tableButtons = (table, name) => make("div", { class: "take-along" },
  button("CSV", `${name}.csv`, () => save(`\ufeff${toCsv(textsOf(table))}`, `${name}.csv`, "text/csv")),
  button("Markdown", `${name}.md`, () => save(toMarkdown(textsOf(table)), `${name}.md`, "text/markdown")));

/** The button under a drawing. */
export const drawingButton = (drawing, name) => make("div", { class: "take-along" },
  button("SVG", `${name}.svg`, () => save(toSvg(drawing), `${name}.svg`, "image/svg+xml")));
