//! Owns: the control that a file is filled in with: chosen, dropped, pasted or taken; cut to size, checked before it goes, how far
//! it is, stopped, tried again. Never: what a file must be; the hub says it (`uploads.js`).

import { asWireError } from '../sdk/wire.js';
import { errorText, t } from '../strings.js';
import { hasCamera, takePicture } from '../ui/camera.js';
import { crop } from '../ui/crop.js';
import { fill, h, icon } from '../ui/dom.js';
import { kilobytes, wrongFile } from './uploads.js';
import { wrongText } from './words.js';

/** @typedef {import('./uploads.js').Rule} Rule */

/** What browsers call the formats. @type {Record<string, string>} */
const MEDIA = { jpeg: 'image/jpeg', png: 'image/png', gif: 'image/gif', bmp: 'image/bmp', pdf: 'application/pdf', mp4: 'video/mp4' };

/** @type {import('./widgets.js').Make} */
export function upload(field, { id, described, changed, uploads }) {
  const use = field.schema['x-use'] ?? '';
  let value = '';
  /** @type {Rule | null} */
  let rule = null;
  /** The one on its way. @type {{stop: () => void} | null} */
  let sending = null;
  /** @type {HTMLElement} */
  let target = h('span', {});
  const told = h('p', { class: 'hint', id: `${id}-rule` });
  const status = h('p', { class: 'upload-status', role: 'status' });
  const place = h('div', { class: 'upload-place' });
  const element = h('div', { class: 'upload', 'data-use': use }, place, told, status);
  const file = /** @type {HTMLInputElement} */ (h('input', { type: 'file', class: 'sr-only', tabindex: '-1', 'aria-hidden': 'true', 'aria-label': t('upload.choose'), 'data-file': use }));
  const act = (/** @type {string} */ name, /** @type {() => void} */ run, more = '') => h('button', { type: 'button', class: `button small${more}`, 'data-act': name, on: { click: run } }, t(`upload.${name}`));

  file.addEventListener('change', () => void took(file.files?.[0]));
  for (const over of ['dragenter', 'dragover']) element.addEventListener(over, (event) => (event.preventDefault(), element.classList.toggle('over', true)));
  for (const out of ['dragleave', 'drop']) element.addEventListener(out, (event) => (event.preventDefault(), element.classList.toggle('over', false)));
  element.addEventListener('drop', (event) => void took(/** @type {DragEvent} */ (event).dataTransfer?.files[0]));
  const pasted = (/** @type {Event} */ event) => {
    const [one] = /** @type {ClipboardEvent} */ (event).clipboardData?.files ?? [];
    if (one === undefined || event.target instanceof HTMLInputElement || event.target instanceof HTMLTextAreaElement) return; // a text is meant
    const isMeant = element.contains(document.activeElement) || document.querySelectorAll('.upload').length === 1;
    if (!isMeant || !element.isConnected || element.getClientRects().length === 0) return;
    event.preventDefault();
    void took(one);
  };
  document.addEventListener('paste', pasted);

  /** @param {HTMLElement} focus @param {...import('../ui/dom.js').Child} children */
  function put(focus, ...children) {
    const had = element.contains(document.activeElement);
    target = focus;
    fill(place, ...children);
    if (had) focus.focus();
  }

  function offer() {
    const choose = act('choose', () => (file.value = '', file.click()));
    choose.id = id;
    choose.setAttribute('aria-describedby', `${id}-rule ${described}`);
    const isPicture = rule?.formats.some((format) => MEDIA[format]?.startsWith('image/')) ?? false;
    put(choose, h('div', { class: 'upload-drop' }, icon('picture'), h('p', { class: 'hint' }, t('upload.drop')),
      h('div', { class: 'ways' }, choose, isPicture && hasCamera() && act('camera', () => void shoot()))), file);
  }

  async function shoot() {
    const picture = await takePicture();
    if (picture !== null) await frame(picture);
  }

  /** @param {Blob | undefined} chosen */
  async function took(chosen) {
    if (chosen === undefined || rule === null) return;
    fill(status);
    if (rule.pixels === undefined) return check(chosen);
    const picture = await createImageBitmap(chosen).catch(() => null);
    if (picture === null) return say(wrongText({ code: 'damaged' }));
    await frame(picture);
  }

  /** Cuts a picture to the size that its use asks for. @param {ImageBitmap} picture */
  async function frame(picture) {
    const { pixels, bytes_min: min = 0, bytes_max: max = 0 } = rule ?? {};
    if (pixels === undefined) return;
    const made = crop(picture, pixels);
    const cut = async () => check(await made.cut({ min, max }));
    put(made.target, made.element, h('div', { class: 'ways' }, act('use', () => void cut(), ' primary'), act('other', offer)));
    if (picture.width < pixels[0] || picture.height < pixels[1]) say(t('upload.small', { width: picture.width, height: picture.height }));
    made.target.focus();
  }

  /** @param {Blob} ready */
  async function check(ready) {
    const fault = rule === null ? null : await wrongFile(rule, ready);
    if (fault !== null) return say(wrongText(fault));
    await send(ready);
  }

  /** @param {Blob} ready */
  async function send(ready) {
    if (uploads === undefined) return;
    fill(status);
    const bar = /** @type {HTMLProgressElement} */ (h('progress', { max: '1', value: '0', 'aria-label': t('upload.sending') }));
    const way = uploads.send(use, ready, (part) => void (bar.value = part));
    let isStopped = false;
    sending = way;
    const stop = act('stop', () => {
      isStopped = true;
      way.stop();
    });
    put(stop, h('div', { class: 'upload-way' }, h('span', {}, t('upload.sending')), bar, stop));
    try {
      const { id: made } = await way.done;
      value = made;
      sending = null;
      have(ready);
      fill(status, t('upload.done', { size: kilobytes(ready.size) }));
    } catch (thrown) {
      sending = null;
      if (isStopped) return offer();
      const error = asWireError(thrown);
      const [fault] = error.fields;
      const again = act('again', () => void send(ready));
      put(again, h('div', { class: 'upload-way' }, icon('alert'), h('span', {}, t('upload.failed')), again, act('other', offer)));
      say(fault === undefined ? errorText(error) : wrongText({ code: fault.code }));
    }
    changed();
  }

  /** What is filled in: seen, and to be replaced or taken away. @param {Blob | null} seen */
  function have(seen) {
    const [width, height] = rule?.pixels ?? [160, 120];
    const canvas = /** @type {HTMLCanvasElement} */ (h('canvas', { class: 'upload-seen', width: String(width), height: String(height), role: 'img', 'aria-label': t('upload.seen') }));
    if (seen !== null) void show(seen, canvas);
    const replace = act('replace', offer);
    put(replace, h('div', { class: 'upload-have' }, canvas, h('div', { class: 'ways' }, replace, act('remove', remove))));
  }

  function remove() {
    value = '';
    fill(status);
    offer();
    changed();
  }

  /** @param {string} text */
  function say(text) {
    fill(status, text);
  }

  void uploads?.rule(use).catch(() => null).then((found) => {
    rule = found;
    if (found === null) return say(t('upload.none'));
    file.accept = found.formats.map((format) => MEDIA[format] ?? `.${format}`).join(',');
    if (found.pixels !== undefined) file.accept = 'image/*'; // it is drawn anew
    fill(told, ruleText(found));
    if (value === '') offer();
  });
  offer();

  return { element, get target() {
    return target;
  }, isGroup: true, get: () => value, check: (otherwise) => sending === null ? otherwise() : { code: 'uploading' }, set: (next) => {
    value = typeof next === 'string' ? next : '';
    if (value === '') return offer();
    have(null);
    void uploads?.read(value).then((seen) => value === next && have(seen), () => say(t('upload.unseen')));
  }, stop: () => {
    sending?.stop();
    document.removeEventListener('paste', pasted);
  } };
}

/** Draws a picture into a canvas: an address for its bytes would be one more thing that a policy lets in. @param {Blob} bytes @param {HTMLCanvasElement} canvas */
export async function show(bytes, canvas) {
  const picture = await createImageBitmap(bytes).catch(() => null);
  if (picture === null) return;
  canvas.width = picture.width;
  canvas.height = picture.height;
  canvas.getContext('2d')?.drawImage(picture, 0, 0);
}

/** What a file must be, told before one is chosen. @param {Rule} rule */
export function ruleText({ formats, bytes_min: min, bytes_max: max, pixels }) {
  const size = min > 1 ? t('upload.between', { min: kilobytes(min), max: kilobytes(max) }) : t('upload.at_most', { max: max >= 1 << 20 ? `${Math.floor(max / (1 << 20))} MB` : `${kilobytes(max)} KB` });
  return [formats.map((format) => format.toUpperCase()).join(t('upload.or')), pixels !== undefined && t('upload.pixels', { width: pixels[0], height: pixels[1] }), size].filter(Boolean).join(t('upload.and'));
}
