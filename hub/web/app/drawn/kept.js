//! Owns: what was typed into forms and not sent, so that neither a reload nor leaving the place loses it: per account, in this
//! tab, gone at sign-out. Never: passwords, codes, numbers of documents.

import { Sturdy } from '../sdk/storage.js';

const PREFIX = 'fairhub.form.';
/** Of one form; a longer one lives as long as the page. **Units**: characters. */
export const KEPT_CHARS_MAX = 100_000;

const tab = new Sturdy(() => sessionStorage);

/** @param {string} key @returns {Record<string, any> | null} */
export function kept(key) {
  try {
    return JSON.parse(tab.getItem(PREFIX + key) ?? 'null');
  } catch {
    return null;
  }
}

/** @param {string} key @param {Record<string, any> | null} values null: nothing to keep any more */
export function keep(key, values) {
  const text = values === null ? '' : JSON.stringify(values);
  if (text === '' || text.length > KEPT_CHARS_MAX) tab.removeItem(PREFIX + key);
  else tab.setItem(PREFIX + key, text);
}

/** Another account comes, or this one leaves. */
export function forgetKept() {
  const keys = Array.from({ length: tab.length }, (_, at) => tab.key(at) ?? '');
  for (const key of keys.filter((each) => each.startsWith(PREFIX))) tab.removeItem(key);
}
