//! What the page of the interface makes of a schema: rows for people, and an example that has what is needed.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { exampleOf, resolve, rowsOf, typeOf } from '../app/docs/schema.js';

const DOCUMENT = {
  components: { schemas: {
    Id: { type: 'string', pattern: '^[0-7][0-9a-hjkmnp-tv-z]{12}$' },
    Base: { type: 'object', required: ['id'], properties: { id: { $ref: '#/components/schemas/Id' } } },
    Form: {
      type: 'object', required: ['name', 'place'],
      properties: {
        place: { type: 'string', maxLength: 64, 'x-order': 1, 'x-options': 'region' },
        name: { type: 'string', minLength: 1, maxLength: 20, 'x-order': 0, description: 'who' },
        code: { type: 'string', 'x-order': 2, 'x-only-when': { yes: 'big' } },
        tags: { type: 'array', maxItems: 3, items: { type: 'object', properties: { word: { enum: ['a', 'b'] } } }, 'x-order': 3 },
      },
    },
    Whole: { allOf: [{ $ref: '#/components/schemas/Base' }, { type: 'object', required: ['at'], properties: { at: { type: 'string', format: 'date' } } }] },
    Loop: { type: 'object', required: ['again'], properties: { again: { $ref: '#/components/schemas/Loop' } } },
  } },
};
const named = (name) => ({ $ref: `#/components/schemas/${name}` });

test('fields stand in their order with what limits them', () => {
  const rows = rowsOf(DOCUMENT, named('Form'));
  assert.deepEqual(rows.map(({ name, required }) => [name, required]), [['name', true], ['place', true], ['code', false], ['tags', false], ['tags[].word', false]]);
  assert.deepEqual(rows.slice(0, 2).map(({ limits, about }) => [limits, about]), [['1..20', 'who'], ['0..64; options: region', '']]);
  assert.match(rows[2].limits, /only-when: \{"yes":"big"\}/);
  assert.equal(rows[4].limits, 'a, b');
});

test('a reference is followed, parts are joined, and one that leads nowhere is nothing', () => {
  assert.deepEqual(Object.keys(resolve(DOCUMENT, named('Whole')).properties), ['id', 'at']);
  assert.deepEqual(resolve(DOCUMENT, named('None')), {});
  assert.equal(typeOf(DOCUMENT, { type: 'array', items: named('Form') }), '[Form]');
  assert.equal(typeOf(DOCUMENT, { oneOf: [{ type: 'null' }, named('Form')] }), 'null | Form');
  assert.equal(typeOf(DOCUMENT, { type: ['string', 'null'] }), 'string | null');
});

test('an example has what is needed, nothing else, and an end', () => {
  assert.deepEqual(exampleOf(DOCUMENT, named('Form')), { name: 'text', place: 'text' });
  assert.deepEqual(exampleOf(DOCUMENT, named('Whole')), { id: '0000000000001', at: '2020-08-15' });
  assert.ok(JSON.stringify(exampleOf(DOCUMENT, named('Loop'))).length < 200);
  assert.deepEqual(exampleOf(DOCUMENT, { type: 'array', items: { type: 'boolean', const: true } }), [true]);
});
