//! Owns: what is told to those who hear the page. Never: what is shown.

/** @param {string} text */
export function announce(text) {
  const place = document.getElementById('announce');
  if (place !== null) place.textContent = text;
}
