//! Owns: making and updating elements. Never: markup from text; data only ever becomes text nodes or attributes.

import { first } from './text.js';

/** @typedef {Node | string | null | false | undefined} Child */

/**
 * An element. `on` holds listeners; true gives an empty attribute, false and undefined none.
 * @param {string} tag @param {Record<string, any>} [props] @param {...Child} children @returns {HTMLElement}
 */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (name === 'on') for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
    else attribute(element, name, value);
  }
  fill(element, ...children);
  return element;
}

/** @param {Element} element @param {string} name @param {any} value */
export function attribute(element, name, value) {
  if (value === undefined || value === null || value === false) element.removeAttribute(name);
  else if (element.getAttribute(name) !== String(value === true ? '' : value)) {
    element.setAttribute(name, value === true ? '' : String(value));
  }
}

/** Replaces what an element holds. @param {Element} element @param {...Child} children */
export function fill(element, ...children) {
  element.replaceChildren(...children.filter((child) => child !== null && child !== false && child !== undefined)
    .map((child) => /** @type {Node | string} */ (child)));
}

const PATHS = /** @type {Record<string, string>} */ ({
  bell: 'M6 16V11a6 6 0 0 1 12 0v5l2 2H4zM10 21h4',
  back: 'M15 5l-7 7 7 7',
  send: 'M4 12l16-8-6 17-3-7z',
  plus: 'M12 5v14M5 12h14',
  more: 'M5 12h.01M12 12h.01M19 12h.01',
  card: 'M3 6h18v12H3zM7 15c0-2 4-2 4 0M9 11.5a1.2 1.2 0 1 0 0-.1M14 10h4M14 14h4',
  tick: 'M5 13l4 4 9-10',
  ticks: 'M2 13l4 4 9-10M11 15.5l2 1.5 9-10',
  wait: 'M12 7v5l3 2M12 21a9 9 0 1 1 0-18 9 9 0 0 1 0 18',
  alert: 'M12 8v5M12 16.5v.01M12 21a9 9 0 1 1 0-18 9 9 0 0 1 0 18',
  down: 'M6 9l6 6 6-6',
  out: 'M14 4h5v16h-5M10 8l-4 4 4 4M6 12h9',
  close: 'M6 6l12 12M18 6L6 18',
  chat: 'M4 5h16v11H10l-5 4v-4H4z',
  home: 'M4 11l8-7 8 7v9h-5v-6H9v6H4z',
  desk: 'M4 5h7v8H4zM13 5h7v5h-7zM13 12h7v7h-7zM4 15h7v4H4z',
  person: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8M4 20c1-5 15-5 16 0',
  enter: 'M10 4H5v16h5M13 8l4 4-4 4M18 12H9',
  keys: 'M3 7h18v11H3zM7 11h.01M11 11h.01M15 11h.01M8 14.5h8',
  globe: 'M12 21a9 9 0 1 1 0-18 9 9 0 0 1 0 18M3 12h18M12 3c5 5 5 13 0 18M12 3c-5 5-5 13 0 18',
  file: 'M6 3h8l4 4v14H6zM14 3v4h4',
  shield: 'M12 3l8 3v6c0 5-4 8-8 9-4-1-8-4-8-9V6zM9 12l2 2 4-4',
  people: 'M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7M2 20c1-6 13-6 14 0M16 4.5a3.5 3.5 0 0 1 0 6.5M18 14c2 .5 4 2 4 6',
  ticket: 'M4 7h16v3a2 2 0 0 0 0 4v3H4v-3a2 2 0 0 0 0-4zM14 7v10',
  mail: 'M3 6h18v12H3zM3 7l9 7 9-7',
  lock: 'M6 11h12v9H6zM9 11V8a3 3 0 0 1 6 0v3',
  flag: 'M6 21V4h11l-2 4 2 4H6',
  picture: 'M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M15 9h.01',
  hall: 'M3 10l2-6h14l2 6M4 10v10h16V10M3 10a3 3 0 0 0 6 0 3 3 0 0 0 6 0 3 3 0 0 0 6 0M9.5 20v-5h5v5',
  box: 'M4 7.5l8-4 8 4v9l-8 4-8-4zM4 7.5l8 4 8-4M12 11.5v9',
  order: 'M6 3h12v18l-3-2-3 2-3-2-3 2zM9 8h6M9 12h6',
  eye: 'M2.5 12C6 5.500 18 5.500 21.500 12 18 18.500 6 18.500 2.500 12zM12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6',
  pin: 'M12 21s7-6.500 7-11.500a7 7 0 0 0-14 0C5 14.500 12 21 12 21zM12 12a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5',
  video: 'M3 6h12v12H3zM15 10l6-3v10l-6-3',
  next: 'M9 5l7 7-7 7',
  move: 'M9 6h.01M9 12h.01M9 18h.01M15 6h.01M15 12h.01M15 18h.01',
  cube: 'M12 3l8 4.500v9L12 21l-8-4.500v-9zM12 12l8-4.500M12 12v9M12 12L4 7.500',
  help: 'M12 21a9 9 0 1 1 0-18 9 9 0 0 1 0 18M9.500 9.500a2.500 2.500 0 1 1 3.500 2.300c-.7.3-1 .8-1 1.700M12 16.500v.01',
  rich_bold: 'M7 5h6a3.500 3.500 0 0 1 0 7H7zM7 12h7a3.500 3.500 0 0 1 0 7H7z',
  rich_italic: 'M10 5h7M7 19h7M14 5l-4 14',
  rich_heading: 'M6 5v14M18 5v14M6 12h12',
  rich_list: 'M9 6h11M9 12h11M9 18h11M4.500 6h.01M4.500 12h.01M4.500 18h.01',
  rich_numbers: 'M10 6h10M10 12h10M10 18h10M4 5l1.500-1v5M4 14.500c1-1.500 3-.5 2 1L4 18h2.500',
  rich_plain: 'M6 5h12M12 5v14M5 21L19 3',
  rich_link: 'M10 14a4 4 0 0 0 6 .5l3-3a4 4 0 0 0-6-5.500l-1 1M14 10a4 4 0 0 0-6-.5l-3 3a4 4 0 0 0 6 5.500l1-1',
  rich_picture: 'M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M15 9h.01',
  search: 'M11 18a7 7 0 1 1 0-14 7 7 0 0 1 0 14M16 16l5 5',
});

