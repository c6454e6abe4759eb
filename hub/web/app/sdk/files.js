//! Owns: a file on its way to the hub and back from it. Never: what it is for, how it looks.

import { parse, problem } from './rest.js';
import { WireError } from './wire.js';

/** @typedef {import('./client.js').Client} Client */
/** @typedef {{id: string, use: string, type: string, bytes: number, width?: number, height?: number, name?: string, warning?: string}} Upload */
/** @typedef {{use: string, name?: string, file: any, told: (part: number) => void}} File `told`: how much has gone, in [0, 1] */

/** Sends one; stopped, it rejects as `disconnected`. @param {Client} client @param {File} what @returns {{done: Promise<Upload>, stop: () => void}} */
export function sendFile(client, { use, name, file, told }) {
  let isStopped = false;
  let stop = () => {};
  const send = async () => {
    const token = await client.access();
    if (isStopped || client.env.send === undefined) throw new WireError('disconnected');
    const query = `use=${encodeURIComponent(use)}${name ? `&name=${encodeURIComponent(name)}` : ''}`;
    const headers = { authorization: `Bearer ${token}`, 'accept-language': client.env.locale(), 'content-type': file.type || 'application/octet-stream' };
    const sending = client.env.send(`/v1/uploads?${query}`, { headers, body: file, told });
    stop = sending.stop;
    const { status, text } = await sending.done.catch(() => {
      throw new WireError('disconnected');
    });
    const value = parse(text);
    if (status >= 300) throw problem(status, value);
    return value;
  };
  return { done: send(), stop: () => {
    isStopped = true;
    stop();
  } };
}

/** The bytes of one, for whoever may see it. @param {Client} client @param {string} id @returns {Promise<any>} a Blob */
export async function readFile(client, id) {
  const token = await client.access();
  const response = await client.env.fetch(`/v1/uploads/${id}/content`, { headers: { authorization: `Bearer ${token}` }, credentials: 'omit' }).catch(() => null);
  if (response === null) throw new WireError('disconnected');
  if (!response.ok) throw problem(response.status, parse(await response.text()));
  return response.blob();
}
