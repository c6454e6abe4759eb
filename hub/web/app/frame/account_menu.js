//! Owns: the menu behind one's name: account, look, keys, leaving. Never: the account itself.

import { t } from '../strings.js';
import { attribute, avatar, fill, h, icon } from '../ui/dom.js';
import { popover } from '../ui/popover.js';
import { LOOKS, look, wear } from './look.js';

/**
 * @param {{signOut: () => void, keys: () => void, names: () => {name: string, under: string}}} with_
 * @returns {{element: HTMLElement, draw: () => void, stop: () => void}}
 */
export function accountMenu({ signOut, keys, names }) {
  const button = h('button', { type: 'button', class: 'who' });
  const panel = h('div', { class: 'panel account-panel', id: 'account-menu', role: 'region', 'aria-label': t('menu.title') });
  const { element, toggle, stop } = popover(button, panel);

  /** @param {() => void} then */
  const closing = (then) => () => {
    toggle(false);
    then();
  };

  const draw = () => {
    const { name, under } = names();
    fill(button, h('span', { class: 'sr-only' }, t('menu.of')), avatar(name), h('span', { class: 'who-text' }, h('strong', {}, name), h('small', {}, under)));
  };
  fill(panel,
    h('a', { class: 'menu-item', href: '/account', on: { click: () => toggle(false) } }, icon('person'), t('nav.account')),
    lookChoice(),
    h('button', { type: 'button', class: 'menu-item', on: { click: closing(keys) } }, icon('keys'), t('keys.title')),
    h('button', { type: 'button', class: 'menu-item', 'data-act': 'sign_out', on: { click: closing(signOut) } }, icon('out'), t('menu.sign_out')));
  draw();
  return { element, draw, stop };
}

/** Three looks, one worn. @returns {HTMLElement} */
export function lookChoice() {
  const buttons = LOOKS.map((choice) => ({ choice, node: h('button', { type: 'button', class: 'segment', 'data-look': choice,
    on: { click: () => (wear(choice), draw()) } }, t(`look.${choice}`)) }));
  const draw = () => buttons.forEach(({ choice, node }) => attribute(node, 'aria-pressed', String(look() === choice)));
  draw();
  return h('div', { class: 'segments', role: 'group', 'aria-label': t('look.label') }, ...buttons.map(({ node }) => node));
}
