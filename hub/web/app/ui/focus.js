//! Owns: where the focus goes when what had it is redrawn, moved, hidden or gone, so that it never falls to the page's ground.
//! Never: takes it from what one can still use, or brings it back where one let go of it.

const CAN_FOCUS = 'button, input, textarea, select, summary, a[href], [tabindex]';
/** Parts whose first usable element may stand in for one of theirs. */
const PARTS = 'li, dialog, details, form, header, nav, section, main, [role=region]';
/** Tried in this order when the whole part is gone. */
const ELSEWHERE = ['#compose', '.compose-closed', '.inbox-row[aria-current]', '.inbox-row', '.inbox .start', '.signin input', '.place h1'];

/** @typedef {{element: HTMLElement, key: string, around: HTMLElement[], places: number[]}} Trace an element and what it stood in */

/** @param {Element | null} element @returns {element is HTMLElement} */
const usable = (element) => element instanceof HTMLElement && element.isConnected && element.getClientRects().length > 0
  && !(/** @type {any} */ (element).disabled);

/** What it is for: equal after it was drawn anew. @param {HTMLElement} element */
const keyOf = ({ dataset, id, className }) => dataset['act'] ?? (id || dataset['conversation']) ?? className;

/** Remembers where an element is. @param {Element | null} element @returns {Trace | null} */
export function trace(element) {
  if (!(element instanceof HTMLElement) || element === document.body) return null;
  const around = [];
  const places = [];
  for (let at = element; at.parentElement !== null && at.parentElement !== document.body; at = at.parentElement) {
    around.push(at.parentElement);
    places.push([...at.parentElement.children].indexOf(at));
  }
  return { element, key: keyOf(element), around, places };
}

/** The element itself if it can still be used, else what stands for it now. @param {Trace} trace @returns {HTMLElement | null} */
function heir({ element, key, around, places }) {
  if (usable(element)) return element;
  for (const [level, part] of around.entries()) {
    if (!usable(part)) continue;
    const isList = part.matches('ul, ol');
    const within = isList ? part.children[Math.min(places[level] ?? 0, part.children.length - 1)] : part;
    const inside = within === undefined ? [] : [...within.querySelectorAll(CAN_FOCUS)].filter(usable);
    const twin = inside.find((candidate) => candidate instanceof HTMLElement && keyOf(candidate) === key);
    const found = twin ?? (part.matches(CAN_FOCUS) ? part : isList || part.matches(PARTS) ? inside[0] : undefined);
    if (found instanceof HTMLElement) return found;
  }
  return ELSEWHERE.map((selector) => document.querySelector(selector)).find(usable) ?? null;
}

/** Gives the focus back to what had it, or to what stands for that now. @param {Trace | null} traced */
export function refocus(traced) {
  if (traced !== null) heir(traced)?.focus({ preventScroll: true });
}

/** Watches the page from now on. */
export function holdFocus() {
  /** @type {Trace | null} */
  let last = null;
  let isByHand = false;
  const byHand = () => {
    isByHand = true;
    setTimeout(() => {
      isByHand = false;
    });
  };
  const lost = () => document.activeElement === document.body || document.activeElement === null
    || (document.activeElement === last?.element && !usable(last.element));
  document.addEventListener('pointerdown', byHand, true);
  document.addEventListener('keydown', (event) => event.key === 'Tab' && byHand(), true);
  document.addEventListener('focusin', ({ target }) => {
    last = trace(/** @type {Element} */ (target));
  });
  document.addEventListener('focusout', ({ relatedTarget }) => {
    if (isByHand && relatedTarget === null) last = null;
  });
  const watch = new MutationObserver(() => {
    if (last === null || document.querySelector('dialog[open]')?.contains(last.element) === false || !lost()) return;
    const traced = last;
    last = null;
    refocus(traced);
  });
  watch.observe(document.body, { subtree: true, childList: true, attributes: true, attributeFilter: ['hidden', 'disabled', 'open'] });
}
