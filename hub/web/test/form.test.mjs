//! Forms as drawn: faults at the fields and in the summary, what applies, what is kept, what others changed.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { form } from '../app/drawn/form.js';
import { kept } from '../app/drawn/kept.js';
import { money } from '../app/drawn/money_field.js';
import { tags } from '../app/drawn/tags.js';
import { WireError } from '../app/sdk/wire.js';
import { openPage } from './dom.mjs';
import { settle } from './fake.mjs';

const SCHEMA = { type: 'object', required: ['name', 'kind'], properties: {
  name: { type: 'string', minLength: 2, maxLength: 60, 'x-widget': 'text', 'x-order': 0 },
  kind: { type: 'string', enum: ['plain', 'big'], 'x-widget': 'select', 'x-order': 1 },
  size: { type: 'integer', minimum: 1, maximum: 9, 'x-widget': 'number', 'x-order': 2, 'x-only-when': { is: { field: 'kind', values: ['big'] } } },
  tags: { type: 'array', items: { type: 'string', enum: ['a', 'b', 'c'] }, minItems: 1, maxItems: 2, 'x-widget': 'checkboxes', 'x-order': 3 },
  password: { type: 'string', format: 'password', 'x-widget': 'password', 'x-order': 4 } } };

function draw(more = {}) {
  openPage();
  const sent = [];
  const made = form(SCHEMA, { name: 'test', submit: 'Send', send: async (values) => void sent.push(values), ...more });
  const { element } = made;
  const field = (name) => element.find(`[data-field=${name}]`)[0];
  const type = async (name, value) => {
    const input = field(name).find(`#test-${name}`)[0];
    input.value = value;
    await input.fire('input');
  };
  const pick = async (name, ...words) => {
    for (const input of field(name).find('input')) input.checked = words.includes(input.getAttribute('value'));
    await field(name).find('input')[0].fire('change');
  };
  return { ...made, sent, field, type, pick, submit: () => element.fire('submit'), fault: (name) => field(name).find('.field-fault')[0].text,
    summary: () => element.find('.form-summary')[0] };
}

test('an empty form tells everything that is needed at once, where it is and in the summary, and sends nothing', async () => {
  const page = draw();
  await page.submit();
  assert.deepEqual(page.sent, []);
  assert.deepEqual([page.fault('name'), page.fault('kind'), page.fault('tags')], ['This is needed', 'This is needed', '']);
  assert.equal(page.summary().find('li').length, 2);
  assert.equal(document.activeElement, page.summary());
  await page.summary().find('a')[0].fire('click');
  assert.equal(document.activeElement.id, 'test-name');
});

test('a fault goes as soon as it is mended, and what is right is sent as it is kept', async () => {
  const page = draw();
  await page.type('name', 'x');
  await page.submit();
  assert.equal(page.fault('name'), 'At least 2 characters');
  await page.type('name', ' Huaxin ');
  assert.equal(page.fault('name'), '');
  await page.pick('kind', 'plain');
  await page.pick('tags', 'a', 'c');
  await page.submit();
  assert.deepEqual(page.sent, [{ name: 'Huaxin', kind: 'plain', tags: ['a', 'c'] }]);
});

test('a field that does not apply is neither shown nor sent', async () => {
  const page = draw();
  assert.equal(page.field('size').hidden, true);
  await page.type('name', 'Huaxin');
  await page.pick('kind', 'big');
  assert.equal(page.field('size').hidden, false);
  await page.submit();
  assert.equal(page.fault('size'), 'This is needed');
  await page.type('size', '4');
  await page.submit();
  assert.deepEqual(page.sent.at(-1), { name: 'Huaxin', kind: 'big', size: 4 });
  await page.pick('kind', 'plain');
  await page.submit();
  assert.deepEqual(page.sent.at(-1), { name: 'Huaxin', kind: 'plain' });
});

