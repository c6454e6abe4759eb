//! Owns: sending a file with word of how far it is, which `fetch` does not tell. Never: what is sent, retries.

/** @param {string} path @param {import('../sdk/wire.js').Sent} what */
export function transfer(path, { headers, body, told }) {
  const request = new XMLHttpRequest();
  const done = new Promise((resolve, reject) => {
    request.open('POST', path);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.addEventListener('progress', ({ loaded, total }) => total > 0 && told(loaded / total));
    request.addEventListener('load', () => resolve({ status: request.status, text: request.responseText }));
    for (const end of ['error', 'abort', 'timeout']) request.addEventListener(end, () => reject(new Error(end)));
    request.send(body);
  });
  return { done: /** @type {Promise<{status: number, text: string}>} */ (done), stop: () => request.abort() };
}
