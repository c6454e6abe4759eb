//! Owns: what a schema says, as rows for people and as an example. Never: a request.

/** @typedef {Record<string, any>} Schema */
/** @typedef {{name: string, type: string, limits: string, about: string, required: boolean}} Row */

const DEPTH_MAX = 4;

/** The schema that a reference means. @param {Schema} document @param {Schema | undefined} schema @returns {Schema} */
export function resolve(document, schema) {
  let found = schema ?? {};
  for (let n = 0; typeof found['$ref'] === 'string' && n < DEPTH_MAX; n += 1) {
    const steps = found['$ref'].replace(/^#\//, '').split('/').map((/** @type {string} */ step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
    found = steps.reduce((/** @type {any} */ part, /** @type {string} */ step) => part?.[step], document) ?? {};
  }
  const parts = [...(found['allOf'] ?? [])].map((part) => resolve(document, part));
  if (parts.length === 0) return found;
  const { allOf: _parts, ...own } = found;
  return [...parts, own].reduce((whole, part) => ({ ...whole, ...part,
    properties: { ...whole['properties'], ...part['properties'] }, required: [...(whole['required'] ?? []), ...(part['required'] ?? [])] }), {});
}

/** @param {Schema} document @param {Schema} schema @returns {string} */
export function typeOf(document, schema) {
  const name = typeof schema['$ref'] === 'string' ? schema['$ref'].split('/').at(-1) : '';
  const found = resolve(document, schema);
  const either = (found['oneOf'] ?? found['anyOf'] ?? []).map((/** @type {Schema} */ part) => typeOf(document, part));
  if (either.length > 0) return either.join(' | ');
  if (found['type'] === 'array') return `[${typeOf(document, found['items'] ?? {})}]`;
  const type = [found['type'] ?? 'any'].flat().join(' | ');
  return name && type === 'object' ? name : type;
}

/** @param {Schema} schema @returns {string} */
function limitsOf(schema) {
  const limits = [];
  const range = (/** @type {string} */ least, /** @type {string} */ most) => {
    if (schema[least] !== undefined || schema[most] !== undefined) limits.push(`${schema[least] ?? 0}..${schema[most] ?? ''}`);
  };
  range('minLength', 'maxLength');
  range('minItems', 'maxItems');
  range('minimum', 'maximum');
  if (schema['enum']) limits.push(schema['enum'].map(String).join(', '));
  if (schema['const'] !== undefined) limits.push(`= ${JSON.stringify(schema['const'])}`);
  if (schema['pattern']) limits.push(schema['pattern']);
  if (schema['format']) limits.push(schema['format']);
  for (const word of ['x-options', 'x-use', 'x-depends-on']) if (schema[word]) limits.push(`${word.slice(2)}: ${schema[word]}`);
  for (const word of ['x-required-when', 'x-only-when']) if (schema[word]) limits.push(`${word.slice(2)}: ${JSON.stringify(schema[word])}`);
  return limits.join('; ');
}

/** The fields of an object, in their order. @param {Schema} document @param {Schema} schema @param {string} [before] @param {number} [depth] @returns {Row[]} */
export function rowsOf(document, schema, before = '', depth = 0) {
  const found = resolve(document, schema);
  const needed = new Set(found['required'] ?? []);
  const fields = Object.entries(/** @type {Record<string, Schema>} */ (found['properties'] ?? {}));
  fields.sort(([, a], [, b]) => (a['x-order'] ?? 0) - (b['x-order'] ?? 0));
  return fields.flatMap(([name, field]) => {
    const shown = resolve(document, field);
    const row = { name: before + name, type: typeOf(document, field), limits: limitsOf(shown), about: shown['description'] ?? '', required: needed.has(name) };
    const inner = shown['type'] === 'array' ? resolve(document, shown['items']) : shown;
    const deeper = depth < 2 ? rowsOf(document, inner, `${before}${name}${shown['type'] === 'array' ? '[]' : ''}.`, depth + 1) : [];
    return [row, ...deeper];
  });
}

/** @type {Record<string, any>} */
const BY_FORMAT = { 'date-time': '2020-08-15T09:00:00.000+08:00', date: '2020-08-15', email: 'wang@example.com', uri: 'https://example.com', password: 'password1' };

/** A value such as the schema asks for. @param {Schema} document @param {Schema | undefined} schema @param {number} [depth] @returns {any} */
export function exampleOf(document, schema, depth = 0) {
  const found = resolve(document, schema);
  if (found['example'] !== undefined) return found['example'];
  if (found['const'] !== undefined) return found['const'];
  if (found['enum']) return found['enum'][0];
  const first = (found['oneOf'] ?? found['anyOf'])?.[0];
  if (first) return exampleOf(document, first, depth);
  const type = [found['type']].flat()[0];
  if (type === 'array') return depth > DEPTH_MAX ? [] : [exampleOf(document, found['items'], depth + 1)];
  if (type === 'object' || found['properties']) {
    const needed = new Set(found['required'] ?? Object.keys(found['properties'] ?? {}));
    const fields = Object.entries(/** @type {Record<string, Schema>} */ (found['properties'] ?? {})).filter(([name]) => needed.has(name) && depth <= DEPTH_MAX);
    return Object.fromEntries(fields.map(([name, field]) => [name, exampleOf(document, field, depth + 1)]));
  }
  if (type === 'integer' || type === 'number') return found['minimum'] ?? 0;
  if (type === 'boolean') return false;
  if (found['pattern']?.startsWith('^[0-7][0-9a-hj')) return '0000000000001';
  return BY_FORMAT[found['format']] ?? 'text';
}