test('what the hub finds wrong stands at its fields; what is of no field stands in the summary', async () => {
  const page = draw({ values: { name: 'Huaxin', kind: 'plain' }, send: async () => {
    throw new WireError('invalid', { fields: [{ at: '/name', code: 'taken' }, { at: '/tags/1', code: 'too_few' }, { at: '/other', code: 'unknown_field' }] });
  } });
  await page.submit();
  assert.deepEqual([page.fault('name'), page.fault('tags')], ['Already taken', 'Choose at least 1']);
  assert.match(page.summary().text, /other: There is no such field/);
});

test('a failure without fields is said in words, and the form can be sent again', async () => {
  let fails = true;
  const sent = [];
  const page = draw({ values: { name: 'Huaxin', kind: 'plain' }, send: async (values) => {
    if (fails) throw new WireError('disconnected');
    sent.push(values);
  } });
  await page.submit();
  assert.equal(page.element.find('.form-status')[0].text, 'You are offline');
  fails = false;
  await page.submit();
  assert.equal(sent.length, 1);
  assert.equal(page.element.find('.form-status')[0].text, '');
});

test('what was typed is kept until it is sent, but for the password', async () => {
  const page = draw({ draft: 'u/test' });
  await page.type('name', 'half a na');
  await page.type('password', 'secret12');
  page.stop();
  assert.deepEqual(kept('u/test'), { name: 'half a na' });
  const again = form(SCHEMA, { name: 'test', submit: 'Send', send: async () => undefined, draft: 'u/test' });
  assert.equal(again.values().name, 'half a na');
  assert.match(again.element.find('.form-restored')[0].text, /brought back/);
  await again.element.find('.form-restored')[0].find('button')[0].fire('click');
  assert.equal(again.values().name, undefined);
  assert.equal(kept('u/test'), null);
});

test('of two who change a record, what only the other changed is taken and what both did is offered', async () => {
  const page = draw({ values: { name: 'Before', kind: 'plain', tags: ['a'] } });
  await page.type('name', 'Mine');
  page.rebase({ name: 'Theirs', kind: 'plain', tags: ['b'] });
  assert.deepEqual(page.values(), { name: 'Mine', kind: 'plain', tags: ['b'] });
  const theirs = page.field('name').find('.field-theirs')[0];
  assert.match(theirs.text, /Theirs/);
  await theirs.find('button')[0].fire('click');
  assert.equal(page.values().name, 'Theirs');
  await settle();
});

const LEVELS = [{ code: 'a', label: { 'zh-CN': 'A', en: 'A' }, items: [{ code: 'a.b', label: { 'zh-CN': 'B', en: 'B' } }, { code: 'a.c', label: { 'zh-CN': 'C', en: 'C' } }] }];

/** A form that chooses from a vocabulary. */
async function choosing(schema) {
  openPage();
  const sent = [];
  const made = form({ type: 'object', required: ['terms'], properties: { terms: schema } }, { name: 'test', submit: 'Send', options: async () => LEVELS, send: async (values) => void sent.push(values) });
  await settle();
  const choose = async (at, value) => {
    const node = made.element.find('select')[at];
    node.value = value;
    await node.fire('change');
  };
  return { made, sent, choose };
}

test('what groups other terms is no choice itself', async () => {
  const { made, sent, choose } = await choosing({ type: 'string', 'x-widget': 'term', 'x-options': 'things' });
  await choose(0, 'a');
  await made.element.fire('submit');
  assert.deepEqual(sent, []);
  assert.match(made.element.find('.field-fault')[0].text, /This is needed/);
  await choose(1, 'a.b');
  await made.element.fire('submit');
  assert.deepEqual(sent, [{ terms: 'a.b' }]);
});

