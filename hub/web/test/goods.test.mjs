//! What is shown and sold, where it is pure: money, the order of pictures, differences, figures, rich text.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { changes, lists, parts } from '../app/drawn/difference.js';
import { keyed, moved } from '../app/drawn/order.js';
import { within } from '../app/kinds/exhibits.js';
import { FEN_MAX, fenOf, moneyText, yuanOf } from '../app/ui/money.js';
import { funnelOf, shares } from '../app/ui/plot.js';
import { htmlOf, lengthOf, linkOf, parsed, pieces, textOf } from '../app/ui/rich.js';
import { XSS } from './e2e/corpus.mjs';

test('what people type as money becomes whole fen, and nothing else does', () => {
  const right = [['0', 0], ['1', 100], ['0.1', 10], ['0.01', 1], ['1280.5', 128_050], ['1,280.50', 128_050], ['99999999.99', FEN_MAX], ['¥ 12.30', 1_230], ['￥１２．３', 1_230], ['12。5', 1_250], ['12.5元', 1_250],
    ['007', 700], [' 8 ', 800], ['1,234,567.89', 123_456_789], ['19.99', 1_999], ['0.29', 29], ['1.15', 115], ['90071992547409.91', 9_007_199_254_740_991]];
  for (const [text, fen] of right) assert.equal(fenOf(text), fen, text);
  for (const text of ['abc', '1.234', '-1', '1e3', '1,23', '12,3456', '.', '1..2', '+5', '½', '1 000', 'NaN', '0x10']) assert.equal(fenOf(text), null, text);
  for (const text of ['', '  ']) assert.equal(fenOf(text), undefined);
  assert.ok(fenOf('9'.repeat(30)) > FEN_MAX, 'too much is a number, so that it is told as too much');
});

test('money reads as it was, in the field and on the page', () => {
  for (const [fen, field, page] of [[0, '0.00', '¥0.00'], [5, '0.05', '¥0.05'], [128_050, '1280.50', '¥1,280.50'], [FEN_MAX, '99999999.99', '¥99,999,999.99'], [100_000, '1000.00', '¥1,000.00']]) {
    assert.equal(yuanOf(fen), field);
    assert.equal(moneyText(fen), page);
    assert.equal(fenOf(page), fen);
  }
});

test('things are put in order by place and by key', () => {
  assert.deepEqual(moved(['a', 'b', 'c'], 0, 2), ['b', 'c', 'a']);
  assert.deepEqual(moved(['a', 'b', 'c'], 2, 0), ['c', 'a', 'b']);
  assert.deepEqual(moved(['a', 'b', 'c'], 1, 9), ['a', 'c', 'b']);
  assert.deepEqual(moved(['a', 'b'], 5, 0), ['a', 'b']);
  assert.equal(keyed('ArrowRight', 0, 3), 1);
  assert.equal(keyed('End', 0, 3), 2);
  for (const [key, at] of [['ArrowLeft', 0], ['ArrowRight', 2], ['Home', 0], ['Enter', 1]]) assert.equal(keyed(key, at, 3), null, key);
});

test('a reviewer sees which fields differ, in the order of the form, and where in a text', () => {
  const schema = { properties: { phone: { type: 'string', 'x-order': 2 }, name: { type: 'string', 'x-order': 0 }, tags: { type: 'array', 'x-order': 1 }, shown: { type: 'boolean', 'x-order': 3 } } };
  const found = changes(schema, { name: 'A', tags: ['x'], phone: '1', shown: false }, { name: 'A', tags: ['x', 'y'], phone: '2' });
  assert.deepEqual(found, [{ name: 'tags', before: ['x'], after: ['x', 'y'] }, { name: 'phone', before: '1', after: '2' }]);
  assert.deepEqual(parts('我们为客户服务', '我们为国内外客户服务'), [{ kind: 'same', text: '我们为' }, { kind: 'new', text: '国内外' }, { kind: 'same', text: '客户服务' }]);
  assert.deepEqual(parts('aa', 'aaa'), [{ kind: 'same', text: 'aa' }, { kind: 'new', text: 'a' }]);
  assert.deepEqual(parts('old', 'new'), [{ kind: 'gone', text: 'old' }, { kind: 'new', text: 'new' }]);
  assert.deepEqual(parts('a😀b', 'a😁b').map(({ text }) => text), ['a', '😀', '😁', 'b'], 'a character is never cut');
  for (const [before, after] of [['', ''], ['a', ''], ['', 'b'], ['abcab', 'abab'], ['xyx', 'xyxyx']]) {
    assert.equal(parts(before, after).filter(({ kind }) => kind !== 'new').map(({ text }) => text).join(''), before);
    assert.equal(parts(before, after).filter(({ kind }) => kind !== 'gone').map(({ text }) => text).join(''), after);
  }
  assert.deepEqual(lists(['a', 'b'], ['b', 'c']), { gone: ['a'], came: ['c'], isMoved: false });
  assert.equal(lists(['a', 'b'], ['b', 'a']).isMoved, true);
});

