//! Owns: listeners of one object. Never: queues or defers; never lets one listener's fault reach the emitter or another one.

/** The smallest event source: named events, synchronous listeners. */
export class Emitter {
  /** @type {Map<string, Set<(value: any) => void>>} */
  #listeners = new Map();

  /**
   * Calls `listener` on every later `name`; the answer ends that.
   * @param {string} name @param {(value: any) => void} listener @returns {() => void}
   */
  on(name, listener) {
    const set = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, set.add(listener));
    return () => void set.delete(listener);
  }

  /** What becomes of what a listener throws: an uncaught error of the page. @param {unknown} fault */
  static fault = (fault) => void Promise.reject(fault);

  /** @param {string} name @param {any} [value] */
  emit(name, value) {
    for (const listener of [...(this.#listeners.get(name) ?? [])]) {
      try {
        listener(value);
      } catch (fault) {
        Emitter.fault(fault);
      }
    }
  }
}
