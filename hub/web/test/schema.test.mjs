//! What a form's description says: order, conditions, faults, and what a patch of it is.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { applies, fieldsOf, holds, isSecret, length, needs, patchOf, same, schemaOf, wrong } from '../app/drawn/schema.js';

const field = (schema, isRequired = false, name = 'x') => ({ name, schema, isRequired });
const code = (schema, value, isRequired = false) => wrong(field(schema, isRequired), { x: value })?.code ?? null;

test('fields come in their order, and those that are needed say so', () => {
  const schema = { required: ['b'], properties: { c: { 'x-order': 2 }, a: { 'x-order': 1 }, b: { 'x-order': 0 } } };
  assert.deepEqual(fieldsOf(schema).map(({ name, isRequired }) => [name, isRequired]), [['b', true], ['a', false], ['c', false]]);
  assert.deepEqual(fieldsOf({}), []);
});

test('each kind of condition holds where its words say so', () => {
  const values = { place: 'mainland.beijing', kind: 'both', is: true, many: [], text: '' };
  const rows = [
    [{ is: { field: 'kind', values: ['both', 'other'] } }, true], [{ is: { field: 'kind', values: ['other'] } }, false],
    [{ begins: { field: 'place', with: 'mainland' } }, true], [{ begins: { field: 'place', with: 'overseas' } }, false],
    [{ begins: { field: 'none', with: '' } }, false],
    [{ yes: 'is' }, true], [{ yes: 'kind' }, false],
    [{ absent: 'none' }, true], [{ absent: 'text' }, true], [{ absent: 'many' }, true], [{ absent: 'kind' }, false],
    [{ not: { yes: 'is' } }, false],
    [{ all: [{ yes: 'is' }, { absent: 'none' }] }, true], [{ all: [{ yes: 'is' }, { absent: 'kind' }] }, false], [{ all: [] }, true],
    [{ newer: 1 }, true], [undefined, true],
  ];
  for (const [condition, held] of rows) assert.equal(holds(condition, values), held, JSON.stringify(condition));
});

test('a field that applies only beside another is needed there and refused nowhere else', () => {
  const only = field({ type: 'string', 'x-only-when': { yes: 'big' } });
  assert.deepEqual([applies(only, { big: true }), needs(only, { big: true }), wrong(only, { big: true })?.code], [true, true, 'required']);
  assert.deepEqual([applies(only, {}), needs(only, {}), wrong(only, { x: 'left over' })], [false, false, null]);
  const when = field({ type: 'string', 'x-required-when': { is: { field: 'at', values: ['home'] } } });
  assert.deepEqual([wrong(when, { at: 'home' })?.code, wrong(when, { at: 'away' }), applies(when, {})], ['required', null, true]);
});

test('every limit is told with its code, at the limit nothing is', () => {
  const text = { type: 'string', minLength: 2, maxLength: 4 };
  for (const [value, told] of [['ab', null], ['abcd', null], ['a', 'too_short'], ['abcde', 'too_long'], ['  ab  ', null], ['', null], [undefined, null]]) {
    assert.equal(code(text, value), told, String(value));
  }
  assert.equal(code(text, '', true), 'required');
  assert.equal(code({ type: 'string', pattern: '^[0-9]{6}$' }, '12345'), 'format');
  assert.equal(code({ type: 'string', pattern: '^[0-9]{6}$' }, ' 123456 '), null);
  assert.equal(code({ type: 'string', enum: ['a'] }, 'b'), 'not_an_option');
  assert.equal(code({ type: 'boolean', const: true }, false, true), 'not_accepted');
  assert.equal(code({ type: 'boolean', const: true }, true, true), null);
  const many = { type: 'array', minItems: 2, maxItems: 3 };
  for (const [value, told] of [[[1], 'too_few'], [[1, 2], null], [[1, 2, 3, 4], 'too_many'], [[], null]]) assert.equal(code(many, value), told);
  assert.equal(code(many, [], true), 'required');
  const number = { type: 'integer', minimum: 1, maximum: 5 };
  for (const [value, told] of [[0, 'too_small'], [1, null], [5, null], [6, 'too_big'], [1.5, 'format'], [NaN, 'format']]) assert.equal(code(number, value), told);
});

test('characters are counted as the hub counts them', () => {
  assert.deepEqual([length(' 服贸会 '), length('e\u0301'), length('👨‍👩‍👧'), length('𠮷')], [3, 1, 5, 1]);
});

test('what a value is checked by may hang on another field', () => {
  const number = field({ 'x-depends-on': 'type', 'x-cases': { id: { type: 'string', pattern: '^[0-9]{3}$' }, pass: { type: 'string', pattern: '^[A-Z]+$' } } });
  assert.equal(wrong(number, { type: 'id', x: '123' }), null);
  assert.equal(wrong(number, { type: 'pass', x: '123' })?.code, 'format');
  assert.equal(wrong(number, { x: '123' }), null, 'the hub says what is missing');
  assert.equal(schemaOf(number, { type: 'id' }).pattern, '^[0-9]{3}$');
});

test('a patch says what changed, and takes away what was emptied', () => {
  assert.deepEqual(patchOf({ a: '1', b: '2', c: [1], d: 'same' }, { a: '1', b: '', c: [1, 2], e: 'new', d: 'same' }), { b: null, c: [1, 2], e: 'new' });
  assert.deepEqual(patchOf({ a: [] }, {}), {});
  assert.ok(same(undefined, '') && same([], null) && same([1], [1]) && !same([1], [2]) && !same(false, undefined));
});

test('passwords, codes and numbers of documents are kept nowhere', () => {
  for (const secret of [field({ format: 'password' }), field({}, false, 'code'), field({}, false, 'document_number'), field({}, false, 'birthday')]) assert.ok(isSecret(secret));
  assert.ok(!isSecret(field({ type: 'string' }, false, 'enterprise_name')));
});
