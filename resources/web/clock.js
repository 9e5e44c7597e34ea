// The hub's clock as seen from here. Every event that has just happened carries its time; the one that took the shortest
// way tells how far the two clocks are apart.

const WINDOW_MS = 120000;

export class HubClock {
  #best = null; // hub minus ours, of this window and the one before
  #before = null;
  #since = 0;
  #stopped = null;

  /** An event with this time came just now. */
  measure(time) {
    const now = Date.now();
    const ahead = Date.parse(time) - now;
    if (Number.isNaN(ahead)) return;
    if (now - this.#since > WINDOW_MS || now < this.#since) {
      this.#before = this.#best;
      this.#best = null;
      this.#since = now;
    }
    this.#best = this.#best === null ? ahead : Math.max(this.#best, ahead);
  }

  now() {
    if (this.#stopped !== null) return this.#stopped;
    const known = [this.#best, this.#before].filter((ahead) => ahead !== null);
    return Date.now() + (known.length ? Math.max(...known) : 0);
  }

  /** While nothing is known of the hub its time stands still: what is shown is as it was then. */
  stop() {
    this.#stopped ??= this.now();
  }

  go() {
    this.#stopped = null;
  }
}
