//! Shortening: whole graphemes only, counted in scalars as the hub counts.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { cut, first, scalars } from '../app/ui/text.js';

const ENGLAND = '\u{1F3F4}\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}';
const FAMILY = '\u{1F468}\u200D\u{1F469}\u200D\u{1F467}';
const GERMANY = '\u{1F1E9}\u{1F1EA}';
const WAVE = '\u{1F44B}\u{1F3FD}';
const E_ACUTE = 'e\u0301';
const WHOLE = [ENGLAND, FAMILY, GERMANY, WAVE, E_ACUTE, '\u0928\u0940', '\r\n', '\u845B\u{E0100}', '\u1100\u1161\u11A8'];

test('the first letter is the first grapheme', () => {
  for (const whole of WHOLE.filter((text) => text.trim() !== '')) assert.equal(first(` ${whole}x`), whole);
  assert.deepEqual([first('华信'), first('Nordwind'), first(' \n '), first('')], ['华', 'N', '', '']);
});

test('a cut keeps whole graphemes and never more scalars than fit', () => {
  for (const whole of WHOLE) {
    const text = `ab${whole}c`;
    for (let max = 0; max <= scalars(text); max += 1) {
      const kept = cut(text, max);
      assert.ok(scalars(kept) <= max && text.startsWith(kept), text);
      assert.ok(['', 'a', 'ab', `ab${whole}`, text].includes(kept), `${max} of ${JSON.stringify(text)}: ${JSON.stringify(kept)}`);
    }
    assert.equal(cut(text, scalars(text)), text);
  }
});
