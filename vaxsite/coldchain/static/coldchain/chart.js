// Draws a probe's readings: safe band, lowest and highest of each point, holes left open,
// excursions, door and power. The sentence and the table beside it say the same in words.
/* global uPlot */
const HOUR = 3600;
const INK = { line: "#003087", between: "rgba(0,48,135,.18)", band: "#d3ebdf", limit: "#00543c",
  excursion: "rgba(168,13,0,.2)", door: "#7a3e00", power: "#212b32", grid: "#e3e9e6", text: "#212b32" };
const FONT = "14px system-ui, sans-serif";

function clock(data) {
  const length = data.window[1] - data.window[0];
  const parts = { timeZone: data.timezone, hourCycle: "h23" };
  if (length <= 48 * HOUR) Object.assign(parts, { hour: "2-digit", minute: "2-digit" });
  else Object.assign(parts, { month: "numeric", day: "numeric" });
  if (length > 300 * 24 * HOUR) Object.assign(parts, { year: "2-digit" });
  return new Intl.DateTimeFormat(document.documentElement.lang, parts);
}

function marks(data) {
  const strip = (plot, spans, colour, top, height) => {
    plot.ctx.fillStyle = colour;
    for (const [from, to] of spans) {
      const left = plot.valToPos(Math.max(from, data.window[0]), "x", true);
      const right = plot.valToPos(to, "x", true);
      plot.ctx.fillRect(left, top, Math.max(right - left, 2), height);
    }
  };
  const under = (plot) => {
    const { left, top, width, height } = plot.bbox;
    const [high, low] = [data.band[1], data.band[0]].map((one) => plot.valToPos(one, "y", true));
    plot.ctx.save();
    plot.ctx.beginPath();
    plot.ctx.rect(left, top, width, height);
    plot.ctx.clip();
    plot.ctx.fillStyle = INK.band;
    plot.ctx.fillRect(left, high, width, low - high);
    strip(plot, data.excursions, INK.excursion, top, height);
    plot.ctx.fillStyle = INK.limit;
    plot.ctx.fillRect(left, high, width, 2);
    plot.ctx.fillRect(left, low, width, 2);
    plot.ctx.restore();
  };
  const over = (plot) => {
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
  const data = JSON.parse(document.getElementById(box.dataset.chart).textContent);
  const format = clock(data);
  const axis = { stroke: INK.text, font: FONT, grid: { stroke: INK.grid, width: 1 } };
  const side = { stroke: INK.line, width: 2, spanGaps: false, points: { size: 4 } };
  const options = {
    width: box.clientWidth,
    height: 320,
    legend: { show: false },
    cursor: { drag: { x: false, y: false } },
    scales: { x: { time: true, range: data.window }, y: { range: limits(data) } },
    axes: [
      { ...axis, space: 70, values: (_plot, splits) => splits.map((at) => format.format(at * 1000)) },
      { ...axis, size: 60, values: (_plot, splits) => splits.map((one) => `${one} °C`) },
    ],
    series: [{}, side, side],
    bands: [{ series: [2, 1], fill: INK.between }],
    plugins: [marks(data)],
    tzDate: (at) => uPlot.tzDate(new Date(at * 1000), data.timezone),
  };
  const plot = new uPlot(options, [data.at, data.low, data.high], box);
  new ResizeObserver(() => plot.setSize({ width: box.clientWidth, height: 320 })).observe(box);
}

for (const box of document.querySelectorAll("[data-chart]")) draw(box);
