//! Owns: what was typed into forms and not sent, so that neither a reload nor leaving the place loses it: per account, in this
//! tab, gone at sign-out. Never: passwords, codes, numbers of documents.

const PREFIX = 'fairhub.form.';
/** Of one form; a longer one lives as long as the page. **Units**: characters. */
export const KEPT_CHARS_MAX = 100_000;

/** @param {string} key @returns {Record<string, any> | null} */
export function kept(key) {
  try {
    return JSON.parse(sessionStorage.getItem(PREFIX + key) ?? 'null');
  } catch {
    return null;
  }
}

/** @param {string} key @param {Record<string, any> | null} values null: nothing to keep any more */
export function keep(key, values) {
  const text = values === null ? '' : JSON.stringify(values);
  try {
    if (text === '' || text.length > KEPT_CHARS_MAX) sessionStorage.removeItem(PREFIX + key);
    else sessionStorage.setItem(PREFIX + key, text);
  } catch {
    // No room: the page itself still has it.
  }
}

/** Another account comes, or this one leaves. */
export function forgetKept() {
  const keys = Array.from({ length: sessionStorage.length }, (_, at) => sessionStorage.key(at) ?? '');
  for (const key of keys.filter((each) => each.startsWith(PREFIX))) sessionStorage.removeItem(key);
}
