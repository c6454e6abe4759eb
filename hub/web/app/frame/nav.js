//! Owns: the links to places, by role. Never: rights; the hub decides those.

import { t } from '../strings.js';
import { attribute, h, icon } from '../ui/dom.js';

/** @typedef {import('./places.js').Role} Role */
/** `also`: addresses of other places that it stands for. @typedef {{path: string, label: string, icon: string, who: readonly Role[], also?: readonly string[]}} Link */

/** @type {readonly Link[]} */
const LINKS = [
  { path: '/', label: 'home', icon: 'home', who: ['guest', 'individual', 'media', 'enterprise', 'institution', 'committee'] },
  { path: '/exhibitors', label: 'hall', icon: 'hall', who: ['guest', 'individual', 'media', 'enterprise', 'institution', 'committee'], also: ['/exhibits', '/booths'] },
  { path: '/desk', label: 'desk', icon: 'desk', who: ['individual', 'media', 'enterprise', 'institution', 'committee'] },
  { path: '/chat', label: 'chat', icon: 'chat', who: ['enterprise'] },
  { path: '/account', label: 'account', icon: 'person', who: ['individual', 'media', 'enterprise', 'institution', 'committee'] },
  { path: '/signin', label: 'signin', icon: 'enter', who: ['guest'] },
  { path: '/register/enterprise', label: 'register', icon: 'file', who: ['guest'] },
];

/** @param {Role} role @returns {readonly Link[]} */
export const linksOf = (role) => LINKS.filter(({ who }) => who.includes(role));

/**
 * The navigation: a column beside the place, a bar below it on a phone.
 * @param {Role} role @returns {{element: HTMLElement, mark: (path: string) => void, count: (path: string, n: number) => void}}
 */
export function nav(role) {
  const links = linksOf(role).map((link) => {
    const badge = h('span', { class: 'badge', hidden: true });
    return { link, badge, node: h('a', { class: 'nav-link', href: link.path }, icon(link.icon), h('span', {}, t(`nav.${link.label}`)), badge) };
  });
  const element = h('nav', { class: 'nav', 'aria-label': t('nav.label') }, h('ul', {}, ...links.map(({ node }) => h('li', {}, node))));
  const mark = (/** @type {string} */ path) => {
    for (const { link, node } of links) attribute(node, 'aria-current', [link.path, ...link.also ?? []].some((each) => isWithin(path, each)) && (path === link.path ? 'page' : 'true'));
  };
  const count = (/** @type {string} */ path, /** @type {number} */ n) => {
    for (const { link, badge } of links) {
      if (link.path !== path) continue;
      badge.hidden = n === 0;
      badge.textContent = n > 99 ? '99+' : String(n);
      badge.setAttribute('aria-label', t('inbox.unread', { n }));
    }
  };
  return { element, mark, count };
}

/** @param {string} path @param {string} link */
const isWithin = (path, link) => path === link || (link !== '/' && path.startsWith(`${link}/`));
