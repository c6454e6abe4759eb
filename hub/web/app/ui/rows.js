//! Owns: a conversation's items as rows to show: days, notes, grouping, marks. Never: elements.

import { t } from '../strings.js';
import { day, dayKey } from './time.js';

/** @typedef {import('../sdk/wire.js').Entry} Entry */
/** @typedef {import('../sdk/conversation.js').Item} Item */
/** @typedef {import('./message.js').Row} Row */
/**
 * @typedef {{conversation: import('../sdk/conversation.js').Conversation, people: import('./people.js').People,
 *   me: string, other: string, unreadAfter: number}} View
 */

const GROUP_MS = 5 * 60_000;

/** @param {View} view @returns {Row[]} */
export function rows(view) {
  const readTo = readByOthers(view);
  /** @type {Row[]} */
  const out = [];
  let group = { who: '', at: 0, day: '' };
  let line = view.unreadAfter > 0 || view.conversation.log.first === 1 ? view.unreadAfter : -1;
  for (const item of view.conversation.items()) {
    if (item.entry?.kind === 'recall') continue; // the recalled message's own row says so
    const row = item.entry ? entryRow(item.entry, item.key, view, readTo) : messageRow(item);
    const at = new Date(row.at ?? 0).getTime();
    const today = dayKey(at);
    if (today !== group.day) out.push({ key: `d.${today}`, type: 'day', text: day(at) });
    if (line >= 0 && row.type === 'bubble' && !row.own && (item.entry?.seq ?? 0) > line) {
      out.push({ key: 'unread', type: 'unread', text: t('thread.unread_line') });
      line = -1;
      group.who = '';
    }
    const who = row.type !== 'bubble' ? '' : item.entry?.from ?? view.me;
    row.first = row.type === 'bubble' && (who !== group.who || today !== group.day || at - group.at > GROUP_MS);
    out.push(row);
    group = { who, at, day: today };
  }
  return out;
}

/** The highest seq that somebody of the other side has read. @param {View} view */
function readByOthers({ conversation, people }) {
  let most = 0;
  for (const [user, seq] of conversation.read) if (!people.isOurs(user)) most = Math.max(most, seq);
  return most;
}

/** @param {Entry} entry @param {string} key @param {View} view @param {number} readTo @returns {Row} */
function entryRow(entry, key, view, readTo) {
  const { conversation, me } = view;
  const own = conversation.isOurs(entry);
  if (entry.kind === 'card') view.people.learn(entry.from, entry.body?.name);
  const name = who(entry, view);
  if (entry.kind !== 'text' && entry.kind !== 'card' || entry.recalled) {
    return { key, type: 'note', text: note(entry, name, view), at: entry.at };
  }
  const status = entry.from !== me ? '' : entry.seq <= readTo ? 'read' : 'sent';
  return { key, type: 'bubble', own, name, named: entry.from !== me, at: entry.at, kind: entry.kind, body: entry.body, seq: entry.seq, status,
    recallable: conversation.mayRecall(entry) };
}

/** @param {Item} item @returns {Row} */
function messageRow({ key, message }) {
  if (message === undefined) throw new Error('invariant: an item is an entry or a message');
  const { id, at, kind, body, state, code } = message;
  return { key, type: 'bubble', own: true, at, kind, body, status: state, id, ...(code === undefined ? {} : { code }) };
}

/** @param {Entry} entry @param {View} view */
function who(entry, { conversation, people, me, other }) {
  if (entry.from === me) return t('message.you');
  return people.name(entry.from, conversation.isOurs(entry) ? t('message.colleague') : other);
}

/** @param {Entry} entry @param {string} name @param {View} view @returns {string} */
function note(entry, name, view) {
  if (entry.recalled) {
    return entry.from === view.me ? t('message.recalled_me') : t('message.recalled', { name });
  }
  if (entry.kind === 'assigned') return assignment(entry, name, view);
  const key = `note.${entry.kind}`;
  return NOTES.has(key) ? t(key, { name }) : t('message.unsupported');
}

const NOTES = new Set(['note.closed', 'note.reopened', 'note.blocked', 'note.system']);

/** @param {Entry} entry @param {string} name @param {View} view */
function assignment(entry, name, view) {
  const assignee = entry.body?.assignee;
  if (!view.conversation.isOurs(entry)) return t('note.assigned_there', { name: view.other });
  if (assignee === null) return t('note.released');
  if (typeof assignee !== 'string') return t('note.assignment', { name });
  return t('note.assigned', { name: assignee === view.me ? t('message.you') : view.people.name(assignee, t('message.colleague')) });
}
