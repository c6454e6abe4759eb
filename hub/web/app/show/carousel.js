//! Owns: several pictures in one place, one at a time: by buttons, by keys, by a finger. It never moves by itself. Never: which pictures.

import { t } from '../strings.js';
import { attribute, h, icon } from '../ui/dom.js';
import { pictureOf } from './picture.js';

/** @typedef {import('./picture.js').Picture} Picture */

/** The booth's head: wide pictures side by side. @param {readonly Picture[]} pictures @param {string} name what they show */
export function carousel(pictures, name) {
  const slides = pictures.map((picture, at) => h('li', { class: 'slide', 'aria-label': t('show.picture_of', { n: at + 1, all: pictures.length }) }, pictureOf(picture, t('show.picture_alt', { name, n: at + 1 }), { width: 895, height: 285, isFirst: at === 0, name })));
  const track = h('ul', { class: 'slides', tabindex: pictures.length > 1 ? '0' : undefined });
  track.append(...(slides.length > 0 ? slides : [h('li', { class: 'slide' }, pictureOf(null, '', { width: 895, height: 285, name }))]));
  if (pictures.length < 2) return h('div', { class: 'carousel' }, track);
  const dots = pictures.map((_, at) => h('button', { type: 'button', class: 'dot', 'aria-label': t('show.picture_of', { n: at + 1, all: pictures.length }), on: { click: () => go(at) } }));
  const here = () => Math.round(track.scrollLeft / Math.max(1, track.clientWidth));
  const go = (/** @type {number} */ at) => track.scrollTo({ left: ((at + pictures.length) % pictures.length) * track.clientWidth, behavior: matchMedia('(prefers-reduced-motion: reduce)').matches ? 'auto' : 'smooth' });
  const mark = () => dots.forEach((dot, at) => attribute(dot, 'aria-current', at === here() && 'true'));
  track.addEventListener('scroll', mark, { passive: true });
  track.addEventListener('keydown', (event) => {
    const to = { ArrowRight: here() + 1, ArrowLeft: here() - 1 }[event.key];
    if (to !== undefined) (event.preventDefault(), go(to));
  });
  const side = (/** @type {string} */ drawing, /** @type {number} */ by) => h('button', { type: 'button', class: `slide-side slide-${drawing}`, 'aria-label': t(`show.${by > 0 ? 'next' : 'previous'}`), on: { click: () => go(here() + by) } }, icon(drawing));
  attribute(dots[0] ?? track, 'aria-current', 'true');
  return h('div', { class: 'carousel', role: 'group', 'aria-roledescription': t('show.carousel'), 'aria-label': t('show.pictures_of', { name }) }, track, side('back', -1), side('next', 1), h('div', { class: 'dots' }, ...dots));
}

/** One large picture and the small ones to choose it by. @param {readonly Picture[]} pictures @param {string} name */
export function viewer(pictures, name) {
  const place = h('div', { class: 'viewer-large' });
  const put = (/** @type {number} */ at) => {
    place.replaceChildren(pictureOf(pictures[at], t('show.picture_alt', { name, n: at + 1 }), { width: 600, height: 600, isFirst: true, name }));
    thumbs.forEach((thumb, other) => attribute(thumb, 'aria-pressed', String(other === at)));
  };
  const thumbs = pictures.map((picture, at) => h('button', { type: 'button', class: 'thumb', 'aria-label': t('show.picture_of', { n: at + 1, all: pictures.length }), on: { click: () => put(at) } }, pictureOf(picture, '', { width: 72, height: 72, isSmall: true, name })));
  put(0);
  return h('div', { class: 'viewer' }, place, pictures.length > 1 && h('div', { class: 'thumbs', role: 'group', 'aria-label': t('show.pictures_of', { name }) }, ...thumbs));
}

/** @param {readonly Picture[]} videos */
export const films = (videos) => videos.map((video, at) => h('video', { class: 'film', controls: true, preload: 'metadata', playsinline: true, 'aria-label': t('gallery.video', { n: at + 1 }), src: `/v1/uploads/${typeof video === 'string' ? video : video?.id}/content` }));
