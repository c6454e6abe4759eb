//! Owns: what a form's description says: its fields in order, when each applies, what is wrong with a value. Pure.
//! Never: elements, words.
//!
//! The hub checks again and knows more (check characters, what exists): this only spares people a round trip.

import { scalars } from '../ui/text.js';

/** @typedef {Record<string, any>} Values */
/**
 * The part of JSON Schema that forms are described with. **Source**: the hub's `fair::form::schema`.
 * @typedef {{type?: string | string[], minLength?: number, maxLength?: number, pattern?: string, format?: string, enum?: (string | null)[],
 *   const?: any, minimum?: number, maximum?: number, items?: Schema, minItems?: number, maxItems?: number,
 *   properties?: Record<string, Schema>, required?: string[], 'x-order'?: number, 'x-widget'?: string, 'x-options'?: string,
 *   'x-use'?: string, 'x-past'?: boolean, 'x-required-when'?: any, 'x-only-when'?: any, 'x-depends-on'?: string,
 *   'x-cases'?: Record<string, Schema>, 'x-text-max'?: number, 'x-required'?: string[]}} Schema
 * @typedef {{name: string, schema: Schema, isRequired: boolean}} Field
 * @typedef {{code: string, min?: number, max?: number | string}} Wrong
 */

/** The fields in the order in which people fill them. @param {Schema} schema @returns {Field[]} */
export function fieldsOf(schema) {
  const needed = new Set(schema.required ?? []);
  const fields = Object.entries(schema.properties ?? {}).map(([name, field]) => ({ name, schema: field, isRequired: needed.has(name) }));
  return fields.sort((a, b) => (a.schema['x-order'] ?? 0) - (b.schema['x-order'] ?? 0));
}

/** Whether a condition holds of what was filled in so far. @param {any} condition @param {Values} values @returns {boolean} */
export function holds(condition, values) {
  const [[word, what] = ['', null]] = Object.entries(condition ?? {});
  switch (word) {
    case 'is': return what.values.includes(values[what.field]);
    case 'begins': return typeof values[what.field] === 'string' && values[what.field].startsWith(what.with);
    case 'yes': return values[what] === true;
    case 'absent': return isEmpty(values[what]);
    case 'all': return what.every((/** @type {any} */ each) => holds(each, values));
    case 'not': return !holds(what, values);
    default: return true; // a condition of a newer hub: it says itself what is wrong
  }
}

/** Whether a field may be filled beside the others. @param {Field} field @param {Values} values */
export const applies = ({ schema }, values) => schema['x-only-when'] === undefined || holds(schema['x-only-when'], values);

/** @param {Field} field @param {Values} values */
export const needs = ({ schema, isRequired }, values) => isRequired
  || (schema['x-required-when'] !== undefined && holds(schema['x-required-when'], values))
  || (schema['x-only-when'] !== undefined && holds(schema['x-only-when'], values));

/** @param {any} value */
export const isEmpty = (value) => value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0);

/** The description that holds for a field beside the others. @param {Field} field @param {Values} values @returns {Schema} */
export function schemaOf({ schema }, values) {
  const on = schema['x-depends-on'];
  return on === undefined ? schema : schema['x-cases']?.[values[on]] ?? schema;
}

/** What is wrong with a field, or null. @param {Field} field @param {Values} values @returns {Wrong | null} */
export function wrong(field, values) {
  const value = values[field.name];
  if (!applies(field, values)) return null;
  if (isEmpty(value)) return needs(field, values) ? { code: 'required' } : null;
  const schema = schemaOf(field, values);
  if (typeof value === 'string') return wrongText(schema, value);
  if (typeof value === 'number') return wrongNumber(schema, value);
  if (Array.isArray(value)) return wrongCount(schema, value.length);
  return schema.const !== undefined && value !== schema.const ? { code: 'not_accepted' } : null;
}

/** As the hub counts: composed, trimmed, Unicode scalars. @param {string} text */
export const length = (text) => scalars(text.normalize('NFC').trim());

/** @param {Schema} schema @param {string} text @returns {Wrong | null} */
function wrongText({ minLength: min = 0, maxLength: max = Infinity, pattern, enum: words }, text) {
  const size = length(text);
  if (size < min) return { code: 'too_short', min, max };
  if (size > max) return { code: 'too_long', min, max };
  if (words !== undefined && !words.includes(text)) return { code: 'not_an_option' };
  return pattern !== undefined && !new RegExp(pattern, 'u').test(text.trim()) ? { code: 'format' } : null;
}

/** @param {Schema} schema @param {number} number @returns {Wrong | null} */
function wrongNumber({ minimum: min = -Infinity, maximum: max = Infinity }, number) {
  if (!Number.isInteger(number)) return { code: 'format' };
  return number < min ? { code: 'too_small', min, max } : number > max ? { code: 'too_big', min, max } : null;
}

/** @param {Schema} schema @param {number} count @returns {Wrong | null} */
function wrongCount({ minItems: min = 0, maxItems: max = Infinity }, count) {
  return count < min ? { code: 'too_few', min, max } : count > max ? { code: 'too_many', min, max } : null;
}

/** What a merge patch (RFC 7396) says to make `base` into `values`: what was emptied goes. @param {Values} base @param {Values} values @returns {Values} */
export function patchOf(base, values) {
  const names = new Set([...Object.keys(base), ...Object.keys(values)]);
  const changed = [...names].filter((name) => !same(base[name], values[name]));
  return Object.fromEntries(changed.map((name) => [name, isEmpty(values[name]) ? null : values[name]]));
}

/** @param {any} a @param {any} b */
export const same = (a, b) => (isEmpty(a) && isEmpty(b)) || JSON.stringify(a) === JSON.stringify(b);

/** Whether a value must not be kept outside of the page's memory. @param {Field} field */
export const isSecret = ({ name, schema }) => schema.format === 'password' || SECRETS.has(name);

/** Numbers of documents and codes: a browser that others use, too, keeps none. */
const SECRETS = new Set(['code', 'document_number', 'current_password', 'new_password', 'birthday', 'real_name']);
