//! Owns: rich text: what of markup is kept, how it is drawn and written. What is not kept by name never becomes an element or an
//! attribute, whoever wrote it. Never: trusts that somebody else has cleaned it; the hub does, too.

import { t } from '../strings.js';
import { h } from './dom.js';
import { scalars } from './text.js';

/** @typedef {string | {tag: string, link?: string, picture?: string, alt?: string, children: Piece[]}} Piece */
/** @typedef {{nodeType: number, nodeName: string, nodeValue?: string | null, childNodes: ArrayLike<any>, getAttribute?: (name: string) => string | null}} Markup */

/** Elements that are kept, by what they are called, and as what. @type {Record<string, string>} */
const KEPT = { p: 'p', div: 'p', br: 'br', strong: 'strong', b: 'strong', em: 'em', i: 'em', u: 'u', s: 's', del: 's', strike: 's', h1: 'h3', h2: 'h3', h3: 'h3', h4: 'h4', h5: 'h4', h6: 'h4', ul: 'ul', ol: 'ol', li: 'li', blockquote: 'blockquote', a: 'a', img: 'img',
  table: 'table', caption: 'caption', thead: 'thead', tbody: 'tbody', tfoot: 'tfoot', tr: 'tr', th: 'th', td: 'td' };
/** What goes with all that is in it: it is no text for readers. */
const GONE = new Set(['script', 'style', 'template', 'noscript', 'iframe', 'object', 'embed', 'svg', 'math', 'head', 'title', 'textarea', 'select', 'form', 'audio', 'video', 'canvas', 'link', 'meta']);
const BLOCKS = new Set(['p', 'h3', 'h4', 'ul', 'ol', 'li', 'blockquote', 'table']);
/** Addresses that may be linked. */
const SCHEMES = new Set(['https:', 'http:', 'mailto:']);
/** Elements inside each other; deeper ones become their text. */
const DEPTH_MAX = 12;
/** Elements that are open at once while a text is read. */
const OPEN_MAX = 200;
/** Those below this path are this hub's own. */
const PICTURE = /^(?:https?:\/\/[^/]+)?\/v1\/uploads\/([0-9a-z]{13})\/content(?:\?.*)?$/;
const [ELEMENT, TEXT] = [1, 3];

/** What is kept of parsed markup. @param {ArrayLike<Markup>} nodes @param {number} [depth] @returns {Piece[]} */
export function pieces(nodes, depth = 0) {
  return Array.from(nodes).flatMap((node) => {
    if (node.nodeType === TEXT) return node.nodeValue ? [node.nodeValue] : [];
    const name = node.nodeName.toLowerCase();
    if (node.nodeType !== ELEMENT || GONE.has(name)) return [];
    const tag = depth < DEPTH_MAX ? KEPT[name] : undefined;
    const children = () => pieces(node.childNodes, depth + 1);
    if (tag === undefined) return children();
    if (tag === 'br') return [{ tag, children: [] }];
    if (tag === 'img') return pictured(node);
    if (tag === 'a') return linked(node, children());
    const inside = children();
    return tag === 'p' && inside.some(isBlock) ? inside : [{ tag, children: inside }]; // a paragraph holds no others
  });
}

/** @param {Piece} piece */
const isBlock = (piece) => typeof piece !== 'string' && BLOCKS.has(piece.tag);

/** Only pictures that were uploaded here. @param {Markup} node @returns {Piece[]} */
function pictured(node) {
  const [, id] = PICTURE.exec(node.getAttribute?.('src') ?? '') ?? [];
  return id === undefined ? [] : [{ tag: 'img', picture: id, alt: node.getAttribute?.('alt') ?? '', children: [] }];
}

/** Only to pages of the web and to mailboxes; any other link is its text. @param {Markup} node @param {Piece[]} children @returns {Piece[]} */
function linked(node, children) {
  const link = linkOf(node.getAttribute?.('href') ?? '');
  return link === '' ? children : [{ tag: 'a', link, children }];
}

/** An address as it may be linked, or nothing. @param {string} text */
export function linkOf(text) {
  try {
    const { protocol, href } = new URL(text.trim());
    return SCHEMES.has(protocol) ? href : '';
  } catch {
    return '';
  }
}

