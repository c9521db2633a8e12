// A step of the convolution as a picture for slides: drawn anew as SVG at 16:9, not copied from the
// screen, so that it is sharp and whole on every device. PNG, GIF and the page of frames come from it.
import { colourOf, exact, fill, make, palette, short } from "./draw.js";
import { caption, convolutionSum, poolingSum } from "./explanation.js";
import * as layers from "./layers.js";
import { save } from "./take_along.js";

const WIDTH = 1280, HEIGHT = 720, MARGIN = 40, HIGHEST = 410; // of the grids
const MODE = "light"; // slides are white, whatever the page's theme
const PIXELS = 40e6; // of an animation's frames together; cnnviz/ui/server.py takes some more
// Latin letters first: the middle dot of Chinese fonts is as wide as a letter.
const FONT = "Arial, 'Helvetica Neue', 'Liberation Sans', 'Noto Sans SC', 'Microsoft YaHei', 'PingFang SC', sans-serif";

const escaped = (content) => String(content).replace(/[<>&"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
const label = (content, x, y, size = 22, more = "") => `<text x="${x}" y="${y}" font-size="${size}" ${more}>${escaped(content)}</text>`;

/** A grid of numbers; `marks` are sets of cells by what they mean. */
function grid({ title, side, columns = side, values, scale, limit, marks = {} }, x, y, unit) {
  const parts = [label(title, x, y - 12, 20, 'font-weight="600"')];
  const covered = [];
  values.forEach((value, at) => {
    const left = x + (at % columns) * unit, top = y + Math.floor(at / columns) * unit;
    const { background, color } = value === null ? { background: "#ffffff", color: "#111" } : colourOf(value, scale, limit, MODE);
    const opacity = marks.leftOut?.has(at) ? 0.25 : 1;
    parts.push(`<rect x="${left}" y="${top}" width="${unit}" height="${unit}" fill="${background}" stroke="#b9c2c4" opacity="${opacity}"/>`);
    if (marks.padding?.has(at)) parts.push(`<path d="M${left} ${top + unit}L${left + unit} ${top}" stroke="#b9c2c4"/>`);
    const written = value === null ? "" : short(value);
    if (unit >= 17 && written) parts.push(label(written, left + unit / 2, top + unit * 0.66, Math.min(unit * 0.5, (1.5 * unit) / written.length, 26), `text-anchor="middle" fill="${color}" opacity="${opacity}"`));
    if (marks.lit?.has(at)) covered.push(`<rect x="${left + 1.5}" y="${top + 1.5}" width="${unit - 3}" height="${unit - 3}" fill="none" stroke="${palette.selected[MODE]}" stroke-width="3"/>`);
  });
  return parts.join("") + covered.join("");
}

/** Lines of a sum, broken between terms. */
function wrapped(sum, most) {
  const lines = [""];
  for (const term of sum.split(/(?<= [+=≈] )/)) {
    if (lines.at(-1).length + term.length > most) lines.push("");
    lines[lines.length - 1] += term;
  }
  return lines;
}

/** What is exported, as it stands now: the visitor may go on changing things. */
function snapshot({ text, data, stage, filter, example }) {
  const copy = example.with({});
  const { layer, poolLayer, maps } = copy;
  const { output } = stage === "pool" ? poolLayer : layer;
  return { text, data, stage, filter, example: copy, layer, poolLayer, maps, steps: output * output };
}

/** One step as a whole SVG document. */
function stepSvg(instrument, position) {
  const { text, layer, poolLayer, example, maps, stage, filter } = instrument;
  const pooling = stage === "pool";
  const stepped = pooling ? poolLayer : layer;
  const row = Math.floor(position / stepped.output), column = position % stepped.output;
  const parts = [`<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>`];
  const later = (map) => Array.from({ length: stepped.output ** 2 }, (_, at) => (at <= position ? map.values[at * map.channels + filter] : null));
  const place = fill(text.place, { step: position + 1, steps: stepped.output ** 2, row, column });
  const mapScale = example.scaleOf("convolution");
  const panels = [];
  let sum;
  if (pooling) {
    const name = example.relu ? "relu" : "convolution";
    const calculated = poolingSum(instrument, filter, row, column);
    sum = calculated.written + exact(calculated.total);
    const lit = new Set(layers.window(poolLayer, row, column).map((pixel) => pixel.row * poolLayer.size + pixel.column));
    panels.push({ title: text[`map_${name}`], side: poolLayer.size, values: Array.from({ length: poolLayer.size ** 2 }, (_, at) => maps.relu.values[at * maps.relu.channels + filter]), ...mapScale, marks: { lit } }, "→");
    panels.push({ title: text.map_pool, side: poolLayer.output, values: later(maps.pool), ...mapScale, marks: { lit: new Set([position]) } });
  } else {
    const { slices, pixels } = example.sum(filter, row, column);
    const lit = new Set(pixels.map((pixel) => (pixel.row + layer.before) * layer.padded + pixel.column + layer.before));
    const all = Array.from({ length: layer.padded ** 2 }, (_, at) => at);
    const rowOf = (at) => Math.floor(at / layer.padded) - layer.before, columnOf = (at) => (at % layer.padded) - layer.before;
    const outside = (at) => [rowOf(at), columnOf(at)].some((place) => place < 0 || place >= layer.size);
    const padding = new Set(all.filter(outside));
    const leftOut = new Set(all.filter((at) => [rowOf(at), columnOf(at)].some((place) => place + layer.before >= layer.padded - layer.leftOut)));
    const names = example.channels === 1 ? [""] : [text.colour_red, text.colour_green, text.colour_blue];
    const column3 = (make3) => names.map((name, channel) => make3(channel, name));
    const kernelScale = example.scaleOf("kernel");
    panels.push(
      column3((channel, name) => ({ title: `${text.block_image} ${name}`, side: layer.padded, values: all.map((at) => example.valueAt("input", channel, at)), ...example.scaleOf("input"), marks: { lit, padding, leftOut } })), "×",
      column3((channel) => ({ title: channel ? "" : fill(text.filter_number, { number: filter + 1 }), side: layer.kernel, values: slices[channel].kernel, ...kernelScale })), "=",
      column3((channel) => ({ title: channel ? "" : text.products, side: layer.kernel, values: slices[channel].products, ...mapScale })), "Σ",
      { title: text.map_convolution, side: layer.output, values: later(maps.convolution), ...mapScale, marks: { lit: new Set([position]) } });
    const calculated = convolutionSum(instrument, { filter, row, column });
    sum = calculated.written + exact(calculated.total) + calculated.after;
  }
  // The image may be much larger than the rest: it gets its own size of cells.
  const room = (stack) => (HIGHEST - 40 * (stack.length - 1)) / stack.reduce((count, panel) => count + panel.side, 0);
  const stacks = panels.filter((panel) => typeof panel !== "string").map((panel) => [panel].flat());
  const first = Math.min(stacks.length > 2 ? 56 : 90, (WIDTH / 2.6) / stacks[0][0].side, room(stacks[0]));
  const others = stacks.slice(1);
  const width = WIDTH - 2 * MARGIN - 60 * others.length - first * stacks[0][0].side;
  const unit = Math.min(stacks.length > 2 ? 56 : 90, width / others.reduce((count, stack) => count + stack[0].side, 0), ...others.map(room));
  let x = MARGIN;
  for (const panel of panels) {
    if (typeof panel === "string") { parts.push(label(panel, x + 18, 130 + HIGHEST / 2, 34, 'text-anchor="middle"')); x += 40; continue; }
    const stack = [panel].flat();
    const side = panel === panels[0] ? first : unit;
    const height = stack.reduce((count, member) => count + member.side * side, 40 * (stack.length - 1));
    let y = 120 + (HIGHEST - height) / 2;
    for (const member of stack) {
      parts.push(grid(member, x, y, side));
      y += member.side * side + 40;
    }
    x += stack[0].side * side + 20;
  }
  parts.push(label(`${text.export_title} · ${place}`, MARGIN, 60, 28, 'font-weight="600"'));
  const lines = wrapped(sum, 105);
  const size = lines.length > 4 ? 15 : 22;
  (lines.length > 4 ? wrapped(sum, 160) : lines).forEach((line, at) => parts.push(label(line, MARGIN, 575 + at * size * 1.3, size)));
  parts.push(label(caption(instrument), MARGIN, HEIGHT - 28, 20, 'fill="#4a5557"'));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" font-family="${FONT}" fill="#1d2527">${parts.join("")}</svg>`;
}

async function rasterised(svg, width) {
  const picture = new Image();
  picture.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  await picture.decode();
  const canvas = make("canvas", { width, height: Math.round((width * HEIGHT) / WIDTH) });
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  return canvas;
}

const blobOf = (canvas) => new Promise((done) => canvas.toBlob(done, "image/png"));

/** All steps as one page, a frame on each sheet of paper: for slides, and for printing. */
function framesPage(shot) {
  const title = escaped(shot.text.export_title);
  const frames = Array.from({ length: shot.steps }, (_, at) => `<figure>${stepSvg(shot, at)}</figure>`).join("\n");
  const style = "body{margin:0;font-family:sans-serif}figure{margin:0 0 1rem;break-after:page}svg{width:100%;height:auto;display:block}@page{size:A4 landscape;margin:10mm}";
  return `<!doctype html><html lang="${shot.data.locale}"><head><meta charset="utf-8"><title>${title}</title><style>${style}</style></head><body>${frames}</body></html>`;
}

class ServerBusy extends Error {}

/** A GIF, which the server writes from our frames: for each, four bytes of length and a PNG. */
async function animation(shot, work) {
  const { text, data, steps } = shot;
  const width = Math.min(960, Math.floor(Math.sqrt(((PIXELS / steps) * WIDTH) / HEIGHT)));
  const parts = [];
  for (let at = 0; at < steps && !work.cancelled; at++) {
    work.tell(fill(text.export_progress, { done: at + 1, all: steps }));
    const frame = await blobOf(await rasterised(stepSvg(shot, at), width));
    const length = new DataView(new ArrayBuffer(4));
    length.setUint32(0, frame.size);
    parts.push(length.buffer, frame);
  }
  if (work.cancelled) return null;
  const response = await fetch(data.animation, { method: "POST", body: new Blob(parts) });
  if (response.status === 503) throw new ServerBusy();
  if (!response.ok) throw new Error(String(response.status));
  return response.blob();
}

/** The row of buttons, and a line that tells how far a longer export is. */
export function exportTools(instrument) {
  const { text } = instrument;
  const progress = (instrument.progress ??= make("span", { class: "muted", role: "status" })); // it outlives a rebuild
  const names = { convolution: "convolution", pool: "pooling" };
  const svg = (content) => new Blob([content], { type: "image/svg+xml" });
  const exports = {
    png: async (shot, at) => save(await blobOf(await rasterised(stepSvg(shot, at), 1920)), `${names[shot.stage]}_${at + 1}.png`),
    svg: (shot, at) => save(svg(stepSvg(shot, at)), `${names[shot.stage]}_${at + 1}.svg`),
    gif: async (shot, at, work) => {
      const made = await animation(shot, work);
      if (made) save(made, `${names[shot.stage]}.gif`);
    },
    frames: (shot) => save(new Blob([framesPage(shot)], { type: "text/html" }), `${names[shot.stage]}.html`),
  };
  const run = async (name) => {
    const work = { cancelled: false, tell: (line) => { progress.textContent = line; } };
    instrument.pause();
    instrument.exporting = work;
    cancel.hidden = name !== "gif";
    try {
      await exports[name](snapshot(instrument), instrument.position, work);
      work.tell("");
    } catch (error) {
      work.tell(error instanceof ServerBusy ? text.export_busy : text.export_failed);
    }
    instrument.exporting = null;
    instrument.build();
  };
  const tool = (name, label) => make("button", { type: "button", class: "toggle", "data-focus": `export-${name}`, "data-export": name, disabled: Boolean(instrument.exporting), onclick: () => run(name) }, label);
  const cancel = make("button", { type: "button", class: "toggle", "data-focus": "export-cancel", hidden: !instrument.exporting, onclick: () => { instrument.exporting.cancelled = true; } }, text.export_cancel);
  return make("div", { class: "toolbar" },
    make("span", { class: "muted" }, text.export),
    tool("png", text.export_png), tool("svg", text.export_svg), tool("gif", text.export_gif), tool("frames", text.export_frames), cancel, progress);
}
