'use strict';
/** How figures are written. Everything hangs on one name, so that the page can be one file too. */
const P = {
  colors: ['#4e79a7', '#f28e2b', '#59a14f', '#b07aa1', '#76b7b2', '#d9b02f', '#9c755f', '#e58ba0', '#5f8f8a', '#c26a3d', '#7d9fd1', '#8a9a3b'],

  color(name) { return P.colors[name % P.colors.length]; },

  count(n) { return n.toLocaleString('en-US'); },

  rate(n) { return n >= 1e6 ? (n / 1e6).toFixed(2) + ' M' : n >= 1e5 ? (n / 1e3).toFixed(0) + ' k' : n >= 1e4 ? (n / 1e3).toFixed(1) + ' k' : n >= 10 || n === 0 ? n.toFixed(0) : n.toFixed(1); },

  bytes(n) {
    if (n === undefined || n < 0) { return '–'; }
    const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
    let unit = 0;
    while (n >= 1024 && unit < units.length - 1) { n /= 1024; unit++; }
    return n.toFixed(n < 10 && unit > 1 ? 1 : 0) + ' ' + units[unit];
  },

  /** Of microseconds. */
  time(micros) {
    if (micros < 1000) { return micros.toFixed(0) + ' µs'; }
    if (micros < 1e6) { return (micros / 1e3).toFixed(micros < 1e4 ? 2 : micros < 1e5 ? 1 : 0) + ' ms'; }
    const s = micros / 1e6;
    if (s < 60) { return s.toFixed(s < 10 ? 2 : 1) + ' s'; }
    const m = Math.floor(s / 60);
    return m < 60 ? m + ' min ' + Math.floor(s % 60) + ' s' : Math.floor(m / 60) + ' h ' + (m % 60) + ' min';
  },

  /** Of seconds, for people who wait. */
  left(s) {
    if (!isFinite(s)) { return '–'; }
    const h = Math.floor(s / 3600), m = Math.floor(s / 60) % 60, r = Math.floor(s % 60);
    return (h > 0 ? h + ':' + String(m).padStart(2, '0') : m) + ':' + String(r).padStart(2, '0');
  },

  /** Milliseconds since the pool was built, as a time of day. */
  clock(millis, precise) {
    const at = new Date(P.started + millis);
    const text = [at.getHours(), at.getMinutes(), at.getSeconds()].map(n => String(n).padStart(2, '0')).join(':');
    return precise ? text + '.' + String(at.getMilliseconds()).padStart(3, '0') : text;
  },

  started: 0,

  /** An element with a class, a text and children. */
  make(tag, cls, text, ...children) {
    const element = document.createElement(tag);
    if (cls) { element.className = cls; }
    if (text !== undefined && text !== null) { element.textContent = text; }
    element.append(...children);
    return element;
  },

  /** Writes a text only if it is another one: most cells stay the same from look to look. */
  put(element, text) {
    if (element.textContent !== text) { element.textContent = text; }
  },

  css(name) { return getComputedStyle(document.documentElement).getPropertyValue(name).trim(); },
};
