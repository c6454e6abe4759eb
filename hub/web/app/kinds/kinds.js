//! Owns: which kinds of records the desk has, and for whom. Adding one is a row here, a layout of about thirty lines beside it and
//! its words. Never: rights; the hub decides those.

/** @typedef {import('../frame/places.js').Role} Role */
/**
 * What a layout draws. `load` fetches again; `isOf` tells whether an event is about what is shown.
 * @typedef {{element: HTMLElement, title?: string, load?: () => Promise<void>, isOf?: (event: any) => boolean, focus?: () => void, stop?: () => void}} Drawn
 * @typedef {{all: (site: import('../frame/frame.js').Site) => Promise<Drawn>, one?: (site: import('../frame/frame.js').Site, id: string) => Promise<Drawn>}} Layout
 * @typedef {{kind: string, icon: string, who: readonly Role[], admin?: boolean, load: () => Promise<{layout: Layout}>}} Kind `admin`: of a team only its administrator
 */

/** @type {readonly Kind[]} */
export const KINDS = [
  { kind: 'people', icon: 'people', who: ['enterprise'], load: () => import('./people.js') },
];

/** @param {Role} role @param {boolean} isAdmin @returns {readonly Kind[]} */
export const kindsOf = (role, isAdmin) => KINDS.filter(({ who, admin = false }) => who.includes(role) && (isAdmin || !admin));
