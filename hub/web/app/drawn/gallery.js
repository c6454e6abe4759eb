//! Owns: the control for several files in an order: sent one after the other, put in order by dragging and by keys, each taken away.
//! Never: what a file must be; the hub says it (`uploads.js`).

import { announce } from '../frame/announce.js';
import { asWireError } from '../sdk/wire.js';
import { errorText, t } from '../strings.js';
import { attribute, fill, h, icon } from '../ui/dom.js';
import { shrunk } from '../ui/shrink.js';
import { keyed, moved } from './order.js';
import { ruleText } from './upload.js';
import { wrongFile } from './uploads.js';
import { wrongText } from './words.js';

/** @typedef {import('./uploads.js').Rule} Rule */
/** One on its way. @typedef {{key: number, name: string, part: number, fault: string, file: Blob, stop: () => void}} Sending */

/** @type {import('./widgets.js').Make} */
export function gallery(field, { id, described, changed, uploads }) {
  const use = field.schema.items?.['x-use'] ?? '';
  const isVideo = use.endsWith('video');
  const max = field.schema.maxItems ?? Infinity;
  /** @type {string[]} */
  let held = [];
  /** @type {Sending[]} */
  let under = [];
  /** @type {Rule | null} */
  let rule = null;
  let dragged = -1;
  let next = 0;
  /** What a file is called by whoever chose it. @type {Map<string, string>} */
  const names = new Map();
  const rows = h('ol', { class: `gallery${isVideo ? ' gallery-videos' : ''}` });
  const told = h('p', { class: 'hint', id: `${id}-rule` });
  const status = h('p', { class: 'upload-status', role: 'status' });
  const file = /** @type {HTMLInputElement} */ (h('input', { type: 'file', multiple: true, class: 'sr-only', tabindex: '-1', 'aria-hidden': 'true', 'aria-label': t('upload.choose'), 'data-file': field.name, ...(isVideo ? {} : { accept: 'image/*' }) }));
  const choose = h('button', { type: 'button', id, class: 'gallery-add', 'data-act': 'choose', 'aria-describedby': `${id}-rule ${described}`, on: { click: () => (file.value = '', file.click()) } }, icon(isVideo ? 'video' : 'plus'), h('span', {}, t(`gallery.${isVideo ? 'add_video' : 'add'}`)));
  const element = h('div', { class: 'upload gallery-field', 'data-use': use }, rows, told, status, file);

  file.addEventListener('change', () => took([...file.files ?? []]));
  for (const over of ['dragenter', 'dragover']) element.addEventListener(over, (event) => (event.preventDefault(), element.classList.toggle('over', dragged < 0)));
  for (const out of ['dragleave', 'drop']) element.addEventListener(out, (event) => (event.preventDefault(), element.classList.toggle('over', false)));
  element.addEventListener('drop', (event) => took([.../** @type {DragEvent} */ (event).dataTransfer?.files ?? []]));
  const pasted = (/** @type {ClipboardEvent} */ event) => {
    const files = [...event.clipboardData?.files ?? []];
    if (files.length === 0 || !element.contains(document.activeElement)) return;
    event.preventDefault();
    took(files);
  };
  element.addEventListener('paste', (event) => pasted(/** @type {ClipboardEvent} */ (event)));

  /** @param {File[]} files */
  function took(files) {
    const room = max - held.length - under.length;
    if (files.length > room) fill(status, t('gallery.room', { n: max }));
    else fill(status);
    for (const one of files.slice(0, Math.max(0, room))) void send(one, one.name);
  }

  /** @param {Blob} chosen @param {string} name */
  async function send(chosen, name) {
    if (uploads === undefined || rule === null) return;
    /** @type {Sending} */
    const one = { key: ++next, name, part: 0, fault: '', file: chosen, stop: () => undefined };
    under = [...under, one];
    draw();
    const ready = isVideo ? chosen : await shrunk(chosen, rule.bytes_max);
    const fault = await wrongFile(rule, ready);
    if (fault !== null) return failed(one, wrongText(fault));
    const way = uploads.send(use, ready, (part) => {
      one.part = part;
      const bar = rows.querySelector(`[data-sending="${one.key}"] progress`);
      if (bar instanceof HTMLProgressElement) bar.value = part;
    });
    one.stop = way.stop;
    try {
      const { id: made } = await way.done;
      if (!under.includes(one)) return; // it was stopped when it was there already
      names.set(made, name);
      held = [...held, made];
      under = under.filter((each) => each !== one);
      draw();
      changed();
    } catch (thrown) {
      const error = asWireError(thrown);
      const [first] = error.fields;
      if (under.includes(one)) failed(one, first === undefined ? errorText(error) : wrongText({ code: first.code }));
    }
  }

  /** @param {Sending} one @param {string} fault */
  function failed(one, fault) {
    one.fault = fault;
    draw();
    announce(`${one.name}: ${fault}`);
  }

  /** @param {number} from @param {number} to */
  function move(from, to) {
    held = moved(held, from, to);
    draw();
    /** @type {HTMLElement | null} */ (rows.children[to]?.querySelector('.gallery-move') ?? null)?.focus();
    announce(t('gallery.moved', { n: to + 1, all: held.length }));
    changed();
  }

  /** @param {number} at */
  function drop(at) {
    held = held.filter((_, place) => place !== at);
    draw();
    /** @type {HTMLElement | null} */ (rows.children[Math.min(at, held.length - 1)]?.querySelector('button') ?? choose)?.focus();
    changed();
  }

  /** @param {string} upload @param {number} at */
  function tile(upload, at) {
    const place = t('gallery.place', { n: at + 1, all: held.length });
    const node = h('li', { class: 'gallery-one', draggable: held.length > 1 ? 'true' : undefined, 'data-upload': upload },
      isVideo ? h('div', { class: 'gallery-video' }, icon('video'), h('span', {}, names.get(upload) ?? t('gallery.video', { n: at + 1 }))) : h('img', { src: `/v1/uploads/${upload}/content?size=small`, alt: place, loading: 'lazy', draggable: 'false' }),
      !isVideo && at === 0 && h('span', { class: 'gallery-first' }, t('gallery.first')),
      h('div', { class: 'gallery-acts' },
        held.length > 1 && h('button', { type: 'button', class: 'icon-button gallery-move', 'aria-label': t('gallery.move', { place }), title: t('gallery.move_hint'), on: { keydown: (/** @type {KeyboardEvent} */ event) => {
          const to = keyed(event.key, at, held.length);
          if (to !== null) (event.preventDefault(), move(at, to));
        } } }, icon('move')),
        h('button', { type: 'button', class: 'icon-button', 'data-act': 'remove', 'aria-label': t('form.remove', { name: place }), on: { click: () => drop(at) } }, icon('close'))));
    node.addEventListener('dragstart', (event) => {
      dragged = at;
      /** @type {DragEvent} */ (event).dataTransfer?.setData('text/plain', upload);
      node.classList.toggle('dragged', true);
    });
    node.addEventListener('dragend', () => (dragged = -1, node.classList.toggle('dragged', false)));
    node.addEventListener('dragover', (event) => (event.preventDefault(), node.classList.toggle('under', dragged >= 0 && dragged !== at)));
    node.addEventListener('dragleave', () => node.classList.toggle('under', false));
    node.addEventListener('drop', (event) => {
      if (dragged < 0) return;
      event.preventDefault();
      event.stopPropagation();
      const from = dragged;
      dragged = -1;
      move(from, at);
    });
    return node;
  }

  /** @param {Sending} one */
  const sending = (one) => h('li', { class: 'gallery-one gallery-sending', 'data-sending': one.key }, h('div', { class: 'gallery-way' }, h('span', { class: 'gallery-name' }, one.name),
    one.fault === '' ? h('progress', { max: '1', value: String(one.part), 'aria-label': t('upload.sending') }) : h('p', { class: 'field-fault' }, one.fault),
    h('div', { class: 'ways' }, one.fault !== '' && h('button', { type: 'button', class: 'button tiny', 'data-act': 'again', on: { click: () => (take(one), void send(one.file, one.name)) } }, t('upload.again')),
      h('button', { type: 'button', class: 'button tiny', 'data-act': 'stop', on: { click: () => (one.stop(), take(one)) } }, t(one.fault === '' ? 'upload.stop' : 'upload.remove')))));

  /** @param {Sending} one */
  function take(one) {
    under = under.filter((each) => each !== one);
    draw();
  }

  function draw() {
    const isFull = held.length + under.length >= max;
    fill(rows, ...held.map(tile), ...under.map(sending), !isFull && h('li', { class: 'gallery-one gallery-more' }, choose));
    attribute(rows, 'aria-busy', under.some(({ fault }) => fault === '') && 'true');
  }

  void uploads?.rule(use).catch(() => null).then((found) => {
    rule = found;
    fill(told, found === null ? t('upload.none') : `${Number.isFinite(max) ? t('gallery.at_most', { n: max }) : ''}${ruleText(found)}${suggested(found)}`);
  });
  draw();
  return { element, get target() {
    return choose.isConnected ? choose : /** @type {HTMLElement} */ (rows.querySelector('button') ?? choose);
  }, isGroup: true, get: () => held, check: (otherwise) => under.some(({ fault }) => fault === '') ? { code: 'uploading' } : otherwise(), set: (value) => {
    held = Array.isArray(value) ? value.map(String) : [];
    draw();
  }, stop: () => under.forEach((one) => one.stop()) };
}

/** @param {Rule} rule */
const suggested = ({ pixels_suggested: pixels }) => pixels === undefined ? '' : t('gallery.suggested', { width: pixels[0], height: pixels[1] });
