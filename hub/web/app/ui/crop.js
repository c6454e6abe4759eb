//! Owns: cutting a picture to a fixed size: moved and widened by pointer, wheel and keys. Never: where it goes.

import { t } from '../strings.js';
import { fill, h } from './dom.js';

/** How much larger than what just fills the frame it may be made. */
export const ZOOM_MAX = 4;
/** One press of a key moves it by so much of the frame. */
const STEP = 0.02;
/** Qualities of JPEG, the best first. */
const QUALITIES = [0.95, 0.9, 0.85, 0.8, 0.7, 0.6, 0.5];

/** @typedef {{x: number, y: number, zoom: number}} View where the frame's middle is in the picture, each in [0, 1] of it; `zoom` 1 just fills the frame */

/** Keeps the frame within the picture. @param {View} view @param {{width: number, height: number}} picture @param {readonly [number, number]} frame @returns {View} */
export function within({ x, y, zoom }, { width, height }, [w, h_]) {
  const held = Math.min(Math.max(zoom, 1), ZOOM_MAX);
  const scale = Math.max(w / width, h_ / height) * held;
  const half = [w / scale / width / 2, h_ / scale / height / 2];
  const keep = (/** @type {number} */ at, /** @type {number} */ edge) => Math.min(Math.max(at, edge), 1 - edge);
  return { x: keep(x, half[0] ?? 0), y: keep(y, half[1] ?? 0), zoom: held };
}

/**
 * @param {ImageBitmap} picture @param {readonly [number, number]} size of the frame, in pixels
 * @returns {{element: HTMLElement, target: HTMLElement, cut: (bytes: {min: number, max: number}) => Promise<Blob>}}
 */
export function crop(picture, [width, height]) {
  /** @type {readonly [number, number]} */
  const frame = [width, height];
  let view = within({ x: 0.5, y: 0.42, zoom: 1 }, picture, frame);
  const canvas = /** @type {HTMLCanvasElement} */ (h('canvas', { class: 'crop', width: String(width), height: String(height), tabindex: '0', role: 'img', 'aria-label': t('crop.frame'), 'aria-describedby': 'crop-hint' }));
  const zoom = /** @type {HTMLInputElement} */ (h('input', { type: 'range', min: '1', max: String(ZOOM_MAX), step: '0.01', value: '1', 'aria-label': t('crop.zoom') }));

  const scale = () => Math.max(width / picture.width, height / picture.height) * view.zoom;
  function draw() {
    const context = canvas.getContext('2d');
    if (context === null) return;
    context.fillStyle = '#fff'; // what is see-through becomes white
    context.fillRect(0, 0, width, height);
    context.imageSmoothingQuality = 'high';
    const by = scale();
    context.drawImage(picture, width / 2 - view.x * picture.width * by, height / 2 - view.y * picture.height * by, picture.width * by, picture.height * by);
  }

  /** @param {Partial<View>} change */
  function look(change) {
    view = within({ ...view, ...change }, picture, frame);
    zoom.value = String(view.zoom);
    draw();
  }

  /** By parts of the frame. @param {number} x @param {number} y */
  const move = (x, y) => look({ x: view.x - x * width / (picture.width * scale()), y: view.y - y * height / (picture.height * scale()) });

  /** @type {Record<string, () => void>} */
  const KEYS = { ArrowLeft: () => move(-STEP, 0), ArrowRight: () => move(STEP, 0), ArrowUp: () => move(0, -STEP), ArrowDown: () => move(0, STEP),
    '+': () => look({ zoom: view.zoom * 1.05 }), '=': () => look({ zoom: view.zoom * 1.05 }), '-': () => look({ zoom: view.zoom / 1.05 }) };
  canvas.addEventListener('keydown', (event) => {
    const act = KEYS[event.key];
    if (act === undefined || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    act();
  });
  canvas.addEventListener('pointerdown', (event) => {
    canvas.setPointerCapture(event.pointerId);
    canvas.focus();
  });
  canvas.addEventListener('pointermove', (event) => {
    if (canvas.hasPointerCapture(event.pointerId)) move(event.movementX / canvas.clientWidth, event.movementY / canvas.clientHeight);
  });
  canvas.addEventListener('wheel', (event) => {
    event.preventDefault();
    look({ zoom: view.zoom * (event.deltaY < 0 ? 1.06 : 1 / 1.06) });
  }, { passive: false });
  zoom.addEventListener('input', () => look({ zoom: Number(zoom.value) }));
  draw();

  /** As JPEG, as good as fits. @param {{min: number, max: number}} bytes @returns {Promise<Blob>} */
  async function cut({ min, max }) {
    let made = await jpeg(canvas, QUALITIES[0] ?? 1);
    if (made.size < min) return jpeg(canvas, 1);
    for (const quality of QUALITIES) {
      if (made.size <= max) break;
      made = await jpeg(canvas, quality);
    }
    return made;
  }

  const element = h('div', { class: 'crop-place' });
  fill(element, canvas, h('label', { class: 'crop-zoom' }, h('span', {}, t('crop.zoom')), zoom), h('p', { class: 'hint', id: 'crop-hint' }, t('crop.hint')));
  return { element, target: canvas, cut };
}

/** @param {HTMLCanvasElement} canvas @param {number} quality @returns {Promise<Blob>} */
const jpeg = (canvas, quality) => new Promise((resolve, reject) => canvas.toBlob((blob) => blob === null ? reject(new Error('no picture')) : resolve(blob), 'image/jpeg', quality));
