//! Owns: who is who: the own team, as the hub tells it, and others as their cards do. Never: decides rights.

/** @typedef {{id: string, name: string, duty?: string, active?: boolean}} Person */

/** Names of the people in the user's negotiations. */
export class People {
  /** @type {Map<string, Person & {enterprise: string}>} */
  #people = new Map();
  /** @type {Set<string>} */
  #asked = new Set();

  /** @param {import('../sdk/client.js').Client} client @param {() => void} changed */
  constructor(client, changed) {
    this.client = client;
    this.changed = changed;
  }

  /** Whether a person is of the user's own team now; of entries, the entry itself says it. @param {string} user */
  isOurs(user) {
    const me = this.client.user;
    return user === me?.id || this.#people.get(user)?.enterprise === me?.enterprise?.id;
  }

  /** A name learnt from a contact card. @param {string} user @param {any} name */
  learn(user, name) {
    if (typeof name === 'string' && !this.#people.has(user)) this.#people.set(user, { id: user, name, enterprise: '' });
  }

  /** A person's name, or the given one of their side. @param {string | null} user @param {string} otherwise */
  name(user, otherwise) {
    if (user !== null && user === this.client.user?.id) return this.client.user.name;
    return (user !== null && this.#people.get(user)?.name) || otherwise;
  }

  /** Colleagues who can negotiate. @returns {Person[]} */
  colleagues() {
    const me = this.client.user;
    return [...this.#people.values()].filter((person) =>
      person.enterprise === me?.enterprise?.id && person.id !== me.id && person.duty !== 'other'
        && person.duty !== undefined && person.active !== false);
  }

  /** Fetches the own team, once. @param {string | undefined} enterprise */
  async know(enterprise) {
    if (enterprise === undefined || this.#asked.has(enterprise)) return;
    this.#asked.add(enterprise);
    try {
      const { items } = await this.client.rest('GET', `/v1/enterprises/${encodeURIComponent(enterprise)}/users?limit=100`);
      for (const person of items) this.#people.set(person.id, { ...person, enterprise });
      this.changed();
    } catch (/** @type {any} */ error) {
      if (error.passing) this.#asked.delete(enterprise);
    }
  }
}
