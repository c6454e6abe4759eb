//! Owns: amounts of money as people write and read them, and as the wire has them: whole fen. Pure. Never: floating point.

/** The greatest amount that goes over the wire: eleven characters with the point. **Units**: fen. **Source**: SPEC 10. */
export const FEN_MAX = 9_999_999_999;

/** Of more digits is no amount. */
const DIGITS_MAX = 14;
/** What a yuan has. **Units**: fen. */
const YUAN_FEN = 100;
/** Those of Chinese keyboards beside the plain ones, by what they stand for. @type {Record<string, string>} */
const PLAIN = { '。': '.', '．': '.', '，': ',', '￥': '¥' };

/** What was typed, as fen; null for what is no amount, nothing for nothing. @param {string} text @returns {number | null | undefined} */
export function fenOf(text) {
  const plain = text.trim().replace(/[０-９。．，￥]/g, (char) => PLAIN[char] ?? String.fromCharCode(char.charCodeAt(0) - 0xfee0)).replace(/^(?:¥|CNY|RMB)\s*/i, '').replace(/\s*\u5143$/, '');
  if (plain === '') return undefined;
  const [, whole, part = ''] = /^(\d{1,3}(?:,\d{3})+|\d+)(?:\.(\d{0,2}))?$/.exec(plain) ?? [];
  if (whole === undefined) return null;
  const digits = whole.replaceAll(',', '').replace(/^0+(?=\d)/, '');
  return digits.length > DIGITS_MAX ? Infinity : Number(digits) * YUAN_FEN + Number(part.padEnd(2, '0'));
}

/** As it stands in a field: digits and a point. @param {number} fen */
export const yuanOf = (fen) => `${Math.floor(fen / YUAN_FEN)}.${String(fen % YUAN_FEN).padStart(2, '0')}`;

/** As people read it. @param {number} fen */
export const moneyText = (fen) => `¥${yuanOf(fen).replace(/\B(?=(\d{3})+\.)/g, ',')}`;
