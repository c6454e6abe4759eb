//! Owns: what a file for each use must be, as the hub says it, and whether one is that before it is sent. Never: elements.

import { readFile, sendFile } from '../sdk/files.js';

/** @typedef {import('../sdk/client.js').Client} Client */
/**
 * @typedef {{use: string, formats: string[], bytes_min: number, bytes_max: number, pixels?: [number, number], pixels_suggested?: [number, number], private: boolean}} Rule
 * @typedef {{rule: (use: string) => Promise<Rule | null>, send: (use: string, file: Blob, told: (part: number) => void) => {done: Promise<import('../sdk/files.js').Upload>, stop: () => void}, read: (id: string) => Promise<Blob>}} Uploads
 */

/** How a file begins that is of a format: bytes, and where. @type {Record<string, readonly (readonly [number, readonly number[]])[]>} */
const BEGINS = { jpeg: [[0, [0xff, 0xd8, 0xff]]], png: [[0, [0x89, 0x50, 0x4e, 0x47]]], gif: [[0, [0x47, 0x49, 0x46, 0x38]]], bmp: [[0, [0x42, 0x4d]]], pdf: [[0, [0x25, 0x50, 0x44, 0x46]]],
  mp4: [[4, [0x66, 0x74, 0x79, 0x70]]] };
/** Of a file so much is looked at. **Units**: bytes. */
const HEAD_BYTES = 16;

/** @param {Client} client @returns {Uploads} */
export const uploadsOf = (client) => ({
  rule: async (use) => (await client.rest('GET', '/v1/uploads')).uses.find((/** @type {Rule} */ rule) => rule.use === use) ?? null,
  send: (use, file, told) => sendFile(client, { use, ...(file instanceof File && file.name ? { name: file.name } : {}), file, told }),
  read: (id) => readFile(client, id),
});

/** What is wrong with a file for a use, or null; of formats that are not known here the hub says it. @param {Rule} rule @param {Blob} file @returns {Promise<import('./schema.js').Wrong | null>} */
export async function wrongFile({ formats, bytes_min: min, bytes_max: max }, file) {
  const head = new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer());
  const isOf = (/** @type {string} */ format) => (BEGINS[format] ?? []).some(([from, bytes]) => bytes.every((byte, at) => head[from + at] === byte));
  if (formats.every((format) => format in BEGINS) && !formats.some(isOf)) return { code: 'unsupported' };
  if (file.size < min) return { code: 'file_too_small', min: kilobytes(min), max: kilobytes(max) };
  return file.size > max ? { code: 'file_too_big', min: kilobytes(min), max: kilobytes(max) } : null;
}

/** As people name a size: limits are meant in either kind of kilobyte. @param {number} bytes */
export const kilobytes = (bytes) => bytes % 1024 === 0 ? bytes / 1024 : Math.floor(bytes / 1000);
