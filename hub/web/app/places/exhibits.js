//! Owns: the hall of exhibits. Never: how one walks along it (`show/hall.js`).

import { exhibitCard } from '../show/cards.js';
import { hall } from '../show/hall.js';

/** @type {import('../frame/places.js').Make} */
export const make = (site) => hall(site, { address: '/exhibits', list: '/v1/showcase/exhibits', what: 'exhibits', limit: 20, kind: 'show-goods', card: exhibitCard });
