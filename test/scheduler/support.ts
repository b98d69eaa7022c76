/** What tests of the scheduler watch: the events of a piece of program, and the memory that is left after it. */
import type { Context } from "../../src/index.ts";
import type { GnistaEvent } from "../../src/scheduler/events.ts";

export const sleep = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

export async function eventsOf(sc: Context, run: () => Promise<unknown>): Promise<GnistaEvent[]> {
  const events: GnistaEvent[] = [];
  const stop = sc.events.subscribe((event) => events.push(event));
  try {
    await run();
  } finally {
    stop();
  }
  return events;
}

/**
 * The bytes in use once what no plan reaches has been freed: `base`, or more when they do not get that few within some seconds.
 * Awaiting turns of the event loop lets finalizers run, late reports come in, and dead workers be replaced.
 */
export async function usedAfter(sc: Context, base: number): Promise<number> {
  for (let i = 0; i < 300 && sc.engine.heap.used > base; i++) {
    globalThis.gc?.();
    await sleep(i < 20 ? 1 : 20);
  }
  return sc.engine.heap.used;
}
