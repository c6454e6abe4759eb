//! Owns: controls for what stands already: what can no more be changed, and what is shown masked and is sent only when it is
//! filled anew. Never: which fields those are.

import { t } from '../strings.js';
import { fill, h, icon } from '../ui/dom.js';

/** @typedef {import('./widgets.js').Widget} Widget */

/** Only read. @param {(value: any) => import('../ui/dom.js').Child} show @returns {Widget} */
export function fixed(show) {
  /** @type {any} */
  let held;
  const element = h('p', { class: 'fixed-value', tabindex: '-1' });
  return { element, target: element, isGroup: true, isFixed: true, get: () => held, check: () => null, set: (value) => {
    held = value;
    fill(element, icon('lock'), h('span', {}, value === undefined || value === '' ? t('form.nothing') : show(value)), h('small', {}, t('form.locked')));
  } };
}

/** @param {any} value */
const isMask = (value) => typeof value === 'string' && value.includes('*');

/** Stands as its mask until somebody changes it. @param {Widget} inner @param {() => void} changed @returns {Widget} */
export function masked(inner, changed) {
  let mask = '';
  let isOpen = true;
  const shown = h('span', { class: 'mono' });
  const change = h('button', { type: 'button', class: 'button small', 'data-act': 'change', on: { click: () => turn(true) } }, t('form.change'));
  const keep = h('button', { type: 'button', class: 'button small', 'data-act': 'keep', on: { click: () => turn(false) } }, t('form.keep'));
  const element = h('div', { class: 'with-button masked-value' });

  const draw = () => isOpen ? fill(element, inner.element, mask !== '' && keep) : fill(element, shown, change);
  /** @param {boolean} opens */
  function turn(opens) {
    isOpen = opens;
    inner.set('');
    draw();
    changed();
    (opens ? inner.target : change).focus();
  }

  draw();
  return { element, get target() {
    return isOpen ? inner.target : change;
  }, isGroup: inner.isGroup, get: () => isOpen ? inner.get() : mask, check: (otherwise) => isOpen ? otherwise() : null,
  follow: (values) => inner.follow?.(values), set: (value) => {
    if (isMask(value)) mask = value;
    isOpen = !isMask(value);
    fill(shown, mask);
    inner.set(isOpen ? value : '');
    draw();
  } };
}
