//! Owns: how the value of a field reads: words for options, names for terms, links, days. Never: which fields there are.

import { t } from '../strings.js';
import { h } from '../ui/dom.js';
import { calendarDay } from '../ui/time.js';
import { termsOf } from './descriptions.js';
import { pathText } from './terms.js';
import { option } from './words.js';

/** @typedef {import('./schema.js').Schema} Schema */
/** @typedef {import('./terms.js').Term} Term */

/** @param {Schema | undefined} schema */
const vocabularyOf = (schema) => schema?.['x-options'] ?? schema?.items?.['x-options'];

/**
 * Reads values of a form's fields; its vocabularies are fetched first, and a code whose name cannot be had stands for itself.
 * @param {import('../sdk/wire.js').Env} env @param {Schema} schema @returns {Promise<(name: string, value: any) => import('../ui/dom.js').Child>}
 */
export async function reader(env, schema) {
  const fields = schema.properties ?? {};
  const wanted = new Set(Object.values(fields).map(vocabularyOf).filter((name) => name !== undefined));
  /** @type {Map<string, Term[]>} */
  const terms = new Map(await Promise.all([...wanted].map(async (name) => /** @type {[string, Term[]]} */ ([name ?? '', await termsOf(env, name ?? '').catch(() => [])]))));

  /** @param {string} name @param {any} value @param {Schema | undefined} field @returns {string} */
  function word(name, value, field) {
    const vocabulary = vocabularyOf(field);
    if (vocabulary !== undefined) return pathText(terms.get(vocabulary) ?? [], String(value));
    if (typeof value === 'boolean') return t(`form.${value ? 'yes' : 'no'}`);
    if (field?.enum !== undefined || field?.items?.enum !== undefined) return option(name, String(value));
    return field?.format === 'date' ? calendarDay(String(value)) : String(value);
  }

  return (name, value) => {
    const field = fields[name];
    if (Array.isArray(value)) return value.map((each) => word(name, each, field)).join('; ');
    if (field?.format === 'uri' && /^https?:\/\//i.test(String(value))) return h('a', { href: String(value), target: '_blank', rel: 'noopener noreferrer' }, String(value));
    return word(name, value, field);
  };
}
