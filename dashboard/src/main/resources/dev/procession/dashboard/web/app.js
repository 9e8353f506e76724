'use strict';
/** The page: takes what the server, or the report itself, gives, and shows it. */
(() => {
  const S = P.Stream;
  const byId = id => document.getElementById(id);
  const MOST_SEGMENTS = 90000, MOST_FAILURES = 2000, MOST_LINES = 2000, SHOWN = 500;
  const state = { pool: null, workers: [], counts: [], names: [], failures: [], lines: [], texts: {}, rates: new Map(), cpu: new Map(), ended: new Map(), over: false, nowMs: 0 };
  const still = byId('data').textContent.trim() !== '';
  document.body.classList.toggle('still', still);

  /* ---- Dark and light ---- */

  function theme(name) {
    document.documentElement.dataset.theme = name;
    byId('theme').textContent = name === 'dark' ? 'Light' : 'Dark';
  }
  let chosen = null;
  try { chosen = localStorage.getItem('procession-theme'); } catch { /* a file may have no storage */ }
  theme(chosen ?? (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'));
  byId('theme').onclick = () => {
    const next = document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark';
    theme(next);
    try { localStorage.setItem('procession-theme', next); } catch { /* likewise */ }
    charts.theme();
    stream.draw();
  };

  const stream = new S(byId('stream'), byId('tip'), found => found.running ? showWorker(found.running) : showTask(found.segment));
  const charts = new P.Charts();
  stream.changed = () => byId('zoom-live').setAttribute('aria-pressed', String(stream.follows));
  byId('zoom-in').onclick = () => stream.zoom(0.5);
  byId('zoom-out').onclick = () => stream.zoom(2);
  byId('zoom-all').onclick = () => stream.all();
  byId('zoom-live').onclick = () => stream.live();

  /* ---- What comes in ---- */

  function take(data, everything) {
    if (everything) {
      stream.clear();
      charts.clear();
      state.names = stream.names = [];
      state.failures = [];
      state.lines = [];
      state.ended.clear();
    }
    P.started = data.pool.started;
    state.pool = data.pool;
    state.over = data.over;
    state.nowMs = data.now;
    state.workers = data.workers;
    state.counts = data.counts;
    data.names.forEach((name, i) => { state.names[data.firstName + i] = name; });
    stream.add(data.segments, data.marks);
    for (const [, lane] of data.marks) { state.ended.set(lane, (state.ended.get(lane) ?? 0) + 1); }
    stream.frozen = still;
    stream.look(data.now, data.workers, data.pool.maxWorkers, data.over);
    state.silent = data.silent;
    charts.add(data.points, data.pool.memoryLimit);
    if (data.points.length) { state.lastPoint = data.points[data.points.length - 1]; }
    push(state.failures, data.failures, MOST_FAILURES);
    push(state.lines, data.lines, MOST_LINES);
    if (data.texts) { state.texts = data.texts; }
    measure(data.now);
    show();
    if (everything) { showFailures(); showLines(); } else { addFailures(data.failures); addLines(data.lines); }
    if (data.missed > (everything ? 0 : state.missed)) { notice(P.count(data.missed) + ' stretches of work came faster than they could be seen, and are not shown. Counts are right nevertheless.'); }
    state.missed = data.missed;
    return stream.size() < MOST_SEGMENTS;
  }

  function push(to, more, most) {
    to.push(...more);
    if (to.length > most) { to.splice(0, to.length - most); }
  }

  function notice(text) {
    const box = byId('notice');
    box.hidden = !text;
    P.put(box, text ?? '');
  }

  /** Rates, over the last few seconds. */
  function measure(now) {
    for (const [name, waiting, expected, running, done] of state.counts) {
      const seen = state.rates.get(name) ?? [];
      seen.push([now, done]);
      // Five seconds, or as long as it takes for twenty of them, but no more than two minutes.
      while (seen.length > 2 && now - seen[1][0] > 5000 && (done - seen[1][1] >= 20 || now - seen[1][0] > 120000)) { seen.shift(); }
      state.rates.set(name, seen);
    }
    const names = new Set(state.counts.map(count => count[0]));
    for (const name of [...state.rates.keys()]) {
      if (!names.has(name)) { state.rates.delete(name); progressRows.delete(name); }
    }
    for (const worker of state.workers) {
      const seen = state.cpu.get(worker.number) ?? [];
      seen.push([now, worker.cpu]);
      while (seen.length > 2 && now - seen[0][0] > 2000) { seen.shift(); }
      state.cpu.set(worker.number, seen);
    }
    for (const number of [...state.cpu.keys()]) {
      if (!state.workers.some(worker => worker.number === number)) { state.cpu.delete(number); }
    }
  }

  function slope(seen) {
    if (!seen || seen.length < 2) { return 0; }
    const [first, last] = [seen[0], seen[seen.length - 1]];
    return last[0] > first[0] ? (last[1] - first[1]) / (last[0] - first[0]) : 0;
  }

  /* ---- Head, progress, workers ---- */

  function show() {
    const pool = state.pool;
    document.title = pool.name + ' · Procession';
    P.put(byId('pool-name'), pool.name);
    P.put(byId('pool-what'), 'process ' + pool.pid + (pool.command ? ' · ' + pool.command : ''));
    P.put(byId('figure-running'), P.count(pool.running));
    P.put(byId('figure-waiting'), P.count(pool.waiting));
    P.put(byId('figure-done'), P.count(pool.completed + pool.failed + pool.cancelled));
    P.put(byId('figure-failed'), P.count(pool.failed));
    byId('figure-failed').classList.toggle('some', pool.failed > 0);
    const point = state.lastPoint;
    P.put(byId('figure-rate'), point && point[1] > 0 && !state.over ? P.rate(point[2] * 1000 / point[1]) : '–');
    P.put(byId('figure-workers'), state.workers.length + ' / ' + pool.maxWorkers);
    P.put(byId('figure-restarts'), P.count(pool.restarts));
    if (still) { status(state.over ? 'ended' : 'as of ' + P.clock(state.nowMs), ''); } else if (state.silent) { status('no answer', 'lost'); } else if (state.over) { status('ended', ''); } else { status(pool.state.toLowerCase(), 'live'); }
    showProgress();
    showWorkers();
  }

  function status(text, cls) {
    const badge = byId('state');
    P.put(badge, text);
    badge.className = 'state ' + cls;
  }

  const progressRows = new Map();

  function showProgress() {
    const box = byId('progress');
    const counts = [...state.counts].sort((a, b) => (b[1] + b[2] + b[3] > 0) - (a[1] + a[2] + a[3] > 0) || b[4] - a[4]).slice(0, 100);
    for (const [name, waiting, expected, running, done, failed] of counts) {
      let row = progressRows.get(name);
      if (!row) {
        row = { box: P.make('div', 'row'), name: P.make('span', 'name'), eta: P.make('span', 'eta'), done: P.make('i'), failed: P.make('i', 'failed'), below: P.make('div', 'below') };
        const dot = P.make('i', 'dot'), known = state.names.indexOf(name);
        dot.style.background = row.done.style.background = known < 0 ? 'var(--faint)' : P.color(known);
        row.dot = dot;
        row.label = P.make('span', '', name);
        row.name.append(dot, row.label);
        row.name.title = name;
        row.box.append(P.make('div', 'top', null, row.name, row.eta), P.make('div', 'bar', null, row.done, row.failed), row.below);
        progressRows.set(name, row);
      }
      const known = state.names.indexOf(name);
      if (known >= 0) { row.dot.style.background = row.done.style.background = P.color(known); }
      const left = waiting + expected + running, all = left + done, rate = slope(state.rates.get(name)) * 1000;
      const percent = all > 0 ? 100 * done / all : 0;
      row.done.style.width = (all > 0 ? 100 * (done - failed) / all : 0) + '%';
      row.failed.style.width = (all > 0 ? 100 * failed / all : 0) + '%';
      P.put(row.eta, left === 0 ? 'done' : state.over || still ? (state.over ? 'ended' : '–') : rate > 0 ? P.left(left / rate) + ' left' : '–');
      P.put(row.below, P.count(done) + (left > 0 ? ' of ' + P.count(all) : '') + (all > 0 ? ' · ' + (percent < 10 ? percent.toFixed(1) : String(Math.floor(percent))) + ' %' : '')
        + (running > 0 ? ' · ' + P.count(running) + ' running' : '') + (failed > 0 ? ' · ' + P.count(failed) + ' failed' : '') + (rate > 0 && left > 0 ? ' · ' + P.rate(rate) + '/s' : ''));
    }
    const wanted = counts.map(count => progressRows.get(count[0]).box);
    if (wanted.length !== box.children.length || wanted.some((element, i) => box.children[i] !== element)) {
      box.replaceChildren(...wanted);
    }
    box.classList.toggle('some', wanted.length > 0);
  }

  const workerRows = new Map();
  const nodeRows = new Map();

  /** The workers, those of a cluster with a heading for each node; sets aside what is not there any more. */
  function arrange(body) {
    const rows = [], byNode = new Map();
    for (const worker of state.workers) {
      const node = worker.member ?? '';
      if (!byNode.has(node)) { byNode.set(node, []); }
      byNode.get(node).push(worker);
    }
    for (const node of [...byNode.keys()].sort()) {
      const workers = byNode.get(node);
      if (node) {
        let row = nodeRows.get(node);
        if (!row) {
          row = P.make('tr', 'node');
          const cell = row.appendChild(P.make('th'));
          cell.colSpan = ACTS + 1;
          cell.scope = 'rowgroup';
          nodeRows.set(node, row);
        }
        const busy = workers.filter(worker => worker.task !== null).length, bytes = workers.reduce((sum, worker) => sum + Math.max(0, worker.rss), 0);
        P.put(row.firstChild, node + ' · ' + busy + ' of ' + workers.length + ' busy · ' + P.bytes(bytes));
        rows.push(row);
      }
      workers.forEach(worker => rows.push(workerRows.get(worker.number).tr));
    }
    if (rows.length !== body.rows.length || rows.some((row, i) => row !== body.rows[i])) { body.replaceChildren(...rows); }
  }

  /** The column of the buttons: the last. */
  const ACTS = 12;

  function showWorkers() {
    const body = byId('workers').tBodies[0];
    for (const [number, row] of workerRows) {
      if (!state.workers.some(worker => worker.number === number)) { workerRows.delete(number); }
    }
    for (const worker of state.workers) {
      let row = workerRows.get(worker.number);
      if (!row) {
        row = { tr: P.make('tr'), cells: [] };
        for (let i = 0; i <= ACTS; i++) {
          row.cells.push(row.tr.appendChild(P.make('td', i === ACTS ? 'acts live-only' : [2, 3].includes(i) ? '' : 'number')));
        }
        row.buttons = [['Stack', '', () => showStack(worker.number)], ['Flame', '', () => showFlame(worker.number)], ['Retire', '', () => act('retire', worker.number)], ['Kill', 'danger', () => act('kill', worker.number)]].map(([text, cls, step]) => {
          const button = P.make('button', cls, text);
          button.type = 'button';
          button.setAttribute('aria-label', text + ' worker ' + worker.number);
          button.onclick = step;
          return row.cells[ACTS].appendChild(button);
        });
        row.tr.dataset.worker = worker.number;
        workerRows.set(worker.number, row);
      }
      const cpu = slope(state.cpu.get(worker.number)) * 100, c = row.cells;
      [worker.number, worker.pid < 0 ? '–' : worker.pid, worker.spare ? 'spare' : worker.state.toLowerCase(), worker.task ?? '', worker.task === null ? '' : P.time(worker.taskFor), cpu.toFixed(0) + ' %',
        P.bytes(worker.rss), worker.heap === undefined ? '–' : P.bytes(worker.heap), worker.gcMillis === undefined ? '–' : P.time(worker.gcMillis * 1000), P.count(worker.done), P.count(worker.failed), P.count(state.ended.get(worker.lane) ?? 0)].forEach((text, i) => P.put(c[i], String(text)));
      c[3].title = worker.task ?? '';
      c[7].title = worker.heap === undefined ? '' : P.bytes(worker.heap) + ' of ' + P.bytes(worker.heapMax);
      c[8].title = worker.gcCount === undefined ? '' : worker.gcCount + ' collections, ' + worker.threads + ' threads';
      const starting = worker.state === 'STARTING';
      row.buttons.forEach(button => { button.disabled = starting || state.over || still; });
    }
    arrange(body);
  }

  /* ---- Failures and output ---- */

  function matches(filter, ...texts) {
    const words = filter.toLowerCase().split(/\s+/).filter(Boolean), all = texts.join(' ').toLowerCase();
    return words.every(word => all.includes(word));
  }

  /** The row of a failure, or null if the filter hides it. */
  function failureRow(s) {
    const filter = byId('failures-filter').value, end = ['threw', 'stopped', 'crashed'][s[S.END]], name = state.names[s[S.NAME]] ?? '';
    if (!matches(filter, name, 'worker ' + s[S.WORKER], 'task ' + s[S.FAILED_TASK], end, s[S.NOTE] ?? '')) { return null; }
    const tr = P.make('tr', '', null, P.make('td', 'number', P.clock((s[S.BEGAN] + s[S.TOOK]) / 1e3)), P.make('td', 'number', s[S.WORKER]), P.make('td', '', name + ' (' + s[S.FAILED_TASK] + ')'), P.make('td', '', end), P.make('td', '', (s[S.FAILED] > 1 ? P.count(s[S.FAILED]) + ' ×, last: ' : '') + (s[S.NOTE] ?? '')));
    tr.tabIndex = 0;
    tr.onclick = () => showTask(s);
    tr.onkeydown = event => { if (event.key === 'Enter') { showTask(s); } };
    return tr;
  }

  let failuresFound = 0;

  function showFailures() {
    byId('failures').tBodies[0].replaceChildren();
    failuresFound = 0;
    addFailures(state.failures);
  }

  /** Rows that are there stay as they are: somebody may be about to press one. */
  function addFailures(failures) {
    if (!failures.length && failuresFound > 0) { return; }
    const body = byId('failures').tBodies[0], rows = failures.slice(-SHOWN).map(failureRow).filter(Boolean).reverse();
    failuresFound += rows.length;
    body.prepend(...rows);
    while (body.rows.length > SHOWN) { body.deleteRow(-1); }
    P.put(byId('failures-count'), body.rows.length >= SHOWN ? 'the last ' + SHOWN : failuresFound > 0 ? P.count(body.rows.length) : '');
    body.closest('.scroll').classList.toggle('some', state.failures.length > 0);
  }

  function lineRow([at, worker, pid, task, name, source, text]) {
    if (!matches(byId('log-filter').value, 'worker ' + worker, 'task ' + task, name, source, text)) { return null; }
    const from = P.make('span', 'from', P.clock(at - P.started) + ' ' + worker + (name ? ' ' + name : '') + '  ');
    return P.make('li', source.toLowerCase(), null, from, document.createTextNode(text));
  }

  function showLines() {
    byId('log').replaceChildren();
    addLines(state.lines);
  }

  function addLines(lines) {
    const box = byId('log-box'), list = byId('log');
    const atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 30;
    list.append(...lines.slice(-SHOWN).map(lineRow).filter(Boolean));
    while (list.children.length > SHOWN) { list.firstChild.remove(); }
    const shownLines = list.children.length;
    P.put(byId('log-count'), shownLines >= SHOWN ? 'the last ' + SHOWN : shownLines > 0 ? P.count(shownLines) : '');
    box.classList.toggle('some', state.lines.length > 0);
    if (atEnd && lines.length) { box.scrollTop = box.scrollHeight; }
  }
  byId('failures-filter').oninput = showFailures;
  byId('log-filter').oninput = showLines;

  /* ---- Asking, and the dialog ---- */

  async function ask(path, method) {
    const answer = await fetch(path, { method: method ?? 'GET', headers: { 'X-Procession': '1' } });
    const text = await answer.text();
    if (!answer.ok) { throw new Error(text.trim() || 'status ' + answer.status); }
    return text;
  }

  const dialog = byId('dialog');
  let shown = 0;
  byId('dialog-close').onclick = () => dialog.close();
  dialog.addEventListener('click', event => { if (event.target === dialog) { dialog.close(); } });

  /** Opens the dialog; what comes later than another opening is for nobody. */
  function open(title, content, buttons) {
    const mine = ++shown;
    P.put(byId('dialog-title'), title);
    byId('dialog-buttons').replaceChildren(...(buttons ?? []));
    byId('dialog-body').replaceChildren(content);
    if (!dialog.open) { dialog.showModal(); }
    return () => mine === shown && dialog.open;
  }

  function button(text, step, cls) {
    const made = P.make('button', cls ?? '', text);
    made.type = 'button';
    made.onclick = step;
    return made;
  }

  async function fill(pre, isShown, promise) {
    let text;
    try { text = await promise; } catch (e) { text = e.message; }
    if (isShown()) { pre.textContent = text; }
  }

  function showStack(worker) {
    const pre = P.make('pre', '', 'asking…');
    const isShown = open('Threads of worker ' + worker, pre, [button('Again', () => showStack(worker))]);
    fill(pre, isShown, ask('api/threads?worker=' + worker));
  }

  async function showFlame(worker) {
    const seconds = 5, box = P.make('div', 'flame', 'sampling for ' + seconds + ' s…');
    const isShown = open('Where worker ' + worker + ' spends its time', box, [button('Again', () => showFlame(worker))]);
    try {
      const folded = await ask('api/profile?worker=' + worker + '&seconds=' + seconds);
      if (isShown()) { P.flame(box, folded); }
    } catch (e) {
      if (isShown()) { box.textContent = e.message; }
    }
  }

  async function act(what, worker) {
    if (what === 'kill' && !confirm('Kill worker ' + worker + '? The task that it runs fails.')) { return; }
    try {
      await ask('api/' + what + '?worker=' + worker, 'POST');
      notice(null);
    } catch (e) { notice(e.message); }
  }

  function showWorker(worker) {
    const story = P.make('dl', 'story');
    for (const [term, text] of [['task', worker.task + ' (' + worker.taskId + ')'], ['runs for', P.time(worker.taskFor)], ['worker', worker.number + ', process ' + worker.pid + (worker.member ? ' on node ' + worker.member : '')]]) {
      story.append(P.make('dt', '', term), P.make('dd', '', text));
    }
    const pre = P.make('pre', '', still ? '' : 'asking…');
    const stop = button('Stop the task', async () => {
      try { pre.textContent = await ask('api/cancel?task=' + worker.taskId, 'POST'); } catch (e) { pre.textContent = e.message; }
    }, 'danger');
    const isShown = open(worker.task, P.make('div', '', null, story, pre), still ? [] : [stop, button('Flame graph', () => showFlame(worker.number))]);
    if (!still) { fill(pre, isShown, ask('api/threads?worker=' + worker.number)); }
  }

  function showTask(s) {
    const name = state.names[s[S.NAME]] ?? '', many = s[S.TASKS] > 1, story = P.make('dl', 'story');
    const run = s[S.TOOK] - s[S.READING] - s[S.WRITING], wait = Math.max(0, s[S.BEGAN] - s[S.SUBMITTED]);
    const facts = [
      [many ? 'tasks' : 'task', many ? P.count(s[S.TASKS]) + ', the first is ' + s[S.TASK] : s[S.TASK]],
      ['worker', s[S.WORKER] + ', process ' + s[S.PID]],
      ['submitted', P.clock(s[S.SUBMITTED] / 1e3, true)],
      ['began', P.clock(s[S.BEGAN] / 1e3, true) + ', after ' + P.time(wait)],
      ['took', P.time(s[S.TOOK]) + (many ? ', of which tasks ran ' + P.time(s[S.BUSY]) : '')],
      ['end', ['ended', 'stopped', 'its worker crashed'][s[S.END]] + (s[S.FAILED] > 0 ? '; ' + (many ? P.count(s[S.FAILED]) + ' failed' : 'failed') : '')],
    ];
    if (many && s[S.FAILED_TASK] >= 0) { facts.push(['failed last', 'task ' + s[S.FAILED_TASK]]); }
    if (s[S.NOTE]) { facts.push(['why', s[S.NOTE]]); }
    for (const [term, text] of facts) { story.append(P.make('dt', '', term), P.make('dd', '', text)); }
    const content = P.make('div', '', null, story);
    if (!many && s[S.TOOK] > 0) {
      const parts = P.make('div', 'parts'), all = wait + s[S.TOOK];
      for (const [text, micros, color] of [['wait', wait, '#8b94a3'], ['read', s[S.READING], '#6d93c4'], ['run', run, P.color(s[S.NAME])], ['write', s[S.WRITING], '#6d93c4']]) {
        if (micros <= 0) { continue; }
        const part = P.make('span', '', text + ' ' + P.time(micros));
        part.style.cssText = 'flex:' + micros / all + ' 1 0;background:' + color;
        part.title = part.textContent;
        parts.append(part);
      }
      content.append(parts);
    }
    const failed = s[S.FAILED] > 0 || s[S.END] !== 0;
    const pre = P.make('pre', '', failed && !still ? 'asking…' : failed ? state.texts[s[S.FAILED_TASK]] ?? '' : '');
    content.append(pre);
    const isShown = open(name, content);
    if (failed && !still) { fill(pre, isShown, ask('api/failure?task=' + s[S.FAILED_TASK])); }
  }

  /* ---- Life ---- */

  function connect() {
    const events = new EventSource('events');
    events.addEventListener('all', event => take(JSON.parse(event.data), true));
    events.addEventListener('look', event => {
      if (!take(JSON.parse(event.data), false)) { events.close(); connect(); } // the server has it more coarsely
      else if (state.over) { events.close(); }
    });
    events.onerror = () => { if (!state.over) { status('not there', 'lost'); } };
  }

  let drawn = 0;
  function frame(at) {
    if (stream.follows && at - drawn > (stream.size() > 20000 ? 250 : 66) && !document.hidden) {
      stream.draw();
      drawn = at;
    }
    if (!state.over && !still) { requestAnimationFrame(frame); } else { stream.draw(); }
  }

  if (still) {
    const data = JSON.parse(byId('data').textContent);
    take(data, true);
    stream.all();
  } else {
    connect();
  }
  requestAnimationFrame(frame);
})();
