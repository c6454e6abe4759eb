//! Owns: which places there are, by which addresses, for whom, and where their modules are. Never: what they show.
//!
//! The hub answers the page for these addresses only: a new one is a row here and a line in `records/page.rs`; a test there
//! holds the two equal.

/**
 * @typedef {'guest' | 'individual' | 'media' | 'enterprise' | 'institution' | 'committee'} Role
 * @typedef {Record<string, string>} Params what stands in the address for each `{name}`
 * @typedef {{element: HTMLElement, title: string, focus?: (isFirst: boolean) => void, move?: (params: Params) => boolean,
 *   shown?: () => void, redraw?: () => void, stop?: () => void}} Made a place on the page; `shown` runs once it stands there, `move`
 *   takes another address of the same place, or says no
 * @typedef {(site: import('./frame.js').Site, params: Params) => Made} Make
 * @typedef {{name: string, path: string, who: readonly Role[], load: () => Promise<{make: Make}>}} Place
 * @typedef {{place: Place, params: Params}} Found
 */

/** @type {readonly Role[]} */
const MEMBERS = ['individual', 'media', 'enterprise', 'institution', 'committee'];
/** @type {readonly Role[]} */
const EVERYBODY = ['guest', ...MEMBERS];

/** @type {readonly Place[]} */
export const PLACES = [
  { name: 'home', path: '/', who: EVERYBODY, load: () => import('../places/home.js') },
  { name: 'hall', path: '/exhibitors', who: EVERYBODY, load: () => import('../places/exhibitors.js') },
  { name: 'goods', path: '/exhibits', who: EVERYBODY, load: () => import('../places/exhibits.js') },
  { name: 'booth', path: '/booths/{id}', who: EVERYBODY, load: () => import('../places/booth.js') },
  { name: 'exhibit', path: '/exhibits/{id}', who: EVERYBODY, load: () => import('../places/exhibit.js') },
  { name: 'signin', path: '/signin', who: ['guest'], load: () => import('../places/signin.js') },
  { name: 'register', path: '/register/{class}', who: ['guest'], load: () => import('../places/register.js') },
  { name: 'recover', path: '/recover', who: ['guest'], load: () => import('../places/recover.js') },
  { name: 'chat', path: '/chat', who: ['enterprise'], load: () => import('../places/chat.js') },
  { name: 'chat', path: '/chat/{id}', who: ['enterprise'], load: () => import('../places/chat.js') },
  { name: 'desk', path: '/desk', who: MEMBERS, load: () => import('../places/desk.js') },
  { name: 'records', path: '/desk/{kind}', who: MEMBERS, load: () => import('../places/records.js') },
  { name: 'records', path: '/desk/{kind}/{id}', who: MEMBERS, load: () => import('../places/records.js') },
  { name: 'account', path: '/account', who: MEMBERS, load: () => import('../places/account.js') },
];

/** Whose page it is. @param {import('../sdk/wire.js').User | null} user @returns {Role} */
export const roleOf = (user) => user === null ? 'guest' : /** @type {Role} */ (user.kind);

const STEP = '([0-9a-z-]{1,64})';

/** @type {Map<string, {shape: RegExp, names: string[]}>} */
const SHAPES = new Map();

/** @param {string} path */
function shapeOf(path) {
  const held = SHAPES.get(path);
  if (held !== undefined) return held;
  const names = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? '');
  const shape = { shape: new RegExp(`^${path.replace(/\{\w+\}/g, STEP)}$`), names };
  SHAPES.set(path, shape);
  return shape;
}

/** The place of an address. @param {string} path @param {readonly Place[]} [places] @returns {Found | null} */
export function find(path, places = PLACES) {
  for (const place of places) {
    const { shape, names } = shapeOf(place.path);
    const match = shape.exec(path);
    if (match !== null) return { place, params: Object.fromEntries(names.map((name, at) => [name, match[at + 1] ?? ''])) };
  }
  return null;
}

/**
 * An address of this page to lead somebody to who has just signed in, else the given one: a link from outside leads nowhere
 * else. @param {string | null} path @param {string} otherwise
 */
export function inside(path, otherwise) {
  const found = path === null ? null : find(path.split('?')[0] ?? '');
  return path !== null && found !== null && found.place.name !== 'signin' ? path : otherwise;
}
