//! Owns: writing a message: the box, its length, typing. Never: the sending.

import { TEXT_SCALARS_MAX } from '../sdk/wire.js';
import { t } from '../strings.js';
import { attribute, fill, h, icon } from './dom.js';
import { draft, keepDraft } from './drafts.js';
import { scalars } from './text.js';

const WARN_LEFT = 200;

/**
 * @param {import('../sdk/conversation.js').Conversation} conversation
 * @param {{card: () => void, sent: () => void}} on
 */
export function composer(conversation, on) {
  const box = /** @type {HTMLTextAreaElement} */ (h('textarea', { id: 'compose', rows: '1', autocomplete: 'off', 'aria-label': t('compose.label'),
    placeholder: matchMedia('(max-width: 760px)').matches ? t('compose.placeholder_short') : t('compose.placeholder'), enterkeyhint: 'send', on: { input: typed, keydown: key } }));
  const left = h('span', { class: 'compose-left', role: 'status' });
  const send = h('button', { type: 'submit', class: 'button primary send', 'aria-label': t('compose.send') },
    icon('send'), h('span', {}, t('compose.send')));
  const card = h('button', { type: 'button', class: 'icon-button', 'aria-label': t('compose.card'), title: t('compose.card'),
    on: { click: on.card } }, icon('card'));
  const form = h('form', { class: 'compose', on: { submit } }, card, h('div', { class: 'compose-box' }, box, left), send);
  const closed = h('p', { class: 'compose-closed', hidden: true, tabindex: '-1' });
  const element = h('div', { class: 'compose-area' }, closed, form);
  box.value = draft(conversation.id);

  const size = () => scalars(box.value.trim());

  function grow() {
    box.style.height = 'auto';
    box.style.height = `${Math.min(box.scrollHeight, 160)}px`;
    const room = TEXT_SCALARS_MAX - size();
    fill(left, room < 0 ? t('compose.too_long', { n: -room }) : room <= WARN_LEFT ? t('compose.left', { n: room }) : '');
    left.classList.toggle('over', room < 0);
    attribute(send, 'disabled', size() === 0 || room < 0);
  }

  function typed() {
    keepDraft(conversation.id, box.value);
    grow();
    if (size() > 0) conversation.type();
  }

  /** An Enter that ends a composition (as in Chinese input) does not send. @param {KeyboardEvent} event */
  function key(event) {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    submit(event);
  }

  /** @param {Event} event */
  function submit(event) {
    event.preventDefault();
    const text = box.value.trim();
    if (text === '' || size() > TEXT_SCALARS_MAX) return;
    try {
      conversation.sendText(text);
    } catch {
      return fill(left, t('error.overloaded'));
    }
    box.value = '';
    typed();
    on.sent();
    box.focus();
  }

  /** Shows why nobody can write here; null lets the user write. @param {string | null} why */
  function allow(why) {
    const [here, there] = why === null ? [closed, form] : [form, closed];
    const had = here.contains(document.activeElement);
    if (closed.textContent !== (why ?? '')) fill(closed, why ?? '');
    there.hidden = false;
    if (had) (why === null ? box : closed).focus();
    here.hidden = true;
  }

  queueMicrotask(grow);
  return { element, allow, focus: () => box.focus(), grow };
}
