//! Owns: one operation of the interface, drawn. Never: which ones there are.

import { t } from '../strings.js';
import { h } from '../ui/dom.js';
import { exampleOf, rowsOf, typeOf } from './schema.js';

/** @typedef {import('./schema.js').Schema} Schema */
/** @typedef {{title: string, mark: string, about: string, right: string, search: string, inside: () => HTMLElement[]}} Part */

/** @param {string[]} heads @param {(string | HTMLElement)[][]} rows */
function table(heads, rows) {
  return h('table', { class: 'docs-table' }, h('thead', {}, h('tr', {}, ...heads.map((head) => h('th', { scope: 'col' }, head)))),
    h('tbody', {}, ...rows.map((cells) => h('tr', {}, ...cells.map((cell) => h('td', {}, cell))))));
}

/** @param {Schema} document @param {Schema} schema @returns {HTMLElement[]} */
function fields(document, schema) {
  const rows = rowsOf(document, schema).map(({ name, type, limits, about, required }) => [h('code', {}, name), type, required ? t('docs.yes') : '', limits, about]);
  return rows.length === 0 ? [h('code', {}, typeOf(document, schema))]
    : [table([t('docs.field'), t('docs.type'), t('docs.required'), t('docs.limits'), t('docs.about')], rows)];
}

/** @param {string} title @param {HTMLElement[]} parts @returns {HTMLElement[]} */
const section = (title, parts) => parts.length === 0 ? [] : [h('section', {}, h('h3', {}, title), ...parts)];

/** Characters that mean something to a shell are kept from it. @param {string} text */
const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

/** @param {Schema} document @param {string} path @param {string} method @param {Schema} operation */
function command(document, path, method, operation) {
  const body = operation['requestBody']?.content?.['application/json']?.schema;
  const needed = (operation['parameters'] ?? []).filter((/** @type {Schema} */ one) => one['in'] === 'header' && one['required']);
  const lines = [`curl -X ${method.toUpperCase()} ${location.origin}${path.replaceAll(/\{\w+\}/g, '0000000000001')}`];
  if (!(operation['security'] ?? []).some((/** @type {Schema} */ one) => Object.keys(one).length === 0)) lines.push('-H "Authorization: Bearer $TOKEN"');
  for (const one of needed) lines.push(`-H "${one['name']}: ..."`);
  if (body) lines.push('-H "Content-Type: application/json"', `-d ${quoted(JSON.stringify(exampleOf(document, body), null, 2))}`);
  return h('pre', { tabindex: '0' }, lines.join(' \\\n  '));
}

/** A route. @param {Schema} document @param {string} path @param {string} method @param {Schema} operation @returns {Part} */
export function route(document, path, method, operation) {
  const inside = () => {
    const parameters = (operation['parameters'] ?? []).map((/** @type {Schema} */ one) =>
      [h('code', {}, one['name']), one['in'], typeOf(document, one['schema'] ?? {}), one['required'] ? t('docs.yes') : '', one['description'] ?? '']);
    const bodies = Object.entries(/** @type {Record<string, Schema>} */ (operation['requestBody']?.content ?? {}));
    const answers = Object.entries(/** @type {Record<string, Schema>} */ (operation['responses'] ?? {}));
    const good = answers.filter(([status]) => status < '400');
    const bad = answers.filter(([status]) => status >= '400');
    return [
      ...section(t('docs.parameters'), parameters.length === 0 ? [] : [table([t('docs.field'), t('docs.in'), t('docs.type'), t('docs.required'), t('docs.about')], parameters)]),
      ...bodies.flatMap(([media, { schema }]) => section(`${t('docs.body')} (${media})`, fields(document, schema ?? {}))),
      ...good.flatMap(([status, answer]) => section(`${status}`, Object.values(/** @type {Record<string, Schema>} */ (answer['content'] ?? {})).flatMap(({ schema }) => fields(document, schema)))),
      ...section(t('docs.refusals'), [table([t('docs.status'), t('docs.codes')], bad.map(([status, answer]) => [status, answer['description'] ?? '']))]),
      ...section(t('docs.example'), [command(document, path, method, operation)]),
    ];
  };
  const about = operation['summary'] ?? '';
  return { title: path, mark: method.toUpperCase(), about, right: operation['x-right'] ?? '', search: `${method} ${path} ${about}`.toLowerCase(), inside };
}

/** An operation or event of the socket. @param {Schema} document @param {string} name @param {Schema} operation @returns {Part} */
export function spoken(document, name, operation) {
  const messageOf = (/** @type {Schema} */ one) => document['components']?.messages?.[one['$ref'].split('/').at(-1)] ?? {};
  const isEvent = operation['action'] === 'send';
  const inside = () => {
    const payload = messageOf(operation['messages'][0])['payload'] ?? {};
    const replies = (operation['reply']?.messages ?? []).map(messageOf).filter((/** @type {Schema} */ one) => one['payload']?.properties?.ok);
    return [
      ...section(t('docs.frame'), fields(document, payload)),
      ...section(t('docs.reply'), replies.map((/** @type {Schema} */ one) => h('p', {}, one['summary'] || '{}'))),
      ...section(t('docs.example'), [h('pre', { tabindex: '0' }, JSON.stringify(exampleOf(document, payload)))]),
    ];
  };
  const title = name.replace(/^event\./, '');
  const about = messageOf(operation['messages'][0])['summary'] ?? '';
  return { title, mark: isEvent ? 'EV' : 'OP', about: about.slice(0, 90), right: operation['x-right'] ?? '', search: `${title} ${about}`.toLowerCase(), inside };
}
