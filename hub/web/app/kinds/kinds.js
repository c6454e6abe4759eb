//! Owns: which kinds of records the desk has, and for whom. Adding one is a row here, a layout of about thirty lines beside it and
//! its words. Never: rights; the hub decides those.

import { hasRoute } from '../drawn/descriptions.js';

/** @typedef {import('../frame/places.js').Role} Role */
/**
 * What a layout draws. `load` fetches again; `isOf` tells whether an event is about what is shown, `called` what the row of a record is called.
 * @typedef {{element: HTMLElement, title?: string, load?: () => Promise<void>, isOf?: (event: any) => boolean, called?: (id: string) => string | undefined, focus?: () => void, stop?: () => void}} Drawn
 * @typedef {{all: (site: import('../frame/frame.js').Site) => Promise<Drawn>, one?: (site: import('../frame/frame.js').Site, id: string) => Promise<Drawn>}} Layout
 * @typedef {{kind: string, icon: string, who: readonly Role[], desk?: readonly Role[], admin?: boolean, single?: readonly Role[], route?: string, up?: (of: string) => string, load: () => Promise<{layout: Layout}>}} Kind `admin`: of a team only
 *   its administrator; `route`: a hub that lacks it has no such records; `desk`: on whose desk it stands, where others only come by links; `single`: who has but one; `up`: what stands above
 *   those of somebody else
 */

/** @type {readonly Kind[]} */
export const KINDS = [
  { kind: 'exhibitor-applications', icon: 'file', who: ['enterprise', 'institution', 'committee'], single: ['enterprise'], route: '/v1/exhibitor-applications', load: () => import('./applications.js') },
  { kind: 'booths', icon: 'hall', who: ['enterprise', 'institution', 'committee'], single: ['enterprise'], route: '/v1/booths', load: () => import('./booths.js') },
  { kind: 'exhibits', icon: 'box', who: ['enterprise', 'institution', 'committee'], route: '/v1/exhibits', load: () => import('./exhibits.js') },
  { kind: 'orders', icon: 'order', who: ['enterprise', 'committee'], route: '/v1/orders', load: () => import('./orders.js') },
  { kind: 'invitation-codes', icon: 'ticket', who: ['institution'], route: '/v1/institutions/{id}/invitation-codes', load: () => import('./codes.js') },
  { kind: 'invitees', icon: 'people', who: ['institution'], route: '/v1/institutions/{id}/invitees', load: () => import('./invitees.js') },
  { kind: 'attendances', icon: 'enter', who: ['committee', 'enterprise'], desk: ['committee'], single: ['enterprise'], route: '/v1/reviews/attendances', load: () => import('./attendances.js') },
  { kind: 'institutions', icon: 'globe', who: ['committee'], route: '/v1/institutions', load: () => import('./institutions.js') },
  { kind: 'people', icon: 'people', who: ['enterprise', 'committee'], desk: ['enterprise'], up: (of) => `/desk/exhibitor-applications/${of}`, load: () => import('./people.js') },
  { kind: 'reports', icon: 'flag', who: ['committee', 'enterprise', 'institution'], desk: ['committee'], route: '/v1/reports', load: () => import('./reports.js') },
  { kind: 'messages', icon: 'mail', who: ['committee'], route: '/v1/messages', load: () => import('./messages.js') },
  { kind: 'audit', icon: 'shield', who: ['committee'], route: '/v1/audit', load: () => import('./audit.js') },
];

/** Those that stand on a desk. @param {Role} role @param {boolean} isAdmin */
export const deskOf = (role, isAdmin) => kindsOf(role, isAdmin).filter(({ desk = [role] }) => desk.includes(role));

/** @param {Role} role @param {boolean} isAdmin @returns {readonly Kind[]} */
export const kindsOf = (role, isAdmin) => KINDS.filter(({ who, admin = false }) => who.includes(role) && (isAdmin || !admin));

/** Those of them that this hub has. @param {import('../sdk/wire.js').Env} env @param {readonly Kind[]} kinds @returns {Promise<readonly Kind[]>} */
export async function offered(env, kinds) {
  const has = await Promise.all(kinds.map(async ({ route }) => route === undefined || hasRoute(env, route)));
  return kinds.filter((_, at) => has[at]);
}
