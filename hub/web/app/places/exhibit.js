//! Owns: the public page of an exhibit. Never: how an exhibit looks (`show/exhibit_view.js`).

import { exhibitView } from '../show/exhibit_view.js';
import { shown } from '../show/shown.js';

/** @type {import('../frame/places.js').Make} */
export const make = (site, { id = '' }) => shown(site, { path: `/v1/showcase/exhibits/${id}`, draw: (exhibit) => exhibitView(site, exhibit) });
