//! Owns: a panel that a button opens, and what closes it: Escape, a click elsewhere, the focus leaving. Never: what is in it.

import { h } from './dom.js';

/**
 * @param {HTMLElement} button @param {HTMLElement} panel with an id @param {() => void} [opened]
 * @returns {{element: HTMLElement, toggle: (shown: boolean) => void, stop: () => void}}
 */
export function popover(button, panel, opened) {
  const element = h('div', { class: 'popover', on: { keydown: escape, focusout: leave } }, button, panel);
  panel.hidden = true;
  button.setAttribute('aria-expanded', 'false');
  button.setAttribute('aria-controls', panel.id);
  button.addEventListener('click', () => toggle(panel.hidden));

  /** @param {boolean} shown */
  function toggle(shown) {
    panel.hidden = !shown;
    button.setAttribute('aria-expanded', String(shown));
    if (shown) opened?.();
  }

  /** @param {KeyboardEvent} event */
  function escape(event) {
    if (event.key !== 'Escape' || panel.hidden) return;
    event.stopPropagation();
    toggle(false);
    button.focus();
  }

  /** @param {FocusEvent} event */
  function leave(event) {
    if (event.relatedTarget instanceof Node && !element.contains(event.relatedTarget)) toggle(false);
  }

  const outside = (/** @type {Event} */ event) => event.target instanceof Node && !element.contains(event.target) && toggle(false);
  document.addEventListener('pointerdown', outside);
  return { element, toggle, stop: () => document.removeEventListener('pointerdown', outside) };
}
