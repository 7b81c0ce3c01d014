// Draws the numbers of a figure with uPlot; the table below it says the same to whoever does not see it.
"use strict";

const POINT = 7;
const language = document.documentElement.lang || "en";
const dayName = new Intl.DateTimeFormat(language, { day: "numeric", month: "short", timeZone: "UTC" });
const fullDay = new Intl.DateTimeFormat(language, { dateStyle: "long", timeZone: "UTC" });
const short = new Intl.NumberFormat(language, { notation: "compact", maximumFractionDigits: 1 });
const exact = new Intl.NumberFormat(language, { maximumFractionDigits: 8 });

const faded = (colour, part) => {
  const parts = colour.match(/[\d.]+/g);
  return `rgba(${parts.slice(0, 3).join(", ")}, ${part})`;
};

const numberOf = (text) => (text === null ? null : Number(text));

const seriesOf = (one, colour) => {
  const made = { label: one.label, stroke: colour, width: 2, spanGaps: true, points: { show: false } };
  if (one.draw === "bars") {
    return { ...made, width: 0, fill: faded(colour, 0.75), paths: uPlot.paths.bars({ size: [0.62, 36], radius: 0.15 }) };
  }
  if (one.draw === "area") return { ...made, fill: faded(colour, 0.12) };
  if (one.draw === "dots") return { ...made, points: { show: true, size: POINT, fill: colour, width: 0 } };
  if (one.draw === "mark") {
    return { ...made, paths: () => null, points: { show: true, size: POINT * 2, fill: colour, width: 0 } };
  }
  return made;
};

const named = (told, colours) => (plot) => {
  told.series.forEach((one, row) => {
    if (one.draw !== "mark") return;
    const place = one.values.findIndex((value) => value !== null);
    if (place < 0) return;
    const across = plot.valToPos(plot.data[0][place], "x", true);
    const up = plot.valToPos(plot.data[row + 1][place], "y", true);
    const middle = plot.bbox.left + plot.bbox.width / 2;
    plot.ctx.save();
    plot.ctx.font = `600 ${14 * devicePixelRatio}px ${getComputedStyle(document.body).fontFamily}`;
    plot.ctx.fillStyle = colours[row];
    plot.ctx.textAlign = across > middle ? "right" : "left";
    plot.ctx.textBaseline = "middle";
    const aside = (POINT + 8) * devicePixelRatio * (across > middle ? -1 : 1);
    plot.ctx.fillText(one.label, across + aside, up);
    plot.ctx.restore();
  });
};

const drawn = (figure) => {
  const told = JSON.parse(document.getElementById(figure.dataset.chart).textContent);
  const ground = figure.querySelector(".chart-ground");
  const line = figure.querySelector(".chart-told");
  if (told.places.length < 2) return;
  figure.classList.add("drawn");
  const places = told.places.map((text) => (told.days ? Date.parse(text) / 1000 : Number(text)));
  const rows = told.series.map((one) =>
    one.values.map((text) => (text !== null && one.below ? -Number(text) : numberOf(text))),
  );

  // Half a day on each side, so that the first and the last bar are whole.
  const aside = told.series.some((one) => one.draw === "bars") ? 43200 : 0;

  const tell = (plot) => {
    const at = plot.cursor.idx;
    if (at === null || at === undefined) {
      line.textContent = "";
      return;
    }
    const place = told.days ? fullDay.format(places[at] * 1000) : `${told.across} ${exact.format(places[at])}${told.acrossUnit}`;
    const parts = told.series
      .filter((one) => one.values[at] !== null)
      .map((one) => `${one.label} ${exact.format(Number(one.values[at]))}${told.unit === "%" ? "%" : ` ${told.unit}`}`);
    line.textContent = [place, ...parts].join(" · ");
  };

  let plot = null;
  const draw = () => {
    const here = getComputedStyle(figure);
    const colours = [...figure.querySelectorAll(".legend > span")].map((one) => getComputedStyle(one).color);
    const axis = { stroke: here.color, grid: { stroke: here.borderTopColor, width: 1 }, ticks: { show: false }, font: `12px ${here.fontFamily}` };
    plot?.destroy();
    plot = new uPlot(
      {
        width: ground.clientWidth,
        height: ground.clientHeight,
        legend: { show: false },
        padding: [12, 12, 0, 0],
        cursor: { y: false, drag: { x: false, y: false } },
        scales: {
          x: { time: told.days, range: (_, low, high) => (told.days ? [low - aside, high + aside] : [low - (high - low) * 0.08, high + (high - low) * 0.08]) },
          y: { range: (_, low, high) => uPlot.rangeNum(low, high, { min: { pad: 0.1, soft: 0, mode: told.days ? 2 : 3 }, max: { pad: 0.1, soft: 0, mode: 2 } }) },
        },
        axes: [
          { ...axis, size: 32, grid: { show: false }, space: 64, values: (_, ticks) => ticks.map((tick) => (told.days ? dayName.format(tick * 1000) : `${exact.format(tick)}${told.acrossUnit}`)) },
          { ...axis, size: 56, values: (_, ticks) => ticks.map((tick) => `${short.format(tick)}${told.unit === "%" ? "%" : ""}`) },
        ],
        series: [{}, ...told.series.map((one, row) => seriesOf(one, colours[row]))],
        hooks: { setCursor: [tell], draw: [named(told, colours)] },
        tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
      },
      [places, ...rows],
      ground,
    );
  };

  draw();
  new ResizeObserver(() => plot.setSize({ width: ground.clientWidth, height: ground.clientHeight })).observe(ground);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
};

for (const figure of document.querySelectorAll("[data-chart]")) drawn(figure);
