//! Owns: what axe says of a page, in both looks. Never: which pages.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe holds against the page as it stands, of those that keep somebody out. */
async function faults(page) {
  // The policy lets no script in from a text, so it is evaluated as the debugger's.
  await page.evaluate(`globalThis.axe === undefined && (() => { ${AXE} })(); void 0`);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
  return violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map((node) => `${node.html.slice(0, 160)} ${node.failureSummary ?? ''}`).join(' | ')}`);
}

/** Nothing serious, light or dark, and everything has a name. */
export async function sound(person, name, looks = ['light', 'dark']) {
  for (const look of looks) {
    await person.page.emulateMedia({ colorScheme: look, reducedMotion: 'reduce' }); // colours that still move are no one's
    assert.deepEqual(await faults(person.page), [], `${name}, ${look}`);
  }
  await person.page.emulateMedia({ colorScheme: looks[0], reducedMotion: null });
  await person.isNamed(name);
}
