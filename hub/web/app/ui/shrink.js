//! Owns: making a picture small enough to be sent: fewer pixels, then JPEG of less and less quality. Never: what is small enough.

/** A longer side than this shows on no page of the fair. **Units**: pixels. */
const SIDE_MAX = 1920;
/** @type {readonly number[]} */
const QUALITIES = [0.9, 0.8, 0.7, 0.55, 0.4];

/** As it is where it is small enough or no picture that a browser reads. @param {Blob} file @param {number} max **Units**: bytes. @returns {Promise<Blob>} */
export async function shrunk(file, max) {
  if (file.size <= max) return file;
  const picture = await createImageBitmap(file).catch(() => null);
  if (picture === null) return file;
  const part = Math.min(1, SIDE_MAX / Math.max(picture.width, picture.height));
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [Math.max(1, Math.round(picture.width * part)), Math.max(1, Math.round(picture.height * part))];
  const context = canvas.getContext('2d');
  if (context === null) return file;
  context.fillStyle = '#fff'; // what is transparent becomes white, not black
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(picture, 0, 0, canvas.width, canvas.height);
  for (const quality of QUALITIES) {
    const made = await new Promise((/** @type {(blob: Blob | null) => void} */ done) => canvas.toBlob(done, 'image/jpeg', quality));
    if (made !== null && made.size <= max) return made;
  }
  return file;
}