test('a funnel narrows from what came in to what was dealt, and each part is seen', () => {
  assert.deepEqual(funnelOf({ to_handle: 3, in_progress: 1, dealt: 2, closed: 1 }).map(({ value }) => value), [7, 4, 2]);
  assert.deepEqual(funnelOf({}).map(({ value }) => value), [0, 0, 0]);
  assert.deepEqual(shares([{ label: '', value: 200 }, { label: '', value: 50 }, { label: '', value: 1 }, { label: '', value: 0 }]).map(({ percent }) => percent), [100, 25, 2, 0]);
  const widths = shares([{ label: '', value: 1000 }, { label: '', value: 1 }, { label: '', value: 0 }]).map(({ width }) => width);
  assert.deepEqual(widths, [1, 0.02, 0]);
  assert.deepEqual(shares([]), []);
});

test('an exhibit is filled in with the categories of its booth alone, with what stands above them', () => {
  const terms = [{ code: 'a', label: {}, items: [{ code: 'a.1', label: {} }, { code: 'a.2', label: {} }] }, { code: 'b', label: {}, items: [{ code: 'b.1', label: {} }] }, { code: 'c', label: {} }];
  const codes = (list) => list.map(({ code, items = [] }) => [code, items.map((item) => item.code)]);
  assert.deepEqual(codes(within(terms, ['a.2', 'b'])), [['a', ['a.2']], ['b', ['b.1']]]);
  assert.deepEqual(within(terms, []), []);
});

test('rich text keeps what is allowed by name', () => {
  const same = ['<p>a <strong>b</strong> <em>c</em></p>', '<h3>x</h3><ul><li>1</li><li>2</li></ul>', '<blockquote>q</blockquote>', 'a &lt; b &amp; c', '<p>x<br>y</p>', '<a href="https://example.com/?a=1&amp;b=2">x</a>',
    '<img src="/v1/uploads/0123456789abc/content" alt="q&quot;x">', '<table><tbody><tr><td>1</td></tr></tbody></table>', '<a href="mailto:a@example.com">m</a>'];
  for (const html of same) assert.equal(htmlOf(parsed(html)), html);
  for (const [html, kept] of [['<b>x</b><i>y</i>', '<strong>x</strong><em>y</em>'], ['<div><p>x</p></div>', '<p>x</p>'], ['<div>x</div>', '<p>x</p>'], ['<h1>t</h1>', '<h3>t</h3>'], ['<font color=red>x</font>', 'x'],
    ['<p style="position:fixed" onclick=x() class=y>z</p>', '<p>z</p>'], ['&#x4e2d;&#25991;&nbsp;&copy;', '中文\u00a0&amp;copy;'], ['<!-- x --><p>y</p>', '<p>y</p>'], ['a<b', 'a&lt;b'], ['<p>unclosed', '<p>unclosed</p>'], ['</p>x', 'x']]) assert.equal(htmlOf(parsed(html)), kept, html);
  assert.equal(lengthOf(parsed('<p>两个</p><p>字😀</p>')), 4);
});

test('no markup that would do harm is kept, however it is written', () => {
  const bad = [...XSS, '<scr<script>ipt>window.hit=1</script>', '<img/src=x onerror=window.hit=1>', '<a href=" java\tscript:window.hit=1">x</a>', '<a href="data:text/html,x">x</a>', '<IMG SRC="/v1/uploads/0123456789abc/content/../../x">',
    '<svg><a xlink:href="javascript:window.hit=1"><text>x</text></a></svg>', '<style>p{background:url(/x)}</style>', '<img src="https://evil.example/v1/uploads/short/content">', '<object data=x></object>', '<base href="//evil.example">', '<p onclick=window.hit=1>x', '<<a href="javascript:x">y'];
  const names = new Set(['p', 'br', 'strong', 'em', 'u', 's', 'h3', 'h4', 'ul', 'ol', 'li', 'blockquote', 'a', 'img', 'table', 'caption', 'thead', 'tbody', 'tfoot', 'tr', 'th', 'td']);
  const walk = (kept) => {
    for (const piece of kept) {
      if (typeof piece === 'string') continue;
      assert.ok(names.has(piece.tag), piece.tag);
      if (piece.link !== undefined) assert.match(piece.link, /^(https?|mailto):/);
      if (piece.picture !== undefined) assert.match(piece.picture, /^[0-9a-z]{13}$/);
      walk(piece.children);
    }
  };
  for (const html of bad) {
    walk(parsed(html));
    assert.equal(htmlOf(parsed(htmlOf(parsed(html)))), htmlOf(parsed(html)), `what is kept stays as it is: ${html}`);
  }
  for (const address of ['javascript:alert(1)', 'data:text/html,x', '//evil.example', 'vbscript:x', 'file:///x', '', 'x']) assert.equal(linkOf(address), '', address);
  const deep = '<ul><li>'.repeat(5_000) + 'x';
  assert.equal(textOf(parsed(deep)), 'x', 'however deep it is');
});

test('what stands in the place one writes in is read the same way', () => {
  const text = (nodeValue) => ({ nodeType: 3, nodeName: '#text', nodeValue, childNodes: [] });
  const node = (nodeName, childNodes, attributes = {}) => ({ nodeType: 1, nodeName, childNodes, getAttribute: (name) => attributes[name] ?? null });
  assert.equal(htmlOf(pieces([node('DIV', [text('a')]), node('P', [node('B', [text('b')]), node('SPAN', [text('c')])]), node('SCRIPT', [text('d')]), node('IMG', [], { src: 'https://fair.example/v1/uploads/0123456789abc/content?size=small' })])),
    '<p>a</p><p><strong>b</strong>c</p><img src="/v1/uploads/0123456789abc/content" alt="">');
});