/** A line drawing; decoration only, so hidden from readers. @param {string} name @returns {SVGElement} */
export function icon(name) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  for (const [key, value] of [['viewBox', '0 0 24 24'], ['class', `icon icon-${name}`], ['aria-hidden', 'true']]) {
    svg.setAttribute(/** @type {string} */ (key), /** @type {string} */ (value));
  }
  const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  path.setAttribute('d', PATHS[name] ?? '');
  svg.append(path);
  return svg;
}

/** A round mark with the first letter of a name, in a colour that follows from it. @param {string} name */
export function avatar(name) {
  const hue = [...name].reduce((sum, char) => (sum * 33 + (char.codePointAt(0) ?? 0)) % 65521, 5381) % 6;
  return h('span', { class: `avatar hue-${hue}`, 'aria-hidden': 'true' }, first(name).toUpperCase() || '·');
}

/** @type {WeakMap<Element, Map<string, {node: HTMLElement, signature: string}>>} */
const LISTS = new WeakMap();

/**
 * Makes a parent's children those of `rows`, keeping the nodes of unchanged keys. The node with the focus stays where it is and
 * the others move around it: a node that is moved loses the focus.
 * @template {{key: string}} R
 * @param {Element} parent @param {R[]} rows
 * @param {(row: R) => string} signature equal means that nothing shown changed
 * @param {(row: R, node: HTMLElement) => void} draw fills the row's node
 * @param {string} [tag]
 */
export function list(parent, rows, signature, draw, tag = 'li') {
  const before = LISTS.get(parent) ?? new Map();
  const after = new Map();
  const keys = new Set(rows.map((row) => row.key));
  for (const [key, { node }] of before) if (!keys.has(key)) node.remove();
  const active = document.activeElement;
  const fixed = active !== null && parent.contains(active) ? active : null;
  let place = parent.firstElementChild;
  for (const row of rows) {
    const sign = signature(row);
    const held = before.get(row.key);
    const node = held?.node ?? h(tag);
    if (held?.signature !== sign) draw(row, node);
    after.set(row.key, { node, signature: sign });
    if (place !== node && fixed !== null && node.contains(fixed)) {
      while (place !== null && place !== node) {
        const next = /** @type {Element | null} */ (place.nextElementSibling);
        parent.insertBefore(place, node.nextElementSibling);
        place = next;
      }
    }
    if (place === node) place = node.nextElementSibling;
    else parent.insertBefore(node, place);
  }
  LISTS.set(parent, after);
}

/** Runs `draw` once after all that happens in this turn. @param {() => void} draw @returns {() => void} */
export function coalesced(draw) {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    queueMicrotask(() => {
      asked = false;
      draw();
    });
  };
}
