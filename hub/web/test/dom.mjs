//! Owns: as little of a document as drawing needs: elements, attributes, events, simple selectors. Never: layout.

import { MemoryStorage } from './fake.mjs';

export class FakeNode {
  parent = null;
}

class ClassList {
  constructor(node) {
    this.node = node;
  }
  get names() {
    return new Set((this.node.getAttribute('class') ?? '').split(' ').filter(Boolean));
  }
  contains = (name) => this.names.has(name);
  toggle(name, on) {
    const names = this.names;
    if (on) names.add(name);
    else names.delete(name);
    this.node.setAttribute('class', [...names].join(' '));
  }
}

/** `hidden`, `id`, `className` reflect their attributes; `value` and `checked` are plain. */
export class FakeElement extends FakeNode {
  attributes = new Map();
  nodes = [];
  listeners = new Map();
  value = '';
  checked = false;
  classList = new ClassList(this);
  dataset = {};
  isConnected = true;

  constructor(tag) {
    super();
    this.tagName = tag.toUpperCase();
  }

  getAttribute = (name) => this.attributes.get(name) ?? null;
  setAttribute(name, value) {
    this.attributes.set(name, String(value));
    if (name === 'value') this.value = String(value);
    if (name.startsWith('data-')) this.dataset[name.slice(5)] = String(value);
  }
  removeAttribute(name) {
    this.attributes.delete(name);
  }
  addEventListener = (name, listener) => void this.listeners.set(name, [...(this.listeners.get(name) ?? []), listener]);
  /** Bubbles; waits for what the listeners began. */
  async fire(name, more = {}) {
    const event = { type: name, target: this, preventDefault: () => undefined, stopPropagation: () => undefined, ...more };
    for (let at = this; at !== null; at = at.parent) for (const listener of at.listeners.get(name) ?? []) await listener({ ...event, currentTarget: at });
  }

  get children() {
    return this.nodes.filter((node) => node instanceof FakeElement);
  }
  get firstElementChild() {
    return this.children[0] ?? null;
  }
  get lastElementChild() {
    return this.children.at(-1) ?? null;
  }
  get nextElementSibling() {
    const row = this.parent.children;
    return row[row.indexOf(this) + 1] ?? null;
  }
  append(...nodes) {
    for (const node of nodes) {
      if (node instanceof FakeElement) {
        node.remove();
        node.parent = this;
      }
      this.nodes.push(node);
    }
  }
  replaceChildren(...nodes) {
    for (const node of this.children) node.parent = null;
    this.nodes = [];
    this.append(...nodes);
  }
  insertBefore(node, before) {
    node.remove();
    node.parent = this;
    this.nodes.splice(before === null ? this.nodes.length : this.nodes.indexOf(before), 0, node);
  }
  remove() {
    if (this.parent !== null) this.parent.nodes.splice(this.parent.nodes.indexOf(this), 1);
    this.parent = null;
  }
  contains = (node) => node === this || this.children.some((child) => child.contains(node));
  focus() {
    document.activeElement = this;
  }

  get hidden() {
    return this.attributes.has('hidden');
  }
  set hidden(hidden) {
    if (hidden) this.setAttribute('hidden', '');
    else this.removeAttribute('hidden');
  }
  get className() {
    return this.getAttribute('class') ?? '';
  }
  get id() {
    return this.getAttribute('id') ?? '';
  }
  /** What one reads: of what is shown. */
  get text() {
    return this.hidden ? '' : this.nodes.map((node) => (node instanceof FakeElement ? node.text : String(node))).join('');
  }
  get all() {
    return this.children.flatMap((child) => [child, ...child.all]);
  }
  /** By tag, `.class`, `#id` or `[name=value]`; one step only. */
  find(selector) {
    return this.all.filter((node) => matches(node, selector));
  }
  querySelector = (selectors) => selectors.split(',').flatMap((selector) => this.find(selector.trim()))[0] ?? null;
}

function matches(node, selector) {
  if (selector.startsWith('.')) return node.classList.contains(selector.slice(1));
  if (selector.startsWith('#')) return node.id === selector.slice(1);
  const [, name, value] = /^\[([\w-]+)(?:=([^\]]*))?\]$/.exec(selector) ?? [];
  if (name !== undefined) return value === undefined ? node.getAttribute(name) !== null : node.getAttribute(name) === value;
  return node.tagName === selector.toUpperCase();
}

/** Puts a document of the language into the globals, with fresh storages. */
export function openPage(language = 'en') {
  const make = (tag) => new FakeElement(tag);
  const body = make('body');
  const page = {
    Node: FakeNode, localStorage: new MemoryStorage(), sessionStorage: new MemoryStorage(), navigator: { languages: [language] },
    window: { setTimeout, addEventListener: () => undefined, removeEventListener: () => undefined },
    document: { activeElement: null, body, createElement: make, createElementNS: (_space, tag) => make(tag), addEventListener: () => undefined,
      removeEventListener: () => undefined, querySelector: () => null, getElementById: () => body },
  };
  for (const [name, value] of Object.entries(page)) Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  return page;
}
