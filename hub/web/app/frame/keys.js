//! Owns: the keys that work everywhere and the list of all. Never: keys inside of a place.

import { t } from '../strings.js';
import { modal } from '../ui/dialogs.js';
import { h } from '../ui/dom.js';
import { linksOf } from './nav.js';

/** After `g` the letter of a place. @type {Record<string, string>} */
const LETTERS = { h: '/', e: '/exhibitors', d: '/desk', c: '/chat', a: '/account' };
/** How long the `g` waits for its letter. */
const SECOND_MS = 1_500;

const INSIDE = [['Enter', 'send'], ['Shift+Enter', 'line'], ['↑ ↓', 'rows'], ['Esc', 'back']];

/**
 * @param {{go: (path: string) => void, role: import('./places.js').Role}} with_
 * @returns {{help: () => void, stop: () => void}}
 */
export function keys({ go, role }) {
  const places = linksOf(role).flatMap(({ path, label }) => {
    const letter = Object.keys(LETTERS).find((key) => LETTERS[key] === path);
    return letter === undefined ? [] : [{ letter, path, label }];
  });
  let began = -Infinity;

  const help = () => void modal(t('keys.title'), () => [h('dl', { class: 'keys', tabindex: '0', autofocus: true },
    ...row('?', t('keys.title')), ...places.flatMap(({ letter, label }) => row(`g ${letter}`, t(`nav.${label}`))),
    ...INSIDE.flatMap(([key = '', label = '']) => row(key, t(`keys.${label}`))))]);

  /** @param {KeyboardEvent} event */
  function pressed(event) {
    if (event.defaultPrevented || event.isComposing || event.metaKey || event.ctrlKey || event.altKey || isTyping(event.target)) return;
    if (document.querySelector('dialog[open]') !== null) return;
    if (event.key === '?') return void (event.preventDefault(), help());
    const isSecond = event.timeStamp - began < SECOND_MS;
    began = event.key === 'g' ? event.timeStamp : -Infinity;
    const place = isSecond ? places.find(({ letter }) => letter === event.key) : undefined;
    if (place === undefined) return;
    event.preventDefault();
    go(place.path);
  }
  document.addEventListener('keydown', pressed);
  return { help, stop: () => document.removeEventListener('keydown', pressed) };
}

/** @param {EventTarget | null} target */
const isTyping = (target) => target instanceof HTMLElement && target.closest('input, textarea, select, [contenteditable]') !== null;

/** @param {string} key @param {string} does */
const row = (key, does) => [h('dt', {}, ...key.split(' ').map((one) => h('kbd', {}, one))), h('dd', {}, does)];
