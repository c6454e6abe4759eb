//! Owns: the control for rich text: a place to write in, a bar of what can be done to it, reachable by keys. What comes out is what
//! `ui/rich.js` keeps, and nothing else. Never: what is allowed; the hub cleans it again.

import { t } from '../strings.js';
import { modal, toast } from '../ui/dialogs.js';
import { attribute, fill, h, icon } from '../ui/dom.js';
import { drawn, htmlOf, lengthOf, linkOf, parsed, pieces } from '../ui/rich.js';
import { shrunk } from '../ui/shrink.js';
import { wrongFile } from './uploads.js';
import { wrongText } from './words.js';

/** Characters that readers see. **Source**: SPEC 10. */
const CHARS_MAX = 1500;
/** What the bar does: its name, what the browser calls it. @type {readonly (readonly [string, string, string?])[]} */
const ACTS = [['bold', 'bold'], ['italic', 'italic'], ['heading', 'formatBlock', 'h3'], ['list', 'insertUnorderedList'], ['numbers', 'insertOrderedList'], ['plain', 'removeFormat']];

/** @type {import('./widgets.js').Make} */
export function richField(field, { id, described, changed, uploads }) {

  const max = field.schema['x-text-max'] ?? CHARS_MAX;
  const use = field.schema['x-use'] ?? 'picture';
  const area = h('div', { id, class: 'rich rich-area', contenteditable: 'true', role: 'textbox', 'aria-multiline': 'true', 'aria-labelledby': `${id}-name`, 'aria-describedby': described, dir: 'auto', spellcheck: 'true' });
  const counter = h('span', { class: 'field-count', 'aria-hidden': 'true' });
  const act = (/** @type {string} */ name, /** @type {() => void} */ run, /** @type {boolean} */ isState = false) => h('button', { type: 'button', class: 'icon-button rich-act', 'data-act': `rich_${name}`, 'aria-label': t(`rich.${name}`), title: t(`rich.${name}`), tabindex: '-1',
    ...(isState ? { 'aria-pressed': 'false' } : {}), on: { mousedown: (/** @type {Event} */ event) => event.preventDefault(), click: run } }, icon(`rich_${name}`));
  const buttons = [...ACTS.map(([name, command, value]) => act(name, () => apply(command, value), name !== 'plain')), act('link', () => void link()), ...(uploads === undefined ? [] : [act('picture', () => file.click())])];
  const bar = h('div', { class: 'rich-bar', role: 'toolbar', 'aria-label': t('rich.bar'), 'aria-controls': id, on: { keydown: walk } }, ...buttons, counter);
  const file = /** @type {HTMLInputElement} */ (h('input', { type: 'file', class: 'sr-only', tabindex: '-1', 'aria-hidden': 'true', 'aria-label': t('rich.picture'), accept: 'image/*', 'data-file': 'rich' }));
  const element = h('div', { class: 'rich-field' }, bar, area, file);
  attribute(buttons[0] ?? bar, 'tabindex', '0');

  const kept = () => pieces(area.childNodes);
  const isFilled = () => lengthOf(kept()) > 0 || area.querySelector('img') !== null;

  /** One stop for the Tab key; arrows go along the bar. @param {KeyboardEvent} event */
  function walk(event) {
    const at = buttons.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: buttons.length - 1 }[event.key];
    if (at < 0 || to === undefined) return;
    event.preventDefault();
    const next = buttons[(to + buttons.length) % buttons.length];
    for (const each of buttons) attribute(each, 'tabindex', each === next ? '0' : '-1');
    next?.focus();
  }

  /** @param {string} command @param {string} [value] */
  function apply(command, value) {
    area.focus();
    const isThere = command === 'formatBlock' && document.queryCommandValue('formatBlock') === value;
    document.execCommand(command, false, isThere ? 'p' : value);
    told();
  }

  async function link() {
    const range = selected();
    const asked = await modal(t('rich.link'), (done) => {
      const input = /** @type {HTMLInputElement} */ (h('input', { type: 'url', autofocus: true, placeholder: 'https://' }));
      const fault = h('p', { class: 'field-fault', role: 'alert' });
      const agree = (/** @type {Event} */ event) => {
        event.preventDefault();
        const address = linkOf(input.value);
        if (address === '') return fill(fault, t('rich.no_link'));
        done(address);
      };
      return [h('form', { class: 'form', on: { submit: agree } }, h('label', { class: 'field' }, h('span', {}, t('rich.address')), input), fault, h('footer', { class: 'dialog-actions' }, h('button', { type: 'submit', class: 'button primary' }, t('act.confirm'))))];
    });
    if (asked === null) return;
    restore(range);
    if (window.getSelection()?.isCollapsed === true) put(drawn([{ tag: 'a', link: String(asked), children: [String(asked)] }]));
    else document.execCommand('createLink', false, String(asked));
    told();
  }

  file.addEventListener('change', () => void picture(file.files?.[0]));
  /** @param {File | undefined} chosen */
  async function picture(chosen) {
    file.value = '';
    if (chosen === undefined || uploads === undefined) return;
    const range = selected();
    const rule = await uploads.rule(use).catch(() => null);
    const ready = rule === null ? chosen : await shrunk(chosen, rule.bytes_max);
    const fault = rule === null ? { code: 'unsupported' } : await wrongFile(rule, ready);
    if (fault !== null) return toast(wrongText(fault));
    try {
      const { id: made } = await uploads.send(use, ready, () => undefined).done;
      restore(range);
      put(drawn([{ tag: 'img', picture: made, alt: '', children: [] }]));
      told();
    } catch {
      toast(t('upload.failed'));
    }
  }

  /** Where one writes, if it is in here. */
  function selected() {
    const selection = window.getSelection();
    return selection !== null && selection.rangeCount > 0 && area.contains(selection.anchorNode) ? selection.getRangeAt(0).cloneRange() : null;
  }

  /** @param {Range | null} range */
  function restore(range) {
    area.focus();
    const selection = window.getSelection();
    if (range === null) return void (selection?.selectAllChildren(area), selection?.collapseToEnd());
    selection?.removeAllRanges();
    selection?.addRange(range);
  }

  /** @param {Node[]} nodes */
  function put(nodes) {
    const range = selected();
    if (range === null) return area.append(...nodes);
    range.deleteContents();
    const piece = document.createDocumentFragment();
    piece.append(...nodes);
    const last = piece.lastChild;
    range.insertNode(piece);
    if (last !== null) range.setStartAfter(last);
    range.collapse(true);
    restore(range);
  }

  /** What comes from elsewhere is cleaned before it is here. @param {Event} event @param {DataTransfer | null} from */
  function took(event, from) {
    event.preventDefault();
    const [one] = from?.files ?? [];
    if (one !== undefined) return void picture(one);
    const html = from?.getData('text/html') ?? '';
    const text = from?.getData('text/plain') ?? '';
    put(drawn(html !== '' ? parsed(html) : text.split(/\r?\n/).flatMap((each, at) => at === 0 ? [each] : [{ tag: 'br', children: [] }, each])));
    told();
  }
  area.addEventListener('paste', (event) => took(event, /** @type {ClipboardEvent} */ (event).clipboardData));
  area.addEventListener('drop', (event) => took(event, /** @type {DragEvent} */ (event).dataTransfer));

  function told() {
    count();

    changed();
  }
  function count() {
    const size = lengthOf(kept());
    fill(counter, `${size} / ${max}`);
    counter.classList.toggle('over', size > max);
    area.classList.toggle('empty-area', !isFilled());
    for (const [at, [name, command, value]] of ACTS.entries()) {
      if (name === 'plain' || !area.contains(document.activeElement)) continue;
      attribute(buttons[at] ?? bar, 'aria-pressed', String(command === 'formatBlock' ? document.queryCommandValue(command) === value : document.queryCommandState(command)));
    }
  }
  area.addEventListener('input', told);
  area.addEventListener('keyup', count);
  area.addEventListener('focus', () => {
    document.execCommand('defaultParagraphSeparator', false, 'p');
    document.execCommand('styleWithCSS', false, 'false');
  });

  return { element, target: area, isGroup: true, get: () => isFilled() ? htmlOf(kept()) : '', check: (otherwise) => lengthOf(kept()) > max ? { code: 'too_long', max } : otherwise(), set: (value) => {
    fill(area, ...drawn(typeof value === 'string' ? parsed(value) : []));
    count();
  } };
}
