//! Owns: what follows from what is known of a person, to spare typing. Pure. Never: decides; the hub checks all of it.

/** @typedef {import('../drawn/schema.js').Values} Values */

/** Which document goes with a nationality. **Source**: L403; the hub holds it. @param {string} nationality */
export function documentOf(nationality) {
  if (nationality === 'mainland') return 'resident_id';
  if (nationality === 'hk-mo-tw.TW') return 'taiwan_permit';
  return nationality.startsWith('hk-mo-tw.') ? 'home_permit' : 'passport';
}

/** What the number of a resident's ID says: the day of birth, and an odd last number but one for men. **Source**: GB 11643. @param {string} number */
export function readId(number) {
  const [, year, month, day, sex] = /^\d{6}(\d{4})(\d{2})(\d{2})\d{2}(\d)[\dXx]$/.exec(number) ?? [];
  return year === undefined ? {} : { birthday: `${year}-${month}-${day}`, gender: Number(sex) % 2 === 1 ? 'male' : 'female' };
}

/** @param {Values} values @returns {Values} */
export function suggested({ nationality, document_type: type, document_number: number }) {
  const document = typeof nationality === 'string' && nationality !== '' ? { document_type: documentOf(nationality) } : {};
  return { ...document, ...(type === 'resident_id' && typeof number === 'string' ? readId(number) : {}) };
}
