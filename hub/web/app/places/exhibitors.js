//! Owns: the hall of booths. Never: how one walks along it (`show/hall.js`).

import { boothCard } from '../show/cards.js';
import { hall } from '../show/hall.js';

/** @type {import('../frame/places.js').Make} */
export const make = (site) => hall(site, { address: '/exhibitors', list: '/v1/showcase/booths', what: 'booths', limit: 12, kind: 'show-booths', card: boothCard });
