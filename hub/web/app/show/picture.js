//! Owns: how pictures of the fair stand on a page: lazy, with their size, on a neutral ground, something in their place where there is
//! none. Never: private ones; those are drawn into canvases.

import { first } from '../ui/text.js';
import { h, icon } from '../ui/dom.js';

/** As the hub tells of one: its upload, or that with its size in pixels. @typedef {string | {id: string, width?: number, height?: number} | null | undefined} Picture */

/** @param {Picture} picture */
export const idOf = (picture) => typeof picture === 'string' ? picture : picture?.id ?? '';

/** @param {string} id @param {boolean} [isSmall] at most 480 pixels wide, for cards */
export const addressOf = (id, isSmall = false) => `/v1/uploads/${id}/content${isSmall ? '?size=small' : ''}`;

/**
 * @param {Picture} picture @param {string} alt empty where the text beside it says the same
 * @param {{width: number, height: number, isSmall?: boolean, isFirst?: boolean, name?: string}} with_ the room it takes until its own size is known; `isFirst`: seen at
 *   once, so it is not lazy; `name`: what stands there where there is none
 */
export function pictureOf(picture, alt, { width, height, isSmall = false, isFirst = false, name = '' }) {
  const id = idOf(picture);
  if (id === '') return nothing(name);
  const own = /** @type {{width?: number, height?: number}} */ (typeof picture === 'object' && picture !== null ? picture : {});
  const image = h('img', { src: addressOf(id, isSmall), alt, width: String(own.width ?? width), height: String(own.height ?? height), decoding: 'async', ...(isFirst ? { fetchpriority: 'high' } : { loading: 'lazy' }) });
  image.addEventListener('error', () => image.replaceWith(nothing(name)), { once: true });
  return image;
}

/** @param {string} name */
function nothing(name) {
  const hue = [...name].reduce((sum, char) => (sum * 33 + (char.codePointAt(0) ?? 0)) % 65521, 5381) % 6;
  return h('div', { class: `no-picture hue-${hue}`, 'aria-hidden': 'true' }, name === '' ? icon('picture') : h('span', {}, first(name).toUpperCase()));
}
