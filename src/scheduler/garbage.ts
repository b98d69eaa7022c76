/**
 * V8 does not see how much shared memory hangs on a small plan object, so it has to be asked to look for unreachable ones. Asked
 * after jobs that left much behind, and so rarely that it takes no more than a fiftieth of the time.
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

let gc: (() => void) | null = null;

/** What was unreachable is freed when the finalizers run, in a later turn of the event loop. */
export function collectGarbage(): void {
  if (gc === null) {
    setFlagsFromString("--expose-gc");
    gc = runInNewContext("gc") as () => void;
  }
  gc();
}

const SHARE = 50;

export class GarbageWatch {
  readonly #threshold: number;
  #bytes = 0;
  #cost = 0;
  #last = Number.NEGATIVE_INFINITY;
  #planned = false;

  /** Collects when `threshold` bytes were left behind since the last time. */
  constructor(threshold: number) {
    this.#threshold = threshold;
  }

  /** Counts shared memory, and what was written to disk for want of it, that lives as long as some plan object. */
  add(bytes: number): void {
    this.#bytes += bytes;
  }

  /** After a job: its caller goes on first. */
  afterJob(): void {
    if (this.#planned || this.#bytes < this.#threshold) return;
    if (this.#cost * SHARE > performance.now() - this.#last) return;
    this.#planned = true;
    setImmediate(() => this.#collect());
  }

  #collect(): void {
    const start = performance.now();
    collectGarbage();
    this.#last = performance.now();
    this.#cost = this.#last - start;
    this.#bytes = 0;
    this.#planned = false;
  }
}
