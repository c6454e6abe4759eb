//! Owns: a public page of one thing: fetched, drawn, said what is where it is not shown. Never: how it looks.

import { missing } from '../frame/refused.js';
import { call } from '../sdk/rest.js';
import { asWireError } from '../sdk/wire.js';
import { errorText, t } from '../strings.js';
import { fill, h } from '../ui/dom.js';

/**
 * @param {import('../frame/frame.js').Site} site
 * @param {{path: string, draw: (thing: Record<string, any>) => HTMLElement, crumb?: readonly [string, string]}} with_ @returns {import('../frame/places.js').Made}
 */
export function shown({ client, path: address }, { path, draw, crumb }) {
  const place = h('div', { class: 'show-place' }, h('p', { class: 'hint waiting', role: 'status' }, t('place.loading')));
  const element = h('div', { class: 'show' }, crumb !== undefined && h('nav', { class: 'crumbs', 'aria-label': t('place.above') }, h('a', { href: crumb[0] }, t(crumb[1]))), place);
  const here = address();

  async function load() {
    try {
      const thing = await call(client.env, 'GET', path, { kept: true });
      fill(place, draw(thing));
      if (address() === here) document.title = [thing.name, t('app.name')].join(' · ');
      if (document.activeElement === document.body) place.querySelector('h1')?.focus({ preventScroll: true });
    } catch (thrown) {
      const error = asWireError(thrown);
      if (error.code === 'not_found') return fill(place, missing().element);
      fill(place, h('p', { class: 'form-status', role: 'alert' }, errorText(error)), h('button', { type: 'button', class: 'button', on: { click: () => void load() } }, t('act.retry')));
    }
  }

  void load();
  return { element, title: '' };
}