/** @param {string} text */
const escaped = (text) => text.replace(/[&<>"]/g, (char) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[char] ?? char);

/** As it is sent. @param {readonly Piece[]} kept @returns {string} */
export const htmlOf = (kept) => kept.map((piece) => {
  if (typeof piece === 'string') return escaped(piece);
  const { tag, link, picture, alt, children } = piece;
  if (tag === 'br') return '<br>';
  if (picture !== undefined) return `<img src="/v1/uploads/${picture}/content" alt="${escaped(alt ?? '')}">`;
  return `<${tag}${link === undefined ? '' : ` href="${escaped(link)}"`}>${htmlOf(children)}</${tag}>`;
}).join('');

/** The characters that readers see. @param {readonly Piece[]} kept @returns {string} */
export const textOf = (kept) => kept.map((piece) => typeof piece === 'string' ? piece : textOf(piece.children)).join('');

/** **Units**: Unicode scalars, as the hub counts. @param {readonly Piece[]} kept */
export const lengthOf = (kept) => scalars(textOf(kept).normalize('NFC').trim());

/** As elements; markup that has no paragraph gets one. @param {readonly Piece[]} kept @returns {Node[]} */
export const drawn = (kept) => kept.map((piece) => {
  if (typeof piece === 'string') return document.createTextNode(piece);
  const { tag, link, picture, alt, children } = piece;
  if (picture !== undefined) return h('img', { src: `/v1/uploads/${picture}/content`, alt: alt || t('rich.picture'), loading: 'lazy', class: 'rich-picture', 'data-upload': picture });
  if (link !== undefined) return h('a', { href: link, target: '_blank', rel: 'noopener noreferrer nofollow ugc' }, ...drawn(children));
  return h(tag, {}, ...drawn(children));
});

/** What a browser writes for characters. @type {Record<string, string>} */
const NAMED = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: '\u00a0', mdash: '\u2014', ndash: '\u2013', hellip: '\u2026', middot: '\u00b7' };
/** A tag, a comment, or a text up to the next; what begins as a tag and ends nowhere is a text. */
const TOKEN = /<!--[\s\S]*?(?:-->|$)|<[!?][^>]*>|<(\/?)([a-zA-Z][a-zA-Z0-9:-]*)((?:[^>"']|"[^"]*"|'[^']*')*)>|[^<]+|</g;
const ATTRIBUTE = /([^\s"'=<>/]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'<>]+)))?/g;
/** Elements that have no end. */
const VOID = new Set(['br', 'img', 'hr', 'input', 'link', 'meta', 'embed', 'source', 'wbr', 'col', 'area', 'base']);

/** @param {string} text */
const plain = (text) => text.replace(/&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|(\w{1,8}));/g, (all, decimal, hex, name) => {
  if (name !== undefined) return NAMED[name] ?? all;
  const point = decimal !== undefined ? Number(decimal) : parseInt(hex, 16);
  return point > 0 && point <= 0x10ffff && !(point >= 0xd800 && point <= 0xdfff) ? String.fromCodePoint(point) : '';
});

/**
 * What is kept of markup as a text. It is read here and not by the browser, which would look at every handler that somebody wrote into
 * it; what is read otherwise than a browser would is still only text and elements kept by name. @param {string} html @returns {Piece[]}
 */
export function parsed(html) {
  const top = element('body', new Map());
  const open = [top];
  let gone = '';
  for (const [whole, end, name = '', rest = ''] of html.matchAll(TOKEN)) {
    const tag = name.toLowerCase();
    if (gone !== '') {
      if (end === '/' && tag === gone) gone = '';
    } else if (name === '') {
      if (!whole.startsWith('<!') && !whole.startsWith('<?')) open.at(-1)?.childNodes.push({ nodeType: TEXT, nodeName: '#text', nodeValue: plain(whole), childNodes: [] });
    } else if (end === '/') {
      const at = open.map(({ nodeName }) => nodeName).lastIndexOf(tag);
      if (at > 0) open.length = at;
    } else if (GONE.has(tag) && !VOID.has(tag)) {
      gone = tag;
    } else {
      const made = element(tag, new Map([...rest.matchAll(ATTRIBUTE)].map(([, key = '', ...values]) => [key.toLowerCase(), plain(values.find((value) => value !== undefined) ?? '')])));
      open.at(-1)?.childNodes.push(made);
      if (!VOID.has(tag) && open.length < OPEN_MAX) open.push(made);
    }
  }
  return pieces(top.childNodes);
}

/** @param {string} name @param {Map<string, string>} attributes @returns {Markup & {childNodes: any[]}} */
const element = (name, attributes) => ({ nodeType: ELEMENT, nodeName: name, childNodes: [], getAttribute: (key) => attributes.get(key) ?? null });

/** @param {string} html */
export const rich = (html) => h('div', { class: 'rich', dir: 'auto' }, ...drawn(parsed(html)));
