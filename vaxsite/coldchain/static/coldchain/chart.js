// Draws a probe's readings: safe band, lowest and highest of each point, holes left open,
// excursions, door and power. The sentence and the table beside it say the same in words. What is
// shown at another zoom comes from the server: every point of it keeps its lowest and highest.
/* global uPlot */
const HOUR = 3600;
const SHORTEST_S = 600; // As the server's own.
const INK = { line: "#003087", between: "rgba(0,48,135,.18)", band: "#d3ebdf", limit: "#00543c",
  excursion: "rgba(168,13,0,.2)", door: "#7a3e00", work: "rgba(76,98,114,.45)", power: "#212b32", grid: "#e3e9e6", text: "#212b32" };
const FONT = "14px system-ui, sans-serif";

function clock(data) {
  const length = data.window[1] - data.window[0];
  const parts = { timeZone: data.timezone, hourCycle: "h23" };
  if (length <= 48 * HOUR) Object.assign(parts, { hour: "2-digit", minute: "2-digit" });
  else Object.assign(parts, { month: "numeric", day: "numeric" });
  if (length > 300 * 24 * HOUR) Object.assign(parts, { year: "2-digit" });
  return new Intl.DateTimeFormat(document.documentElement.lang, parts);
}

// Work on the unit is hatched, not coloured: it must be seen beside an excursion, and in print.
function hatch(plot, spans, top, height) {
  const { ctx } = plot;
  for (const [from, to] of spans) {
    const left = plot.valToPos(from, "x", true);
    const width = Math.max(plot.valToPos(to, "x", true) - left, 4);
    ctx.save();
    ctx.beginPath();
    ctx.rect(left, top, width, height);
    ctx.clip();
    ctx.strokeStyle = INK.work;
    ctx.lineWidth = 2;
    ctx.beginPath();
    for (let x = left - height; x < left + width; x += 14) {
      ctx.moveTo(x, top + height);
      ctx.lineTo(x + height, top);
    }
    ctx.stroke();
    ctx.restore();
  }
}

function marks(chart) {
  const strip = (plot, spans, colour, top, height) => {
    plot.ctx.fillStyle = colour;
    for (const [from, to] of spans) {
      const left = plot.valToPos(Math.max(from, chart.data.window[0]), "x", true);
      const right = plot.valToPos(to, "x", true);
      plot.ctx.fillRect(left, top, Math.max(right - left, 2), height);
    }
  };
  const under = (plot) => {
    const data = chart.data;
    const { left, top, width, height } = plot.bbox;
    const [high, low] = [data.band[1], data.band[0]].map((one) => plot.valToPos(one, "y", true));
    plot.ctx.save();
    plot.ctx.beginPath();
    plot.ctx.rect(left, top, width, height);
    plot.ctx.clip();
    plot.ctx.fillStyle = INK.band;
    plot.ctx.fillRect(left, high, width, low - high);
    hatch(plot, data.work, top, height);
    strip(plot, data.excursions, INK.excursion, top, height);
    plot.ctx.fillStyle = INK.limit;
    plot.ctx.fillRect(left, high, width, 2);
    plot.ctx.fillRect(left, low, width, 2);
    plot.ctx.restore();
  };
  const over = (plot) => {
    const data = chart.data;
    const { left, top, width, height } = plot.bbox;
    plot.ctx.save();
    plot.ctx.beginPath();
    plot.ctx.rect(left, top, width, height);
    plot.ctx.clip();
    strip(plot, data.doors, INK.door, top + height - 20, 8);
    strip(plot, data.power, INK.power, top + height - 8, 8);
    plot.ctx.restore();
  };
  return { hooks: { drawAxes: under, draw: over } };
}

function limits(data) {
  const known = [...data.low, ...data.high].filter((one) => one !== null);
  const low = Math.min(data.band[0], ...known);
  const high = Math.max(data.band[1], ...known);
  const room = (high - low) * 0.08 + 0.5;
  return [low - room, high + room];
}

