// Draws several units over each other: lowest and highest of each point, holes left open. Each unit
// has its own dashes and its letter at the end of its line, so that colour is never needed. Keys
// follow the links above the chart: page, tables and address are always of the same time.
/* global uPlot */
const HOUR = 3600;
const FONT = "14px system-ui, sans-serif";
const STYLES = [
  { colour: "#003087", dash: [] },
  { colour: "#a80d00", dash: [14, 5] },
  { colour: "#00543c", dash: [3, 4] },
  { colour: "#6b2fa0", dash: [14, 4, 3, 4] },
  { colour: "#7a3e00", dash: [7, 7] },
  { colour: "#212b32", dash: [24, 6] },
];
const box = document.getElementById("compare");

function clock(data) {
  const length = data.window[1] - data.window[0];
  const parts = { timeZone: data.timezone, hourCycle: "h23" };
  if (length <= 48 * HOUR) Object.assign(parts, { hour: "2-digit", minute: "2-digit" });
  else Object.assign(parts, { month: "numeric", day: "numeric" });
  if (length > 300 * 24 * HOUR) Object.assign(parts, { year: "2-digit" });
  return new Intl.DateTimeFormat(document.documentElement.lang, parts);
}

function limits(lines, band) {
  const known = lines.flatMap(({ line }) => [...line.low, ...line.high]).filter((one) => one !== null);
  const low = Math.min(...(band ?? []), ...known);
  const high = Math.max(...(band ?? []), ...known);
  const room = (high - low) * 0.08 + 0.5;
  return [low - room, high + room];
}

// The letter of each unit stands where its line ends, pushed down where another one stands.
function letters(data, lines) {
  return (plot) => {
    const { ctx, bbox } = plot;
    const taken = [];
    ctx.save();
    ctx.font = `bold ${16 * devicePixelRatio}px system-ui, sans-serif`;
    ctx.textAlign = "left";
    ctx.textBaseline = "middle";
    data.units.forEach((_unit, place) => {
      const line = lines.filter((one) => one.place === place).at(-1)?.line;
      const last = line ? line.high.findLastIndex((one) => one !== null) : -1;
      if (last < 0) return;
      const x = Math.min(plot.valToPos(line.at[last], "x", true) + 4, bbox.left + bbox.width + 4);
      let y = plot.valToPos((line.low[last] + line.high[last]) / 2, "y", true);
      const height = 18 * devicePixelRatio;
      while (taken.some((one) => Math.abs(one.y - y) < height && Math.abs(one.x - x) < height)) y += height;
      taken.push({ x, y });
      ctx.lineWidth = 4 * devicePixelRatio;
      ctx.strokeStyle = "#fff";
      ctx.strokeText(data.letters[place], x, y);
      ctx.fillStyle = STYLES[place].colour;
      ctx.fillText(data.letters[place], x, y);
    });
    ctx.restore();
  };
}

function under(data) {
  return (plot) => {
    if (!data.band) return;
    const { left, top, width, height } = plot.bbox;
    const [high, low] = [data.band[1], data.band[0]].map((one) => plot.valToPos(one, "y", true));
    plot.ctx.save();
    plot.ctx.beginPath();
    plot.ctx.rect(left, top, width, height);
    plot.ctx.clip();
    plot.ctx.fillStyle = "#d3ebdf";
    plot.ctx.fillRect(left, high, width, low - high);
    plot.ctx.restore();
  };
}

function draw() {
  const data = JSON.parse(document.getElementById("compare-data").textContent);
  const lines = data.units.flatMap((unit, place) => unit.map((line) => ({ place, line })));
  const axis = { stroke: "#212b32", font: FONT, grid: { stroke: "#e3e9e6", width: 1 } };
  const sides = lines.flatMap(({ place }) => {
    const { colour, dash } = STYLES[place];
    const side = { stroke: colour, width: 2, dash, spanGaps: false, points: { show: false } };
    return [side, side];
  });
  const times = (_plot, splits) => {
    const format = clock(data);
    return splits.map((at) => format.format(at * 1000));
  };
  const options = {
    width: box.clientWidth,
    height: 360,
    padding: [null, 28, null, null],
    legend: { show: false },
    cursor: { show: false },
    scales: { x: { time: true, range: () => data.window }, y: { range: () => limits(lines, data.band) } },
    axes: [
      { ...axis, space: 70, values: times },
      { ...axis, size: 60, values: (_plot, splits) => splits.map((one) => `${one} °C`) },
    ],
    series: [{}, ...sides],
    bands: lines.map(({ place }, one) => ({ series: [2 * one + 2, 2 * one + 1], fill: `${STYLES[place].colour}22` })),
    plugins: [{ hooks: { drawAxes: under(data), draw: letters(data, lines) } }],
    tzDate: (at) => uPlot.tzDate(new Date(at * 1000), data.timezone),
  };
  const joined = uPlot.join(lines.map(({ line }) => [line.at, line.low, line.high]));
  const plot = new uPlot(options, joined, box);
  new ResizeObserver(() => plot.setSize({ width: box.clientWidth, height: 360 })).observe(box);
}

const KEYS = { "+": "closer", "=": "closer", "-": "wider", ArrowLeft: "earlier", ArrowRight: "later" };

function pressed(event) {
  const move = KEYS[event.key];
  if (!move || event.ctrlKey || event.altKey || event.metaKey) return;
  event.preventDefault();
  const link = document.querySelector(`[data-move="${move}"][href]`);
  if (link) location.assign(`${link.href}#compare`);
}

if (box) {
  draw();
  document.getElementById("zoom-hint").hidden = false;
  box.addEventListener("keydown", pressed);
  if (location.hash === "#compare") box.focus();
}
