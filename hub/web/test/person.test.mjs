//! A person's form: what follows from a nationality and a number, what stands masked, what can no more be changed.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { changeOf } from '../app/drawn/descriptions.js';
import { editor } from '../app/drawn/editor.js';
import { form } from '../app/drawn/form.js';
import { documentOf, readId, suggested } from '../app/kinds/person.js';
import { openPage } from './dom.mjs';
import { settle } from './fake.mjs';

const SCHEMA = { type: 'object', required: ['document_type', 'number'], properties: {
  land: { type: 'string', 'x-widget': 'text', 'x-order': 0 },
  document_type: { type: 'string', enum: ['resident_id', 'passport'], 'x-widget': 'select', 'x-order': 1 },
  number: { type: 'string', 'x-widget': 'text', 'x-order': 2, 'x-depends-on': 'document_type', 'x-cases': { resident_id: { pattern: '^[0-9]{17}[0-9Xx]$' }, passport: { pattern: '^[A-Z0-9]{5,9}$' } } },
  email: { type: 'string', 'x-widget': 'email', 'x-order': 3 } } };

function draw(more) {
  openPage();
  const sent = [];
  const made = form(SCHEMA, { name: 'test', submit: 'Send', send: async (values) => void sent.push(values), ...more });
  const field = (name) => made.element.find(`[data-field=${name}]`)[0];
  const type = async (name, value) => {
    const input = field(name).find(`#test-${name}`)[0];
    input.value = value;
    await input.fire('input');
  };
  return { ...made, sent, field, type, submit: () => made.element.fire('submit'), fault: (name) => field(name).find('.field-fault')[0].text };
}

test('each nationality has its document', () => {
  const pairs = [['mainland', 'resident_id'], ['hk-mo-tw.HK', 'home_permit'], ['hk-mo-tw.MO', 'home_permit'], ['hk-mo-tw.TW', 'taiwan_permit'], ['overseas.DE', 'passport']];
  for (const [nationality, document] of pairs) assert.equal(documentOf(nationality), document, nationality);
});

test("a resident's number tells birthday and gender; what is none tells nothing", () => {
  assert.deepEqual(readId('11010519491231002X'), { birthday: '1949-12-31', gender: 'female' });
  assert.deepEqual(readId('440524188001010014'), { birthday: '1880-01-01', gender: 'male' });
  for (const number of ['', '1101051949123100', 'G12345678', '110***********002X']) assert.deepEqual(readId(number), {}, number);
  assert.deepEqual(suggested({ nationality: 'overseas.DE', document_type: 'passport', document_number: '11010519491231002X' }), { document_type: 'passport' });
});

test('what follows is filled in until somebody says otherwise', async () => {
  const page = draw({ suggest: ({ land }) => (land === undefined ? {} : { document_type: land === 'here' ? 'resident_id' : 'passport' }) });
  await page.type('land', 'here');
  assert.equal(page.values().document_type, 'resident_id');
  await page.type('land', 'there');
  assert.equal(page.values().document_type, 'passport', 'what was suggested follows');
  for (const input of page.field('document_type').find('input')) input.checked = input.getAttribute('value') === 'resident_id';
  await page.field('document_type').find('input')[0].fire('change');
  await page.type('land', 'elsewhere');
  assert.equal(page.values().document_type, 'resident_id', 'what was chosen stays');
});

test('a masked value is not checked and stays as it is, until it is filled anew', async () => {
  const page = draw({ masks: ['number', 'email'], values: { document_type: 'resident_id', number: '110***********002X', email: 'a***@b.cn' } });
  assert.match(page.field('number').text, /110\*+002X/);
  assert.equal(page.isDirty(), false);
  await page.submit();
  assert.deepEqual(page.sent, [{ document_type: 'resident_id', number: '110***********002X', email: 'a***@b.cn' }]);
  await page.field('number').find('[data-act=change]')[0].fire('click');
  await page.type('number', '1101');
  await page.submit();
  assert.equal(page.fault('number'), 'Not in the right form');
  await page.field('number').find('[data-act=keep]')[0].fire('click');
  assert.equal(page.fault('number'), '');
  await page.field('email').find('[data-act=change]')[0].fire('click');
  await page.submit();
  assert.deepEqual(page.sent[1], { document_type: 'resident_id', number: '110***********002X' }, 'emptied, it goes');
});

test('an edit sends nothing of what stands masked or locked', async () => {
  openPage();
  const asked = [];
  const client = { user: { id: 'u' }, exchange: async (...call) => (asked.push(call), { value: { land: 'x' }, tag: '"2"' }) };
  const row = { land: 'here', document_type: 'resident_id', number: '110***********002X', email: 'a***@b.cn' };
  const made = editor(client, SCHEMA, { name: 'test', path: '/v1/things/1', row, tag: '"1"', masks: ['number', 'email'], locked: { land: (value) => value }, done: () => undefined });
  assert.match(made.element.find('[data-field=land]')[0].text, /here.*Fixed since the approval/);
  assert.equal(made.element.find('#test-land').length, 0, 'nothing to type into');
  await made.element.find('[data-field=email]')[0].find('[data-act=change]')[0].fire('click');
  const [input] = made.element.find('#test-email');
  input.value = 'new@b.cn';
  await input.fire('input');
  await made.element.fire('submit');
  await settle();
  assert.deepEqual(asked, [['PATCH', '/v1/things/1', { body: { email: 'new@b.cn' }, match: '"1"' }]]);
});

test('in a change everything that cannot be taken away is needed', async () => {
  const patch = { properties: { name: { type: 'string' }, email: { type: ['string', 'null'] } } };
  const env = { locale: () => 'en', clock: { setTimeout: () => 0, clearTimeout: () => undefined },
    fetch: async () => ({ ok: true, status: 200, headers: { get: () => '' }, text: async () => JSON.stringify({ components: { schemas: { ThingPatch: patch } } }) }) };
  assert.deepEqual((await changeOf(env, 'Thing')).required, ['name']);
  await assert.rejects(changeOf(env, 'Nothing'), /no form NothingPatch/);
});