function draw(box) {
  const chart = { box, data: JSON.parse(document.getElementById(box.dataset.chart).textContent) };
  const zone = chart.data.timezone;
  const axis = { stroke: INK.text, font: FONT, grid: { stroke: INK.grid, width: 1 } };
  const side = { stroke: INK.line, width: 2, spanGaps: false, points: { size: 4 } };
  const times = (_plot, splits) => {
    const format = clock(chart.data);
    return splits.map((at) => format.format(at * 1000));
  };
  const options = {
    width: box.clientWidth,
    height: 320,
    legend: { show: false },
    cursor: { drag: { x: true, y: false, setScale: false } },
    scales: {
      x: { time: true, range: () => chart.data.window },
      y: { range: () => limits(chart.data) },
    },
    axes: [
      { ...axis, space: 70, values: times },
      { ...axis, size: 60, values: (_plot, splits) => splits.map((one) => `${one} °C`) },
    ],
    series: [{}, side, side],
    bands: [{ series: [2, 1], fill: INK.between }],
    plugins: [marks(chart)],
    hooks: { setSelect: [(plot) => dragged(plot)] },
    tzDate: (at) => uPlot.tzDate(new Date(at * 1000), zone),
  };
  chart.plot = new uPlot(options, [chart.data.at, chart.data.low, chart.data.high], box);
  box.addEventListener("keydown", pressed);
  new ResizeObserver(() => chart.plot.setSize({ width: box.clientWidth, height: 320 })).observe(box);
  return chart;
}

function dragged(plot) {
  const { left, width } = plot.select;
  if (width < 8) return;
  const [from, to] = [left, left + width].map((one) => Math.round(plot.posToVal(one, "x")));
  plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
  show([from, Math.max(to, from + SHORTEST_S)]);
}

const KEYS = { "+": "closer", "=": "closer", "-": "wider", ArrowLeft: "earlier", ArrowRight: "later" };

function pressed(event) {
  const move = KEYS[event.key];
  if (!move || event.ctrlKey || event.altKey || event.metaKey) return;
  event.preventDefault();
  if (moves[move]) show(moves[move]);
}

const place = document.getElementById("moves");
const charts = new Map();
let moves = place ? JSON.parse(place.textContent) : {};
let asked = 0;

async function show([from, to]) {
  const mine = ++asked;
  for (const { box } of charts.values()) box.setAttribute("aria-busy", "true");
  let answer = null;
  try {
    const response = await fetch(`${place.dataset.address}?from=${from}&to=${to}`);
    answer = response.ok ? await response.json() : null;
  } catch {
    // Said below: the line may be down.
  }
  if (mine !== asked) return; // A newer wish is on its way.
  for (const { box } of charts.values()) box.removeAttribute("aria-busy");
  document.getElementById("zoom-failed").hidden = answer !== null;
  if (answer) put(answer);
}

function put(answer) {
  moves = answer.moves;
  for (const { key, data, summary } of answer.charts) {
    const chart = charts.get(`data-${key}`);
    if (!chart) continue;
    chart.data = data;
    chart.plot.setData([data.at, data.low, data.high]);
    document.getElementById(`summary-${key}`).innerHTML = summary;
  }
  document.getElementById("shown").innerHTML = answer.shown;
  for (const link of document.querySelectorAll("[data-move]")) {
    const period = moves[link.dataset.move];
    if (period) link.href = `?from=${period[0]}&to=${period[1]}`;
    else link.removeAttribute("href");
  }
  // The tables are of the page as it came: the address leads to one with tables of this time.
  history.replaceState(null, "", answer.page);
  for (const table of document.querySelectorAll(".chart__table")) table.hidden = true;
  document.getElementById("zoom-table").hidden = false;
}

for (const box of document.querySelectorAll("[data-chart]")) charts.set(box.dataset.chart, draw(box));
if (charts.size) {
  document.getElementById("zoom-hint").hidden = false;
  for (const link of document.querySelectorAll("[data-move]")) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      if (moves[link.dataset.move]) show(moves[link.dataset.move]);
    });
  }
}
