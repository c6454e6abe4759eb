//! Owns: the page that shows what the hub says of its interface: REST by kind of record, then the socket. Never: a call on
//! anybody's behalf.

import { choose, language, speak, t } from '../strings.js';
import { fill, h } from '../ui/dom.js';
import { route, spoken } from './parts.js';

/** @typedef {import('./schema.js').Schema} Schema */
/** @typedef {import('./parts.js').Part} Part */
/** @typedef {{name: string, parts: Part[]}} Group */

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];
const root = /** @type {HTMLElement} */ (document.getElementById('docs'));
/** @type {{rest: Schema, socket: Schema} | null} */
let known = null;
let wanted = '';

/** @param {Schema} rest @returns {Group[]} */
function groupsOf(rest) {
  /** @type {Map<string, Part[]>} */
  const groups = new Map();
  for (const [path, item] of Object.entries(rest['paths'] ?? {})) {
    for (const method of METHODS.filter((each) => item[each])) {
      const name = item[method].tags?.[0] ?? '';
      groups.set(name, [...(groups.get(name) ?? []), route(rest, path, method, item[method])]);
    }
  }
  return [...groups].map(([name, parts]) => ({ name, parts })).sort((a, b) => a.name.localeCompare(b.name));
}

/** @param {Schema} socket @returns {Group[]} */
function spokenOf(socket) {
  const all = Object.entries(/** @type {Record<string, Schema>} */ (socket['operations'] ?? {}));
  const of = (/** @type {string} */ action) => all.filter(([, each]) => each['action'] === action).map(([name, each]) => spoken(socket, name, each));
  return [{ name: t('docs.operations'), parts: of('receive') }, { name: t('docs.events'), parts: of('send') }];
}

/** What is inside is drawn when somebody looks at it. @param {Part} part */
function drawn(part) {
  const inside = h('div', { class: 'docs-inside' });
  const element = h('details', { class: 'docs-op' },
    h('summary', {}, h('code', { class: 'docs-verb' }, part.mark), h('code', {}, part.title), h('span', {}, part.about), h('small', {}, part.right)), inside);
  element.addEventListener('toggle', () => inside.childElementCount === 0 && fill(inside, ...part.inside()));
  return element;
}

/** @param {Group[]} groups */
function body(groups) {
  const found = groups.map(({ name, parts }) => ({ name, parts: parts.filter(({ search }) => search.includes(wanted)) })).filter(({ parts }) => parts.length > 0);
  const anchor = (/** @type {string} */ name) => `kind-${name.replaceAll(/\W+/g, '-')}`;
  return [
    h('nav', { class: 'docs-nav', 'aria-label': t('docs.kinds') }, h('ul', {}, ...found.map(({ name }) => h('li', {}, h('a', { href: `#${anchor(name)}` }, name))))),
    h('main', {}, found.length === 0 && h('p', { class: 'docs-empty' }, t('docs.nothing')),
      ...found.map(({ name, parts }) => h('section', { class: 'docs-group', id: anchor(name) }, h('h2', {}, name), ...parts.map(drawn)))),
  ];
}

function show() {
  document.title = t('docs.title');
  if (known === null) return fill(root, h('p', { class: 'docs-empty', role: 'status' }, t('docs.loading')));
  const groups = [...groupsOf(known.rest), ...spokenOf(known.socket)];
  const below = h('div', { class: 'docs-body' }, ...body(groups));
  const search = /** @type {HTMLInputElement} */ (h('input', { type: 'search', value: wanted, 'aria-label': t('docs.search'), placeholder: t('docs.search') }));
  search.addEventListener('input', () => {
    wanted = search.value.trim().toLowerCase();
    fill(below, ...body(groups));
  });
  const other = language() === 'en' ? 'zh-CN' : 'en';
  const turn = () => {
    choose(other);
    show();
  };
  fill(root, h('header', { class: 'docs-head' }, h('h1', {}, t('docs.title')), search,
    h('a', { href: '/v1/openapi.json' }, 'OpenAPI 3.1'), h('a', { href: '/v1/asyncapi.json' }, 'AsyncAPI 3'), h('a', { href: '/' }, t('docs.home')),
    h('button', { type: 'button', class: 'button small', lang: other, title: t('app.language_label'), on: { click: turn } }, t('app.language'))), below);
}

/** @param {string} path @returns {Promise<Schema>} */
async function read(path) {
  const response = await fetch(path);
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return response.json();
}

speak();
show();
try {
  const [rest, socket] = await Promise.all([read('/v1/openapi.json'), read('/v1/asyncapi.json')]);
  known = { rest, socket };
  show();
} catch {
  fill(root, h('p', { class: 'docs-empty', role: 'alert' }, t('docs.failed')));
}
