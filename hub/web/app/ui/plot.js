//! Owns: figures drawn as SVG with the same figures in a table behind it: a funnel, bars. Never: what is counted.

import { t } from '../strings.js';
import { h } from './dom.js';

/** @typedef {{label: string, value: number, tone?: string, note?: string}} Bar */

/** A row is drawn at this size and shown at any. **Units**: of the drawing. */
const [WIDTH, HEIGHT] = [600, 40];
/** What is there is seen, however little it is beside the rest. **Units**: part of the whole. */
const SEEN_MIN = 0.02;

/** Each value beside the greatest, in [0, 1], and beside the one before it, in whole percent. Pure. @param {readonly Bar[]} bars */
export function shares(bars) {
  const most = Math.max(0, ...bars.map(({ value }) => value));
  return bars.map(({ value }, at) => {
    const before = bars[at - 1]?.value ?? value;
    return { width: value === 0 || most === 0 ? 0 : Math.max(SEEN_MIN, value / most), percent: before === 0 ? 0 : Math.round(100 * value / before) };
  });
}

/** How orders go from coming in to a deal, of how many stand in each state. Pure. @param {Record<string, number>} counts @returns {{name: string, value: number}[]} */
export function funnelOf({ to_handle: fresh = 0, in_progress: working = 0, dealt = 0, closed = 0 }) {
  const all = fresh + working + dealt + closed;
  return [{ name: 'received', value: all }, { name: 'handled', value: all - fresh }, { name: 'dealt', value: dealt }];
}

/** @param {string} tag @param {Record<string, string | number>} props @param {...(Node | string)} children */
function svg(tag, props, ...children) {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(props)) element.setAttribute(name, String(value));
  element.append(...children);
  return element;
}

/** @param {string} title @param {readonly Bar[]} bars @param {{isFunnel?: boolean}} [with_] @returns {HTMLElement} */
export function plot(title, bars, { isFunnel = false } = {}) {
  const sizes = shares(bars);
  const rows = bars.map(({ label, value, tone = 'plain', note }, at) => {
    const width = (sizes[at]?.width ?? 0) * WIDTH;
    const under = isFunnel ? (sizes[at + 1]?.width ?? sizes[at]?.width ?? 0) * WIDTH : width;
    const side = (/** @type {number} */ of) => isFunnel ? (WIDTH - of) / 2 : 0;
    const shape = svg('path', { class: `plot-bar plot-${tone}`, d: `M${side(width)} 0H${side(width) + width}L${side(under) + under} ${HEIGHT}H${side(under)}z` });
    return h('li', {}, h('span', { class: 'plot-label' }, label, note && h('small', {}, note)), svg('svg', { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: 'none' }, shape),
      h('strong', { class: 'plot-value' }, String(value), isFunnel && at > 0 && h('small', {}, `${sizes[at]?.percent ?? 0}%`)));
  });
  const heads = [t('plot.what'), t('plot.count'), ...(isFunnel ? [t('plot.share')] : [])];
  const table = h('table', { class: 'plot-table' }, h('thead', {}, h('tr', {}, ...heads.map((word) => h('th', { scope: 'col' }, word)))),
    h('tbody', {}, ...bars.map(({ label, value }, at) => h('tr', {}, h('th', { scope: 'row' }, label), h('td', {}, String(value)), isFunnel && h('td', {}, at === 0 ? t('form.nothing') : `${sizes[at]?.percent ?? 0}%`)))));
  return h('figure', { class: `plot${isFunnel ? ' plot-funnel' : ''}` }, h('figcaption', {}, title), h('ul', { class: 'plot-rows', 'aria-hidden': 'true' }, ...rows), h('details', {}, h('summary', {}, t('plot.table')), table));
}
