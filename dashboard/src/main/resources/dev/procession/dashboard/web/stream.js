'use strict';
/** The task stream: a row for each worker, drawn on a canvas. Times are microseconds since the pool was built. */
P.Stream = class {
  /** Columns of a segment as the server gives them. */
  static LANE = 0; static WORKER = 1; static PID = 2; static TASK = 3; static NAME = 4; static TASKS = 5; static FAILED = 6;
  static SUBMITTED = 7; static BEGAN = 8; static TOOK = 9; static BUSY = 10; static READING = 11; static WRITING = 12; static END = 13; static FAILED_TASK = 14; static NOTE = 15;

  static AXIS = 22;
  static LEFT = 44;
  static SHORTEST = 50;

  constructor(canvas, tip, onPick) {
    this.canvas = canvas;
    this.tip = tip;
    this.onPick = onPick;
    this.names = [];
    this.lanes = [];
    this.marks = [];
    this.running = [];
    this.now = 0;
    this.seenAt = performance.now();
    this.span = 30e6; // shown
    this.end = 0; // of what is shown, unless it follows
    this.follows = true;
    this.over = false;
    this.frozen = false; // nothing comes any more, though the pool may live
    this.rows = 1;
    this.usual = 1; // as many rows as the pool has workers; with more they are lower, and nothing moves
    this.listen();
    new ResizeObserver(() => this.draw()).observe(canvas.parentElement);
  }

  /* ---- What is known ---- */

  clear() {
    this.lanes = [];
    this.marks = [];
    this.names = [];
  }

  add(segments, marks) {
    const S = P.Stream;
    for (const segment of segments) {
      (this.lanes[segment[S.LANE]] ??= []).push(segment);
    }
    this.marks.push(...marks);
  }

  size() { return this.lanes.reduce((sum, lane) => sum + (lane ? lane.length : 0), 0); }

  /** The instant, between two looks as well, so that what runs grows evenly. */
  clock() { return this.over || this.frozen ? this.now : this.now + Math.min(1e6, (performance.now() - this.seenAt) * 1e3); }

  look(now, workers, most, over) {
    this.now = now * 1e3;
    this.seenAt = performance.now();
    this.over = over;
    this.running = workers;
    this.usual = Math.max(1, most);
    this.rows = Math.max(1, most, this.lanes.length, ...workers.map(worker => worker.lane + 1));
  }

  first() {
    let first = this.now;
    for (const lane of this.lanes) {
      if (lane && lane.length) { first = Math.min(first, lane[0][P.Stream.BEGAN]); }
    }
    return first;
  }

  /* ---- What is shown ---- */

  to() { return this.follows ? this.clock() : this.end; }
  from() { return this.to() - this.span; }

  bounded(span) { return Math.max(P.Stream.SHORTEST, Math.min(span, Math.max(30e6, this.clock() - this.first()) * 1.05)); }

  show(from, to, follows) {
    this.span = this.bounded(to - from);
    this.end = Math.min(this.clock(), Math.max(to, this.first() + this.span * 0.1));
    this.follows = follows;
    this.changed();
    this.draw();
  }

  zoom(factor, at) {
    const to = this.to(), x = at ?? to, span = this.bounded(this.span * factor), end = x + (to - x) * span / this.span;
    this.show(end - span, end, this.follows && at === undefined);
  }

  pan(micros) {
    const to = Math.min(this.clock(), this.to() + micros);
    this.show(to - this.span, to, false);
  }

  all() {
    const to = this.clock(), first = this.first();
    this.show(first - (to - first) * 0.01, to, false);
  }

  live() { this.show(this.clock() - Math.min(this.span, 60e6), this.clock(), true); }

  changed() {}

  /* ---- Drawing ---- */

  lanesHeight() { return this.usual * Math.max(7, Math.min(26, Math.floor(440 / this.usual))); }
  laneHeight() { return this.rows === this.usual ? this.lanesHeight() / this.usual : Math.max(4, Math.floor(this.lanesHeight() / this.rows)); }
  height() { return this.lanesHeight() + P.Stream.AXIS; }

  draw() {
    const S = P.Stream, canvas = this.canvas, box = canvas.parentElement.clientWidth;
    if (box === 0) { return; }
    const ratio = window.devicePixelRatio || 1, height = this.height();
    if (canvas.width !== Math.round(box * ratio) || canvas.height !== Math.round(height * ratio)) {
      canvas.width = Math.round(box * ratio);
      canvas.height = Math.round(height * ratio);
      canvas.style.height = height + 'px';
    }
    const g = canvas.getContext('2d');
    g.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.skin = this.skin?.theme === document.documentElement.dataset.theme ? this.skin : {
      theme: document.documentElement.dataset.theme, panel: P.css('--panel'), lane: P.css('--lane'), soft: P.css('--soft'),
      line: P.css('--line'), faint: P.css('--faint'), failed: P.css('--failed'), edge: P.css('--failed-edge'), bad: P.css('--bad'), hatches: new Map(),
    };
    const skin = this.skin, from = this.from(), to = this.to(), wide = box - S.LEFT, scale = wide / (to - from);
    g.fillStyle = skin.panel;
    g.fillRect(0, 0, box, height);
    const lh = this.laneHeight(), pad = lh > 12 ? 3 : 1;
    g.font = '11px system-ui, sans-serif';
    g.textBaseline = 'middle';
    this.grid(g, skin, from, to, scale, box, height);
    for (let lane = 0; lane < this.rows; lane++) {
      const y = lane * lh;
      g.fillStyle = skin.lane;
      g.fillRect(S.LEFT, y + pad, wide, lh - 2 * pad);
    }
    g.save();
    g.beginPath();
    g.rect(S.LEFT, 0, wide, height);
    g.clip();
    for (let lane = 0; lane < this.lanes.length; lane++) {
      const segments = this.lanes[lane];
      if (segments) { this.drawLane(g, skin, segments, from, to, scale, lane * lh + pad, lh - 2 * pad); }
    }
    for (const worker of this.running) {
      if (worker.task !== null && !this.over) {
        const began = this.now - worker.taskFor, x = S.LEFT + (began - from) * scale, end = S.LEFT + (this.clock() - from) * scale;
        const known = this.names.indexOf(worker.task);
        g.globalAlpha = 0.55;
        g.fillStyle = known < 0 ? skin.faint : P.color(known);
        g.fillRect(x, worker.lane * lh + pad, Math.max(1, end - x), lh - 2 * pad);
        g.globalAlpha = 1;
      }
    }
    g.fillStyle = skin.bad;
    for (const [at, lane] of this.marks) {
      const x = S.LEFT + (at * 1e3 - from) * scale;
      if (x >= S.LEFT && x <= box) { g.fillRect(x - 1, lane * lh, 2, lh); }
    }
    g.restore();
    g.fillStyle = skin.soft;
    g.textAlign = 'right';
    const numbers = new Map(this.running.map(worker => [worker.lane, worker.number]));
    const every = Math.ceil(12 / lh);
    for (let lane = 0; lane < this.rows; lane += every) {
      if (numbers.has(lane)) { g.fillText(numbers.get(lane), S.LEFT - 8, lane * lh + lh / 2 + 0.5); }
    }
  }

  drawLane(g, skin, segments, from, to, scale, y, h) {
    const S = P.Stream;
    let low = 0, high = segments.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (segments[middle][S.BEGAN] + segments[middle][S.TOOK] < from) { low = middle + 1; } else { high = middle; }
    }
    let drawnTo = -1e9, drawnBad = -1e9, before = low > 0 ? segments[low - 1][S.BEGAN] + segments[low - 1][S.TOOK] : -1e15;
    for (let i = low; i < segments.length; i++) {
      const s = segments[i], began = s[S.BEGAN];
      if (began > to) { break; }
      const took = s[S.TOOK], x = S.LEFT + (began - from) * scale, wide = took * scale, right = x + Math.max(0.6, wide);
      const bad = s[S.FAILED] > 0, ended = s[S.END] !== 0;
      const waitFrom = Math.max(s[S.SUBMITTED], before);
      if (s[S.SUBMITTED] > 0 && (began - waitFrom) * scale > 2 && s[S.TASKS] <= 1) {
        g.fillStyle = skin.faint;
        g.fillRect(S.LEFT + (waitFrom - from) * scale, y + h / 2 - 0.75, (began - waitFrom) * scale, 1.5);
      }
      before = began + took;
      if (!bad && !ended && right - drawnTo < 0.5) { continue; } // nobody would see it
      if ((bad || ended) && right - drawnBad < 0.5) { continue; }
      if (ended) {
        g.fillStyle = this.hatch(g, skin, s[S.NAME]);
        g.fillRect(x, y, Math.max(2, wide), h);
        drawnBad = right;
      } else if (bad) {
        const all = s[S.FAILED] >= s[S.TASKS];
        g.fillStyle = all ? skin.failed : P.color(s[S.NAME]);
        g.fillRect(x, y, Math.max(2, wide), h);
        if (!all) { g.fillStyle = skin.failed; g.fillRect(x, y + h / 2, Math.max(2, wide), h / 2); }
        if (skin.edge !== skin.failed) { g.fillStyle = skin.edge; g.fillRect(x, y + h - 1.5, Math.max(2, wide), 1.5); }
        drawnBad = right;
      } else {
        g.fillStyle = P.color(s[S.NAME]);
        const share = s[S.TASKS] > 1 && wide > 3 ? Math.max(0.35, s[S.BUSY] / Math.max(1, took)) : 1;
        g.globalAlpha = share;
        g.fillRect(x, y, Math.max(0.6, wide - (wide > 3 ? 0.7 : 0)), h);
        g.globalAlpha = 1;
        if (wide > 6 && s[S.READING] + s[S.WRITING] > 0) {
          g.fillStyle = skin.panel;
          g.globalAlpha = 0.55;
          g.fillRect(x, y, s[S.READING] * scale, h);
          g.fillRect(x + (took - s[S.WRITING]) * scale, y, s[S.WRITING] * scale, h);
          g.globalAlpha = 1;
        }
      }
      if (wide > 46 && h > 10) {
        const name = (this.names[s[S.NAME]] ?? '') + (s[S.TASKS] > 1 ? ' ×' + P.count(s[S.TASKS]) : '');
        g.fillStyle = '#fff';
        g.textAlign = 'left';
        const start = Math.max(S.LEFT, x) + 4, room = Math.min(x + wide, S.LEFT + (to - from) * scale) - start - 4;
        if (room > 30) { g.fillText(this.cut(g, name, room), start, y + h / 2 + 0.5); }
      }
      drawnTo = right;
    }
  }

  cut(g, text, room) {
    if (g.measureText(text).width <= room) { return text; }
    let n = Math.floor(text.length * room / g.measureText(text).width);
    while (n > 0 && g.measureText(text.slice(0, n) + '…').width > room) { n--; }
    return n > 2 ? text.slice(0, n) + '…' : '';
  }

  hatch(g, skin, name) {
    if (!skin.hatches.has(name)) {
      const tile = document.createElement('canvas');
      tile.width = tile.height = 8;
      const t = tile.getContext('2d');
      t.fillStyle = P.color(name);
      t.fillRect(0, 0, 8, 8);
      t.strokeStyle = '#000';
      t.lineWidth = 2.4;
      t.beginPath();
      for (const d of [-8, 0, 8]) { t.moveTo(d, 8); t.lineTo(d + 8, 0); }
      t.stroke();
      skin.hatches.set(name, g.createPattern(tile, 'repeat'));
    }
    return skin.hatches.get(name);
  }

  grid(g, skin, from, to, scale, box, height) {
    const S = P.Stream, goal = (to - from) / Math.max(2, (box - S.LEFT) / 110);
    const steps = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 2e5, 5e5, 1e6, 2e6, 5e6, 1e7, 3e7, 6e7, 1.2e8, 3e8, 6e8, 1.8e9, 3.6e9, 7.2e9, 2.16e10, 8.64e10];
    const step = steps.find(s => s >= goal) ?? 8.64e10;
    const offset = P.started * 1e3 % step; // on whole seconds of the clock
    g.textAlign = 'center';
    for (let at = Math.ceil((from + offset) / step) * step - offset; at <= to; at += step) {
      const x = S.LEFT + (at - from) * scale;
      g.fillStyle = skin.line;
      g.fillRect(x, 0, 1, height - S.AXIS + 4);
      g.fillStyle = skin.soft;
      const text = step >= 1e6 ? P.clock(at / 1e3) : step >= 1e3 ? P.clock(at / 1e3, true).slice(3) : (at / 1e3).toFixed(3) + ' ms';
      if (x > S.LEFT + 20 && x < box - 24) { g.fillText(text, x, height - S.AXIS / 2 + 2); }
    }
  }

  /* ---- Hands ---- */

  at(event) {
    const box = this.canvas.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top, width: box.width };
  }

  timeAt(x, width) { return this.from() + (x - P.Stream.LEFT) / (width - P.Stream.LEFT) * this.span; }

  find(x, y, width) {
    const S = P.Stream, lane = Math.floor(y / this.laneHeight()), at = this.timeAt(x, width), reach = 3 * this.span / width;
    const segments = this.lanes[lane];
    let best = null, distance = reach;
    if (segments) {
      let low = 0, high = segments.length;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (segments[middle][S.BEGAN] + segments[middle][S.TOOK] < at - reach) { low = middle + 1; } else { high = middle; }
      }
      for (let i = low; i < segments.length && segments[i][S.BEGAN] <= at + reach; i++) {
        const s = segments[i], d = Math.max(0, s[S.BEGAN] - at, at - s[S.BEGAN] - s[S.TOOK]) - (s[S.FAILED] > 0 || s[S.END] ? reach / 2 : 0);
        if (d < distance) { best = s; distance = d; }
      }
    }
    if (best) { return { segment: best }; }
    const running = this.running.find(w => w.lane === lane && w.task !== null);
    return running && !this.over && at > this.now - running.taskFor && at < this.clock() + reach ? { running } : null;
  }

  listen() {
    const canvas = this.canvas;
    let drag = null;
    canvas.addEventListener('wheel', event => {
      event.preventDefault();
      const p = this.at(event);
      if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) { this.pan(event.deltaX / p.width * this.span); } else {
        const factor = Math.exp(Math.max(-120, Math.min(120, event.deltaY)) * 0.003);
        this.zoom(factor, this.follows && factor > 1 ? undefined : this.timeAt(p.x, p.width));
      }
    }, { passive: false });
    canvas.addEventListener('pointerdown', event => {
      drag = { x: event.clientX, end: this.to(), moved: false };
      canvas.setPointerCapture(event.pointerId);
    });
    canvas.addEventListener('pointermove', event => {
      const p = this.at(event);
      if (drag && Math.abs(event.clientX - drag.x) > 3) { drag.moved = true; canvas.classList.add('drag'); }
      if (drag?.moved) {
        const to = Math.min(this.clock(), drag.end - (event.clientX - drag.x) / (p.width - P.Stream.LEFT) * this.span);
        this.show(to - this.span, to, false);
        this.tip.hidden = true;
        return;
      }
      this.hover(p);
    });
    const drop = event => {
      canvas.classList.remove('drag');
      if (drag && !drag.moved && event.type === 'pointerup') {
        const p = this.at(event), found = this.find(p.x, p.y, p.width);
        if (found) { this.onPick(found); }
      }
      drag = null;
    };
    canvas.addEventListener('pointerup', drop);
    canvas.addEventListener('pointercancel', drop);
    canvas.addEventListener('pointerleave', () => { this.tip.hidden = true; });
    canvas.addEventListener('keydown', event => {
      if (event.ctrlKey || event.metaKey || event.altKey) { return; } // the browser's own
      const step = { ArrowLeft: -0.2, ArrowRight: 0.2 }[event.key];
      if (step) { this.pan(step * this.span); } else if (event.key === '+' || event.key === '=') { this.zoom(0.6); } else if (event.key === '-') { this.zoom(1.6); } else if (event.key === 'Home') { this.all(); } else if (event.key === 'End') { this.live(); } else { return; }
      event.preventDefault();
    });
  }

  hover(p) {
    const S = P.Stream, found = this.find(p.x, p.y, p.width), tip = this.tip;
    tip.hidden = !found;
    if (!found) { return; }
    let text;
    if (found.running) {
      const w = found.running;
      text = w.task + ' · task ' + w.taskId + ' · worker ' + w.number + ' · runs for ' + P.time(w.taskFor);
    } else {
      const s = found.segment, end = ['', 'stopped', 'worker crashed'][s[S.END]];
      text = (this.names[s[S.NAME]] ?? '') + (s[S.TASKS] > 1 ? ' · ' + P.count(s[S.TASKS]) + ' tasks' : ' · task ' + s[S.TASK]) + ' · worker ' + s[S.WORKER] + ' · ' + P.time(s[S.TOOK])
        + (s[S.FAILED] > 0 ? ' · ' + P.count(s[S.FAILED]) + ' failed' : '') + (end ? ' · ' + end : '') + (s[S.NOTE] ? ' · ' + s[S.NOTE].slice(0, 160) : '');
    }
    P.put(tip, text);
    const wide = Math.min(340, p.width - 16);
    tip.style.left = Math.max(8, Math.min(p.width - wide - 8, p.x + 12)) + 'px';
    const above = p.y + 16 + tip.offsetHeight > this.canvas.clientHeight;
    tip.style.top = (above ? Math.max(2 - 44, p.y - tip.offsetHeight - 8) : p.y + 16) + 'px';
  }
};
