//! Owns: what a visitor does where something is shown: negotiates about it, says what they intend to buy, reports it. Never: whether they may; the hub
//! says it, and a guest is asked who they are first.

import { attempt, toast } from '../ui/dialogs.js';
import { h, icon } from '../ui/dom.js';
import { t } from '../strings.js';

/** @typedef {import('../frame/frame.js').Site} Site */

/** Leads a guest to where they sign in and back, tells who comes for no company. @param {Site} site @returns {boolean} whether somebody is here who may try */
export function mayTry({ client, go, path }) {
  if (client.user === null) go(`/signin?next=${encodeURIComponent(path())}`);
  else if (client.user.kind !== 'enterprise') toast(t('show.companies_only'));
  return client.user?.kind === 'enterprise';
}

/** Opens the negotiation about something. @param {Site} site @param {{kind: 'booth' | 'exhibit' | 'order', id: string}} target */
export async function negotiate(site, target) {
  if (!mayTry(site)) return;
  const conversation = await attempt(() => site.client.negotiate(target));
  if (conversation !== undefined) site.go(`/chat/${conversation.id}`);
}

/** Says how many one intends to buy. @param {Site} site @param {Record<string, any>} exhibit @param {number} quantity */
export async function intend(site, exhibit, quantity) {
  if (!mayTry(site)) return;
  const { ask } = await import('./intent.js');
  await ask(site, exhibit, quantity);
}

/** A quiet way to the committee, beside what is shown. @param {Site} site @param {{kind: 'booth' | 'exhibit', id: string, name: string}} subject */
export function reporting(site, subject) {
  const ask = async () => {
    if (site.client.user === null) return site.go(`/signin?next=${encodeURIComponent(site.path())}`);
    const { ask: open } = await import('./report.js');
    return attempt(() => open(site, subject));
  };
  return h('button', { type: 'button', class: 'button small', 'data-act': 'report', on: { click: () => void ask() } }, icon('flag'), t('act.report'));
}
