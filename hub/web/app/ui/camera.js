//! Owns: taking a picture with the camera of this device. Never: keeps the camera on, or the picture.

import { t } from '../strings.js';
import { modal } from './dialogs.js';
import { fill, h } from './dom.js';

/** Whether the browser lets a page ask. */
export const hasCamera = () => navigator.mediaDevices?.getUserMedia !== undefined;

/** @returns {Promise<ImageBitmap | null>} null: none was taken */
export async function takePicture() {
  /** @type {MediaStream | null} */
  let stream = null;
  let isOver = false;
  const picture = await modal(t('upload.camera'), (/** @type {(value: ImageBitmap) => void} */ done) => {
    const video = /** @type {HTMLVideoElement} */ (h('video', { class: 'camera', autoplay: true, playsinline: true, 'aria-label': t('upload.camera') }));
    video.muted = true;
    const status = h('p', { class: 'hint', role: 'status' }, t('upload.camera_wait'));
    const shoot = h('button', { type: 'button', class: 'button primary', 'data-act': 'shoot', autofocus: true, disabled: true, on: { click: async () => done(await createImageBitmap(video)) } }, t('upload.shoot'));
    video.addEventListener('playing', () => {
      fill(status);
      shoot.removeAttribute('disabled');
      shoot.focus();
    });
    const ask = async () => {
      try {
        const opened = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'user', width: { ideal: 1280 }, height: { ideal: 960 } } });
        if (isOver) return end(opened);
        stream = opened;
        video.srcObject = opened;
      } catch {
        fill(status, t('upload.camera_none'));
      }
    };
    void ask();
    return [video, status, h('footer', { class: 'dialog-actions' }, shoot)];
  });
  isOver = true;
  end(stream);
  return picture;
}

/** @param {MediaStream | null} stream */
const end = (stream) => stream?.getTracks().forEach((track) => track.stop());