test('what was chosen of several and not added is sent with the others', async () => {
  const { made, sent, choose } = await choosing({ type: 'array', maxItems: 2, items: { type: 'string', 'x-options': 'things' }, 'x-widget': 'terms' });
  await choose(0, 'a');
  await choose(1, 'a.b');
  await made.element.find('[data-act=add]')[0].fire('click');
  await choose(0, 'a');
  await choose(1, 'a.c');
  await made.element.fire('submit');
  assert.deepEqual(sent, [{ terms: ['a.b', 'a.c'] }]);
});

test('a group of which a form has no field has no heading', () => {
  openPage();
  const made = form(SCHEMA, { name: 'test', submit: 'Send', groups: [['contact', ['name']], ['organisation', ['gone']]], send: async () => undefined });
  assert.deepEqual(made.element.find('legend').map((node) => node.text), ['Contact (shown to other companies)']);
});

test('somebody else’s version is taken or one’s own kept, and until then the field is undecided', async () => {
  for (const [act, stays] of [['take_theirs', 'theirs'], ['keep_mine', 'mine']]) {
    const page = draw({ values: { name: 'before', kind: 'plain' } });
    await page.type('name', 'mine');
    page.rebase({ name: 'theirs', kind: 'big', size: 3 });
    assert.deepEqual(page.undecided(), ['name']);
    assert.equal(page.values().kind, 'big', 'what only they changed is taken');
    await page.field('name').find(`[data-act=${act}]`)[0].fire('click');
    assert.deepEqual(page.undecided(), []);
    assert.equal(page.values().name, stays);
  }
});

test('what is kept is what was typed alone, and nothing once the hub has it', async () => {
  const page = draw({ values: { name: 'before', kind: 'plain', tags: ['a'] }, draft: 'u/settled', locked: { password: () => 'fixed' } });
  await page.type('name', 'typed');
  await page.pick('tags');
  page.stop();
  assert.deepEqual(kept('u/settled'), { name: 'typed', tags: null });
  page.settle({ name: 'typed', kind: 'plain' });
  assert.equal(kept('u/settled'), null);
  assert.equal(page.isDirty(), false, 'what can be changed no more is no change');
});

test('several short texts are added as they are typed, each once', async () => {
  const page = drawOne({ type: 'array', items: { type: 'string', maxLength: 20 }, maxItems: 3, 'x-widget': 'tags' }, { tags });
  const [input] = page.element.find('#one-one');
  input.value = '数字化，云计算';
  await input.fire('input');
  assert.deepEqual(page.values(), { one: ['数字化', '云计算'] });
  input.value = '云计算';
  await input.fire('keydown', { key: 'Enter' });
  assert.deepEqual(page.values().one, ['数字化', '云计算']);
  input.value = '绿色';
  await input.fire('blur');
  assert.deepEqual(page.values().one, ['数字化', '云计算', '绿色']);
  await page.element.find('.tag')[0].find('button')[0].fire('click');
  assert.deepEqual(page.values().one, ['云计算', '绿色']);
});

test('an amount is typed in yuan and sent in fen; what is none is told', async () => {
  const page = drawOne({ type: 'integer', minimum: 0, maximum: 9_999_999_999, 'x-widget': 'fen' }, { fen: money });
  const [input] = page.element.find('#one-one');
  input.value = '1,280.5';
  await input.fire('input');
  await input.fire('blur');
  assert.equal(input.value, '1280.50');
  assert.deepEqual(page.values(), { one: 128_050 });
  for (const [text, code] of [['about ten', 'amount'], ['100000000', 'amount_too_big']]) {
    input.value = text;
    await input.fire('input');
    assert.equal(page.faults().get('one')?.code, code, text);
  }
  input.value = '';
  await input.fire('input');
  assert.deepEqual(page.values(), {}, 'no price is no price of nothing');
});

/** A form of one field with a control of its own. */
function drawOne(schema, widgets) {
  openPage();
  return form({ type: 'object', properties: { one: { ...schema, 'x-order': 0 } } }, { name: 'one', submit: '', send: async () => undefined, widgets });
}
