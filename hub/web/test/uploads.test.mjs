//! Files before they go and on their way: what is checked, how far they are, what comes of a refusal, a picture within its frame.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ruleText } from '../app/drawn/upload.js';
import { kilobytes, wrongFile } from '../app/drawn/uploads.js';
import { sendFile } from '../app/sdk/files.js';
import { within, ZOOM_MAX } from '../app/ui/crop.js';
import { openPage } from './dom.mjs';

const PHOTO = { use: 'id_photo', formats: ['jpeg'], bytes_min: 50_000, bytes_max: 512_000, pixels: [600, 800], private: true };
const jpeg = (bytes) => new Blob([new Uint8Array([0xff, 0xd8, 0xff, 0xe0]), new Uint8Array(bytes - 4)]);

test('a file is checked by how it begins and by its size, not by its name', async () => {
  assert.equal(await wrongFile(PHOTO, jpeg(60_000)), null);
  assert.equal((await wrongFile(PHOTO, jpeg(49_999)))?.code, 'file_too_small');
  assert.deepEqual(await wrongFile(PHOTO, jpeg(512_001)), { code: 'file_too_big', min: 50, max: 500 });
  assert.equal((await wrongFile(PHOTO, new Blob(['<svg onload=alert(1)>', ' '.repeat(60_000)], { type: 'image/jpeg' })))?.code, 'unsupported');
  assert.equal(await wrongFile({ ...PHOTO, formats: ['flv', 'mp4'], bytes_min: 1 }, new Blob(['FLV1'])), null, 'what is not known here the hub decides');
});

test('what a file must be is told before one is chosen', () => {
  openPage('en');
  assert.equal(ruleText(PHOTO), 'JPEG, 600 × 800 pixels (cut it here), 50 to 500 KB');
  assert.equal(ruleText({ ...PHOTO, formats: ['png', 'jpeg'], bytes_min: 1, bytes_max: 2 << 20, pixels: undefined }), 'PNG, JPEG, at most 2 MB');
  assert.deepEqual([kilobytes(50_000), kilobytes(512_000), kilobytes(228_123)], [50, 500, 228]);
});

test('the frame never leaves the picture, however it is moved', () => {
  const picture = { width: 1200, height: 900 };
  for (const x of [-3, 0, 0.1, 0.5, 0.99, 7]) {
    for (const y of [-1, 0.3, 2]) {
      for (const zoom of [0, 1, 2.5, 99]) {
        const view = within({ x, y, zoom }, picture, [600, 800]);
        assert.ok(view.zoom >= 1 && view.zoom <= ZOOM_MAX);
        const scale = Math.max(600 / 1200, 800 / 900) * view.zoom;
        const [left, top] = [view.x * 1200 * scale - 300, view.y * 900 * scale - 400];
        assert.ok(left >= -0.001 && left + 600 <= 1200 * scale + 0.001, `${x} ${zoom}`);
        assert.ok(top >= -0.001 && top + 800 <= 900 * scale + 0.001, `${y} ${zoom}`);
      }
    }
  }
});

/** A hub that answers a file as the test says. */
function hub(answer) {
  const sent = [];
  let stopped = 0;
  const env = { locale: () => 'en', send: (path, what) => {
    sent.push({ path, ...what });
    return { done: answer, stop: () => void (stopped += 1) };
  } };
  return { client: { env, access: async () => 'token' }, sent, stopped: () => stopped };
}

test('a file goes with its use and token, and its answer is the upload', async () => {
  const { client, sent } = hub(Promise.resolve({ status: 201, text: '{"id":"0abc"}' }));
  const told = [];
  const { done } = sendFile(client, { use: 'id_photo', name: '张 三.jpg', file: jpeg(10), told: (part) => told.push(part) });
  assert.deepEqual(await done, { id: '0abc' });
  assert.equal(sent[0].path, '/v1/uploads?use=id_photo&name=%E5%BC%A0%20%E4%B8%89.jpg');
  assert.equal(sent[0].headers.authorization, 'Bearer token');
  sent[0].told(0.5);
  assert.deepEqual(told, [0.5]);
});

test('a refusal names its fields; a line that breaks is told as that', async () => {
  const refused = hub(Promise.resolve({ status: 422, text: '{"type":"/problems/invalid","fields":[{"at":"/file","code":"pixels"}]}' }));
  await assert.rejects(sendFile(refused.client, { use: 'id_photo', file: jpeg(10), told: () => undefined }).done, (error) => error.code === 'invalid' && error.fields[0].code === 'pixels');
  const broken = hub(Promise.reject(new Error('error')));
  await assert.rejects(sendFile(broken.client, { use: 'id_photo', file: jpeg(10), told: () => undefined }).done, (error) => error.code === 'disconnected');
});

test('one that is stopped before it began does not begin', async () => {
  const { client, sent } = hub(Promise.resolve({ status: 201, text: '{}' }));
  const way = sendFile(client, { use: 'logo', file: jpeg(10), told: () => undefined });
  way.stop();
  await assert.rejects(way.done, (error) => error.code === 'disconnected');
  assert.deepEqual(sent, []);
});
