//! Owns: the control for an amount of money: people write yuan, the wire has fen. Never: what an amount is for.

import { t } from '../strings.js';
import { h } from '../ui/dom.js';
import { FEN_MAX, fenOf, moneyText, yuanOf } from '../ui/money.js';

/** @type {import('./widgets.js').Make} */
export function money(field, { id, described, changed }) {
  const input = /** @type {HTMLInputElement} */ (h('input', { id, name: field.name, type: 'text', inputmode: 'decimal', autocomplete: 'off', maxlength: 20, 'aria-describedby': described, placeholder: '0.00', on: { input: changed, change: changed } }));
  input.addEventListener('blur', () => {
    const fen = fenOf(input.value);
    if (typeof fen === 'number') input.value = yuanOf(fen);
  });
  const max = field.schema.maximum ?? FEN_MAX;
  const check = (/** @type {() => import('./schema.js').Wrong | null} */ otherwise) => {
    const fen = fenOf(input.value);
    if (fen === null) return { code: 'amount' };
    return typeof fen === 'number' && fen > max ? { code: 'amount_too_big', max: moneyText(max) } : otherwise();
  };
  return { element: h('div', { class: 'money' }, h('span', { class: 'money-unit', 'aria-hidden': 'true' }, '¥'), input, h('span', { class: 'hint' }, t('money.yuan'))), target: input, isGroup: false,
    get: () => fenOf(input.value) ?? (input.value.trim() === '' ? '' : null), check, set: (value) => void (input.value = typeof value === 'number' ? yuanOf(value) : '') };
}
