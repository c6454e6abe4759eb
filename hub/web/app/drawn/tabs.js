//! Owns: the parts of a form as tabs, one at a time, with how many faults each has. Never: what is in them.

import { t } from '../strings.js';
import { attribute, fill, h } from '../ui/dom.js';

/**
 * @param {HTMLElement} element the form, whose groups become the tabs' panels @param {readonly (readonly [string, readonly string[]])[]} groups names of fields under the key of a heading
 * @param {string} name @param {string} label what the tabs are of
 * @returns {{element: HTMLElement, show: (field: string) => void, count: (faults: ReadonlySet<string>) => void}}
 */
export function tabs(element, groups, name, label) {
  const panels = [...element.querySelectorAll('fieldset.form-group')];
  element.classList.toggle('tabbed', true);
  const ids = groups.map((_, at) => `${name}-tab-${at}`);
  const badges = groups.map(() => h('span', { class: 'badge', hidden: true }));
  const buttons = groups.map(([key], at) => h('button', { type: 'button', class: 'tab', role: 'tab', id: ids[at], 'aria-controls': `${ids[at]}-panel`, on: { click: () => choose(at) } }, t(`group.${key}`), badges[at]));
  const bar = h('div', { class: 'tabs', role: 'tablist', 'aria-label': label, on: { keydown: walk } }, ...buttons);
  panels.forEach((panel, at) => {
    panel.setAttribute('role', 'tabpanel');
    panel.setAttribute('id', `${ids[at]}-panel`);
    panel.setAttribute('aria-labelledby', ids[at] ?? '');
  });
  let chosen = 0;

  /** @param {number} at */
  function choose(at) {
    chosen = at;
    panels.forEach((panel, place) => void (/** @type {HTMLElement} */ (panel).hidden = place !== at));
    buttons.forEach((button, place) => {
      attribute(button, 'aria-selected', String(place === at));
      attribute(button, 'tabindex', place === at ? '0' : '-1');
    });
  }

  /** @param {KeyboardEvent} event */
  function walk(event) {
    const to = { ArrowRight: chosen + 1, ArrowLeft: chosen - 1, Home: 0, End: buttons.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    choose((to + buttons.length) % buttons.length);
    buttons[chosen]?.focus();
  }

  /** The tab that a field is in. @param {string} field */
  function show(field) {
    const at = groups.findIndex(([, names]) => names.includes(field));
    if (at >= 0 && at !== chosen) choose(at);
  }

  /** @param {ReadonlySet<string>} faults names of fields */
  function count(faults) {
    groups.forEach(([, names], at) => {
      const n = names.filter((each) => faults.has(each)).length;
      const badge = badges[at];
      if (badge === undefined) return;
      badge.hidden = n === 0;
      fill(badge, h('span', { 'aria-hidden': 'true' }, String(n)), h('span', { class: 'sr-only' }, t('tab.faults', { n })));
    });
  }

  choose(0);
  return { element: bar, show, count };
}
