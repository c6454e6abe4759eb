//! Owns: the public page of a booth. Never: how a booth looks (`show/booth_view.js`).

import { boothView } from '../show/booth_view.js';
import { shown } from '../show/shown.js';

/** @type {import('../frame/places.js').Make} */
export const make = (site, { id = '' }) => shown(site, { path: `/v1/showcase/booths/${id}`, crumb: ['/exhibitors', 'kind.hall'], draw: (booth) => boothView(site, booth) });
