//! Owns: the address bar: links, back and forward. Never: what is shown for an address.

import { find } from './places.js';

/** Takes the clicks on links of the page's own places; all others are the browser's. */
export class Router {
  /** @param {Window} window @param {() => void} moved called after the address changed */
  constructor(window, moved) {
    this.window = window;
    this.moved = moved;
    window.document.addEventListener('click', (event) => this.#clicked(event));
    window.addEventListener('popstate', moved);
  }

  /** The address without what follows a `?`. */
  get path() {
    return this.window.location.pathname;
  }

  get query() {
    return new URLSearchParams(this.window.location.search);
  }

  /** @returns {import('./places.js').Found | null} */
  get found() {
    return find(this.path);
  }

  /** Goes to an address of the page; the same one again is no step that `back` would have to undo. @param {string} path @param {{replace?: boolean}} [how] */
  go(path, { replace = false } = {}) {
    const { history, location } = this.window;
    if (replace || path === location.pathname + location.search) history.replaceState(null, '', path);
    else history.pushState(null, '', path);
    this.moved();
  }

  /** Changes the address and tells nobody. @param {string} path */
  rename(path) {
    this.window.history.replaceState(null, '', path);
  }

  /** @param {MouseEvent} event */
  #clicked(event) {
    const link = event.target instanceof Element ? event.target.closest('a[href]') : null;
    if (!(link instanceof HTMLAnchorElement) || !isPlain(event) || link.target !== '' || link.hasAttribute('download')) return;
    const href = link.getAttribute('href') ?? '';
    if (href.startsWith('#') || link.origin !== this.window.location.origin || find(link.pathname) === null) return;
    event.preventDefault();
    this.go(link.pathname + link.search);
  }
}

/** Whether a click means this tab. @param {MouseEvent} event */
const isPlain = (event) => !event.defaultPrevented && event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
