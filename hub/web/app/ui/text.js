//! Owns: shortening text where a reader would: between graphemes, never inside one. Never: what is said.

/** @type {Intl.Segmenter | null} older browsers have none: there scalars must do */
const graphemes = typeof Intl.Segmenter === 'function' ? new Intl.Segmenter(undefined, { granularity: 'grapheme' }) : null;

/** @param {string} text @returns {Iterable<string>} */
function* pieces(text) {
  if (graphemes === null) yield* text;
  else for (const { segment } of graphemes.segment(text)) yield segment;
}

/** The first letter as it is written, with all that belongs to it. @param {string} text */
export function first(text) {
  for (const piece of pieces(text.trim())) return piece;
  return '';
}

/** Unicode scalars, as the hub counts. @param {string} text */
export const scalars = (text) => [...text].length;

/** As many whole graphemes as fit into so many scalars. @param {string} text @param {number} max */
export function cut(text, max) {
  if (text.length <= max) return text;
  let kept = '';
  let left = max;
  for (const piece of pieces(text)) {
    left -= scalars(piece);
    if (left < 0) break;
    kept += piece;
  }
  return kept;
}
