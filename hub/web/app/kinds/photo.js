//! Owns: a person's photo as it is shown: its bytes are fetched with the reader's rights, and kept nowhere. Never: others' photos.

import { show } from '../drawn/upload.js';
import { readFile } from '../sdk/files.js';
import { t } from '../strings.js';
import { fill, h, icon } from '../ui/dom.js';

/** @param {import('../sdk/client.js').Client} client @param {string} id of the upload @param {string} name whose it is */
export function photoOf(client, id, name) {
  const place = h('div', { class: 'photo' }, icon('person'));
  void readFile(client, id).then(async (bytes) => {
    const canvas = /** @type {HTMLCanvasElement} */ (h('canvas', { role: 'img', 'aria-label': t('badge.photo_of', { name }) }));
    await show(bytes, canvas);
    fill(place, canvas);
  }, () => fill(place, icon('alert')));
  return place;
}
