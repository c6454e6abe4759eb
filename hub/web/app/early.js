//! Owns: the chosen look, put on before anything is drawn, so that no page flashes in the other. Never: the choosing.

try {
  const look = localStorage.getItem('fairhub.look');
  if (look === 'light' || look === 'dark') document.documentElement.dataset['look'] = look;
} catch {
  // A browser that keeps nothing follows the system.
}
