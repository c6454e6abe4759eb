//! Owns: what fields, options and faults are called, by the names that descriptions use. Never: texts; those are the table's.

import { known, t } from '../strings.js';

/** Of a form's own first, else the one that all share, else the bare name. @param {string} form @param {string} name */
export const label = (form, name) => known(`field.${form}.${name}`) ? t(`field.${form}.${name}`)
  : known(`field.${name}`) ? t(`field.${name}`) : name.replaceAll('_', ' ');

/** What helps to fill a field, or nothing. @param {string} form @param {string} name */
export const hint = (form, name) => known(`hint.${form}.${name}`) ? t(`hint.${form}.${name}`)
  : known(`hint.${name}`) ? t(`hint.${name}`) : '';

/** @param {string} name of the field @param {string} word */
export const option = (name, word) => known(`option.${name}.${word}`) ? t(`option.${name}.${word}`)
  : known(`option.${word}`) ? t(`option.${word}`) : word.replaceAll('_', ' ');

/** @param {import('./schema.js').Wrong} wrong */
export const wrongText = ({ code, min = 0, max = 0 }) => t(known(`wrong.${code}`) ? `wrong.${code}` : 'wrong.other', { min, max });

/** A text that the hub gives in both languages. @param {Record<string, string> | undefined} both @param {string} language */
export const spoken = (both, language) => both?.[language] ?? both?.['en'] ?? '';
