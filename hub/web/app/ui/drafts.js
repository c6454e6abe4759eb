//! Owns: texts begun and not sent, by conversation; they live as long as the page and its account. Never: sends.

/** Drafts kept at most; beyond it the one longest untouched goes. */
export const DRAFTS_MAX = 100;

/** @type {Map<string, string>} */
const DRAFTS = new Map();

/** @param {string} conversation */
export const draft = (conversation) => DRAFTS.get(conversation) ?? '';

/** @param {string} conversation @param {string} text */
export function keepDraft(conversation, text) {
  DRAFTS.delete(conversation);
  if (text !== '') DRAFTS.set(conversation, text);
  const oldest = DRAFTS.keys().next().value;
  if (DRAFTS.size > DRAFTS_MAX && oldest !== undefined) DRAFTS.delete(oldest);
}

/** Another account comes: what one account began is shown to no other. */
export const forgetDrafts = () => DRAFTS.clear();
