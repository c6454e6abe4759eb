//! Owns: what the hub says about itself: forms, lives of records, vocabularies; each asked for once. Never: what follows.

import { call } from '../sdk/rest.js';
import { treeOf } from './terms.js';

/** @typedef {import('../sdk/wire.js').Env} Env */
/**
 * @typedef {{'zh-CN': string, en: string}} Both
 * @typedef {{name: string, label: Both, tone: 'waiting' | 'working' | 'good' | 'bad' | 'neutral', final: boolean}} State
 * @typedef {{action: string, label: Both, from: string[], to?: string, actors: string[], fields: string[]}} Step
 * @typedef {{kind: string, event: string, states: State[], steps: Step[]}} Flow
 */

/** @type {Map<string, Promise<any>>} */
const HELD = new Map();

/** What failed is asked for again by whoever needs it next. @param {Env} env @param {string} path @returns {Promise<any>} */
function once(env, path) {
  const held = HELD.get(path);
  if (held !== undefined) return held;
  const asked = call(env, 'GET', path).catch((error) => {
    HELD.delete(path);
    throw error;
  });
  HELD.set(path, asked);
  return asked;
}

/** Whether the hub has such a route; a hub that says nothing of itself has none. @param {Env} env @param {string} path @returns {Promise<boolean>} */
export const hasRoute = async (env, path) => Object.hasOwn((await once(env, '/v1/openapi.json').catch(() => ({}))).paths ?? {}, path);

/** Whether a list of the hub can be asked by this parameter. @param {Env} env @param {string} path @param {string} name @returns {Promise<boolean>} */
export async function takes(env, path, name) {
  const { paths = {} } = await once(env, '/v1/openapi.json').catch(() => ({}));
  return (paths[path]?.get?.parameters ?? []).some((/** @type {{name: string}} */ parameter) => parameter.name === name);
}

/** What a route takes with a POST. @param {Env} env @param {string} path as the hub writes it, with the names of its steps @returns {Promise<import('./schema.js').Schema>} */
export async function bodyOf(env, path) {
  const { paths = {} } = await once(env, '/v1/openapi.json');
  const schema = paths[path]?.post?.requestBody?.content?.['application/json']?.schema ?? {};
  return schema.$ref === undefined ? schema : formOf(env, schema.$ref.split('/').at(-1) ?? '');
}

/** The description of a form. @param {Env} env @param {string} name @returns {Promise<import('./schema.js').Schema>} */
export async function formOf(env, name) {
  const { components } = await once(env, '/v1/openapi.json');
  const schema = components?.schemas?.[name];
  if (schema === undefined) throw new Error(`no form ${name}`);
  return schema;
}

/**
 * The description of a change to what stands: a merge patch, in which what may be taken away may be null and nothing else.
 * Whoever fills it sees the whole record, so what cannot be taken away is needed. @param {Env} env @param {string} name @returns {Promise<import('./schema.js').Schema>}
 */
export async function changeOf(env, name) {
  const schema = await formOf(env, `${name}Patch`);
  const stays = ([, { type }] = /** @type {[string, import('./schema.js').Schema]} */ (['', {}])) => !Array.isArray(type);
  return { ...schema, required: Object.entries(schema.properties ?? {}).filter(stays).map(([field]) => field) };
}

/**
 * The description of what is saved as a draft and handed in whole: what is needed then is needed of who fills it in, though not to
 * save it. @param {Env} env @param {string} name @returns {Promise<import('./schema.js').Schema>}
 */
export async function draftOf(env, name) {
  const schema = await formOf(env, `${name}Draft`);
  return { ...schema, required: schema['x-required'] ?? [] };
}

/** The life of a kind, or null. @param {Env} env @param {string} kind @returns {Promise<Flow | null>} */
export async function flowOf(env, kind) {
  const { items } = await once(env, '/v1/flows');
  return items.find((/** @type {Flow} */ flow) => flow.kind === kind) ?? null;
}

/** What a form that chooses from vocabularies needs. @param {Env} env */
export const described = (env) => ({ options: (/** @type {string} */ name) => termsOf(env, name) });

/** The terms of a vocabulary, in their levels. @param {Env} env @param {string} name @returns {Promise<import('./terms.js').Term[]>} */
export const termsOf = async (env, name) => treeOf((await once(env, `/v1/taxonomies/${name}`)).items);
