//! Owns: the desk's lists and records: which layout is drawn for an address, and that it is drawn again when the hub tells of a
//! change. Never: what a kind looks like.

import { kindsOf, offered } from '../kinds/kinds.js';
import { asWireError } from '../sdk/wire.js';
import { flowOf } from '../drawn/descriptions.js';
import { errorText, language, t } from '../strings.js';
import { fill, h, icon } from '../ui/dom.js';
import { missing, refused } from '../frame/refused.js';
import { roleOf } from '../frame/places.js';

/** @param {import('../kinds/kinds.js').Kind} kind @param {import('../frame/frame.js').Site} site @param {string} title */
function above({ kind, up }, { query }, title) {
  const of = query().get('of');
  return up !== undefined && of !== null ? h('a', { href: up(of) }, t('kind.exhibitor-applications')) : h('a', { href: `/desk/${kind}` }, title);
}

/** @type {import('../frame/places.js').Make} */
export const make = (site, params) => {
  const { client } = site;
  const { kind: name = '', id = '' } = params;
  const kind = kindsOf(roleOf(client.user), true).find((each) => each.kind === name);
  if (kind === undefined) return missing();
  if (kind.admin === true && client.user?.admin !== true) return refused(site);
  const title = kind.single?.includes(roleOf(client.user)) === true ? t(`own.${name}`) : t(`kind.${name}`);
  const place = h('div', { class: 'records-place' }, h('p', { class: 'hint', role: 'status' }, t('place.loading')));
  const element = h('div', { class: 'records' },
    h('nav', { class: 'crumbs', 'aria-label': t('place.above') }, h('a', { href: '/desk' }, t('nav.desk')), id !== '' && kind.single?.includes(roleOf(client.user)) !== true && above(kind, site, title)),
    id === '' && h('header', { class: 'place-head' }, h('h1', {}, title)), place);
  /** @type {import('../kinds/kinds.js').Drawn | null} */
  let drawn = null;
  let isOver = false;

  const draw = async () => {
    try {
      if ((await offered(client.env, [kind])).length === 0) return fill(place, missing().element);
      const { layout } = await kind.load();
      const made = id === '' ? await layout.all(site) : await layout.one?.(site, id);
      if (isOver) return made?.stop?.();
      drawn = made ?? null;
      fill(place, made?.element ?? missing().element);
      await made?.load?.();
      if (id !== '') place.querySelector('h1')?.focus();
    } catch (thrown) {
      if (isOver) return;
      fill(place, h('p', { class: 'form-status', role: 'alert' }, errorText(asWireError(thrown))),
        h('button', { type: 'button', class: 'button', on: { click: () => void draw() } }, t('act.retry')));
    }
  };

  const news = h('p', { class: 'calm-line news', role: 'status', hidden: true });
  place.before(news);
  /** Draws again what the hub says has changed, and of a list which row it was. @param {any} event */
  async function changed(event) {
    await drawn?.load?.();
    const called = drawn?.called?.(event.d?.id);
    if (called === undefined) return;
    const flow = await flowOf(client.env, event.d.kind).catch(() => null);
    fill(news, icon('flag'), h('span', {}, t('list.updated', { name: called, state: flow?.states.find((state) => state.name === event.d.state)?.label[language()] ?? '' })));
    news.hidden = false;
  }
  const off = client.on('record', (event) => {
    if (drawn?.isOf?.(event) === true) void changed(event);
  });
  void draw();
  return { element, title, stop: () => {
    isOver = true;
    off();
    drawn?.stop?.();
  } };
};
