'use strict';
/** A flame graph of folded stacks. Click a frame to look into it. */
P.flame = function (box, folded) {
  const root = { name: 'all', own: 0, total: 0, children: new Map() };
  for (const line of folded.split('\n')) {
    const cut = line.lastIndexOf(' ');
    const samples = cut > 0 ? Number(line.slice(cut + 1)) : 0;
    if (!samples) { continue; }
    let node = root;
    node.total += samples;
    for (const frame of line.slice(0, cut).split(';')) {
      if (!node.children.has(frame)) { node.children.set(frame, { name: frame, total: 0, children: new Map(), parent: node }); }
      node = node.children.get(frame);
      node.total += samples;
    }
  }
  const depth = node => node.children.size ? 1 + Math.max(...[...node.children.values()].map(depth)) : 1;
  const short = name => name.split('.').slice(-2).join('.');
  const hue = name => { let h = 0; for (const c of name.split('.').slice(0, -1).join('.')) { h = (h * 31 + c.charCodeAt(0)) % 997; } return 20 + h % 45; };

  function draw(focus) {
    box.replaceChildren();
    if (!root.total) { box.append(P.make('p', '', 'No sample: the worker did nothing that takes processor time.')); return; }
    const above = [];
    for (let node = focus.parent; node; node = node.parent) { above.unshift(node); }
    box.style.height = (above.length + depth(focus)) * 18 + 'px';
    const put = (node, left, width, level) => {
      const share = (100 * node.total / root.total).toFixed(1) + ' %';
      const button = P.make('button', '', short(node.name));
      button.type = 'button';
      button.title = node.name + ' · ' + node.total + ' samples, ' + share;
      button.style.cssText = `left:${left}%;width:${width}%;top:${level * 18}px;background:hsl(${hue(node.name)} 78% ${level < above.length ? 85 : 66}%)`;
      button.onclick = () => draw(node);
      box.append(button);
    };
    above.forEach((node, level) => put(node, 0, 100, level));
    const down = (node, left, width, level) => {
      put(node, left, width, level);
      let x = left;
      for (const child of [...node.children.values()].sort((a, b) => b.total - a.total)) {
        const wide = width * child.total / node.total;
        if (wide > 0.15) { down(child, x, wide, level + 1); }
        x += wide;
      }
    };
    down(focus, 0, 100, above.length);
  }
  draw(root);
};
