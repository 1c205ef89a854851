// Draws the charts of the page from their tables, in the colours of hub.css, light or dark.
const dark = matchMedia('(prefers-color-scheme: dark)');
const writes = {
  count: (value) => value.toLocaleString('en'),
  minutes: (value) => value.toLocaleString('en', { maximumFractionDigits: 1 }),
  dollars: (value) => `$${value.toLocaleString('en', { minimumFractionDigits: value % 1 ? 2 : 0 })}`,
};
// Marks of an axis stand where what is written of them is exact.
const whole = [1, 2, 5, 10, 20, 25, 50, 100, 200, 250, 500, 1000, 2000, 2500, 5000, 1e4, 2e4, 5e4, 1e5, 2e5, 5e5, 1e6];
const steps = { count: whole, minutes: [0.1, 0.2, 0.5, ...whole] };
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

// The table as uPlot wants it: a list of days (seconds), then a list of values for each column.
function read(table) {
  const columns = [...table.tHead.rows[0].cells].slice(1).map((cell) => ({ key: cell.dataset.colour, label: cell.textContent }));
  const rows = [...table.tBodies[0].rows];
  const days = rows.map((row) => Date.parse(`${row.querySelector('time').dateTime}T00:00:00Z`) / 1000);
  const values = columns.map((_, index) => rows.map((row) => Number(row.cells[index + 1].querySelector('data').value)));
  return { columns, days, values };
}

// Columns stand upon each other: what is drawn first is the sum of all, and what follows covers its part of it.
function stacked(values) {
  const sums = [];
  values.forEach((column, index) => sums.push(column.map((value, day) => value + (index ? sums[index - 1][day] : 0))));
  return sums.reverse();
}

const sum = (values) => Math.round(values.reduce((total, value) => total + value, 0) * 100) / 100;

// What is drawn first is told last.
function inOrder(plot) {
  const body = plot.root.querySelector('.u-legend tbody');
  [...body.rows].slice(1).reverse().forEach((row) => body.append(row));
}

const short = new Intl.DateTimeFormat('en', { day: 'numeric', month: 'short', timeZone: 'UTC' });

function axis(more) {
  return { stroke: colour('--soft'), grid: { stroke: colour('--line'), width: 1 }, ticks: { show: false }, font: '12px system-ui', ...more };
}

function options(figure, table, width) {
  const write = writes[figure.dataset.chart];
  const bars = uPlot.paths.bars({ size: [0.7, 40] });
  const columns = table.columns.map((column, index) => ({ ...column, index })).reverse();
  return {
    width,
    height: 220,
    padding: [12, 8, 0, 0],
    cursor: { points: { show: false }, drag: { x: false, y: false }, y: false },
    legend: { markers: { width: 0 } },
    hooks: { ready: [inOrder] },
    scales: { x: { time: true, range: (_, low, high) => [low - 43200, high + 43200] }, y: { range: (_, low, high) => [0, Math.max(high * 1.1, 1)] } },
    axes: [
      axis({ values: (_, ticks) => ticks.map((tick) => short.format(tick * 1000)), grid: { show: false }, size: 30, space: 60, incrs: [1, 2, 3, 7, 14, 28].map((days) => days * 86400) }),
      axis({ values: (_, ticks) => ticks.map(write), size: 58, space: 36, ...(steps[figure.dataset.chart] && { incrs: steps[figure.dataset.chart] }) }),
    ],
    series: [
      { label: 'Day', value: (_, at) => (at == null ? 'all' : short.format(at * 1000)) },
      ...columns.map(({ key, label, index }) => ({
        label,
        stroke: colour(`--chart-${key}`),
        fill: colour(`--chart-${key}`),
        width: 0,
        paths: bars,
        points: { show: false },
        value: (_, __, ___, day) => write(day == null ? sum(table.values[index]) : table.values[index][day]),
      })),
    ],
    tzDate: (at) => uPlot.tzDate(new Date(at * 1000), 'Etc/UTC'),
  };
}

const drawn = new Map();

function draw(figure) {
  const place = figure.querySelector('.plot');
  if (!place) return;
  const table = read(figure.querySelector('table'));
  drawn.get(figure)?.destroy();
  drawn.set(figure, new uPlot(options(figure, table, place.clientWidth), [table.days, ...stacked(table.values)], place));
}

const figures = [...document.querySelectorAll('[data-chart]')];
const redraw = () => figures.forEach(draw);
redraw();
dark.addEventListener('change', redraw);
let pause;
addEventListener('resize', () => {
  clearTimeout(pause);
  pause = setTimeout(() => drawn.forEach((plot, figure) => plot.setSize({ width: figure.querySelector('.plot').clientWidth, height: 220 })), 100);
});
