'use strict';
/** The figures over time, with uPlot. */
P.Charts = class {
  constructor() {
    this.points = [];
    this.made = new Map();
    this.ends = new Map(); // of each chart: from when to when its data were
    this.lanes = new Map(); // of memory: lane → index of its series
    this.limit = 0;
    this.make();
    new ResizeObserver(() => this.resize()).observe(document.querySelector('.charts'));
  }

  axes(write) {
    const soft = P.css('--soft'), line = P.css('--line');
    const axis = { stroke: soft, grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1, size: 4 }, font: '11px system-ui, sans-serif' };
    return [
      { ...axis, space: 70, size: 26, values: (u, at) => at.map(t => P.clock(t * 1000)) },
      { ...axis, size: 50, space: 28, values: (u, at) => at.map(write) },
    ];
  }

  /** What is written of a figure by its kind: a number, or milliseconds. */
  static number(v) { return v >= 1e6 ? +(v / 1e6).toPrecision(4) + 'M' : v >= 1e4 ? +(v / 1e3).toPrecision(4) + 'k' : String(+v.toPrecision(4)); }
  static millis(v) { return v === 0 ? '0' : v >= 1e3 ? +(v / 1e3).toPrecision(3) + ' s' : v >= 1 ? +v.toPrecision(3) + ' ms' : +(v * 1e3).toPrecision(3) + ' µs'; }

  chart(id, series, write) {
    const box = document.getElementById(id);
    this.made.get(id)?.destroy(); // or it would go on to hear of the pointer
    box.replaceChildren();
    const x = { label: 'at', value: (u, t) => t === null || t === undefined ? '–' : P.clock(t * 1000) };
    const chart = new uPlot({
      width: box.clientWidth || 300,
      height: P.Charts.HEIGHT,
      cursor: { drag: { x: true, y: false }, sync: { key: 'pool' } },
      scales: { x: { time: false }, y: { range: (u, low, high) => [0, Math.max(high || 0, 1e-3) * 1.1] } },
      axes: this.axes(write ?? P.Charts.number),
      series: [x, ...series.map(s => ({ width: 1.5, points: { show: false }, value: (u, v) => v === null || v === undefined ? '–' : P.rate(v), ...s }))],
    }, [[], ...series.map(() => [])], box);
    this.made.set(id, chart);
    return chart;
  }

  static HEIGHT = 150;

  make() {
    const bad = P.css('--bad'), three = [['p50', '#4e79a7'], ['p95', '#f28e2b'], ['p99', bad]].map(([label, stroke]) => ({ label, stroke, value: (u, v) => v === null || v === undefined ? '–' : P.time(v * 1e3) }));
    this.rate = this.chart('chart-rate', [{ label: 'done', stroke: '#59a14f', fill: '#59a14f22' }, { label: 'failed', stroke: bad }]);
    this.ran = this.chart('chart-ran', three, P.Charts.millis);
    this.waited = this.chart('chart-waited', three, P.Charts.millis);
    this.queue = this.chart('chart-queue', [{ label: 'waiting', stroke: '#b07aa1', fill: '#b07aa122' }, { label: 'running', stroke: '#4e79a7' }]);
    this.makeMemory();
  }

  makeMemory() {
    const lanes = [...this.lanes.keys()].sort((a, b) => a - b);
    this.lanes = new Map(lanes.map((lane, index) => [lane, index]));
    const series = lanes.map(lane => ({ label: 'row ' + (lane + 1), stroke: P.color(lane), value: (u, v) => v === null || v === undefined ? '–' : v.toFixed(0) }));
    if (this.limit > 0) { series.push({ label: 'limit', stroke: P.css('--bad'), dash: [6, 4] }); }
    this.memory = this.chart('chart-memory', series.length ? series : [{ label: 'none', stroke: P.css('--faint') }]);
    this.memory.root.querySelector('.u-legend').style.display = lanes.length > 16 ? 'none' : '';
  }

  theme() { this.make(); this.draw(); }

  add(points, limit) {
    let anew = limit !== this.limit;
    this.limit = limit;
    for (const point of points) {
      this.points.push(point);
      for (const [lane] of point.slice(12)) {
        if (!this.lanes.has(lane)) { this.lanes.set(lane, -1); anew = true; }
      }
    }
    if (this.points.length > 4000) { this.points.splice(0, this.points.length - 3600); }
    if (anew) { this.makeMemory(); }
    if (points.length) { this.draw(); }
  }

  /** Gives a chart its data; a stretch of time that was chosen stays chosen. */
  put(chart, data) {
    const at = data[0], ends = this.ends.get(chart), shown = chart.scales.x;
    const chosen = ends !== undefined && shown.min !== undefined && shown.min !== null && (shown.min > ends[0] || shown.max < ends[1]);
    chart.setData(data, !chosen);
    if (chosen) { chart.redraw(); }
    if (at.length) { this.ends.set(chart, [at[0], at[at.length - 1]]); }
  }

  /** The newest figures stand in the legend while nobody points at others. */
  newest(chart) {
    if (chart.cursor.idx === null || chart.cursor.idx === undefined) { chart.setLegend({ idx: this.points.length - 1 }, false); }
  }

  clear() { this.points = []; this.lanes = new Map(); this.ends = new Map(); }

  draw() {
    const p = this.points, at = p.map(q => q[0] / 1e3), column = i => p.map(q => q[i]);
    this.put(this.rate, [at, p.map(q => q[1] > 0 ? q[2] * 1000 / q[1] : 0), p.map(q => q[1] > 0 ? q[3] * 1000 / q[1] : 0)]);
    this.put(this.queue, [at, column(4), column(5)]);
    this.put(this.ran, [at, column(6), column(7), column(8)]);
    this.put(this.waited, [at, column(9), column(10), column(11)]);
    const lanes = [...this.lanes.keys()].map(() => p.map(() => null));
    p.forEach((q, i) => { for (const [lane, bytes] of q.slice(12)) { const to = this.lanes.get(lane); if (to >= 0 && bytes >= 0) { lanes[to][i] = bytes / 1048576; } } });
    if (!lanes.length) { lanes.push(p.map(() => null)); }
    this.put(this.memory, [at, ...lanes, ...(this.limit > 0 ? [p.map(() => this.limit / 1048576)] : [])]);
    if (p.length) { [this.rate, this.queue, this.ran, this.waited, this.memory].forEach(chart => this.newest(chart)); }
  }

  resize() {
    for (const [chart, id] of [[this.rate, 'chart-rate'], [this.ran, 'chart-ran'], [this.waited, 'chart-waited'], [this.queue, 'chart-queue'], [this.memory, 'chart-memory']]) {
      const width = document.getElementById(id).clientWidth;
      if (width && width !== chart.width) { chart.setSize({ width, height: P.Charts.HEIGHT }); }
    }
  }
};
