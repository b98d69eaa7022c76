/** What tests watch: the events of a piece of program, and the memory, the files and the handles that are left after it. */
import { readdirSync, readlinkSync } from "node:fs";
import { join } from "node:path";
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

/** Waits as long as the test may. */
export async function until(done: () => boolean): Promise<void> {
  while (!done()) await sleep(5);
}

/** Waits, for some seconds at most, for what finalizers and other threads do after a program. */
export async function settled(done: () => boolean): Promise<void> {
  for (let i = 0; i < 300 && !done(); i++) {
    globalThis.gc?.();
    await sleep(10);
  }
}

/** Paths, at any depth. */
export function filesIn(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** Those that stay although no plan reaches them: files are removed in the background. */
export async function filesAfter(directory: string): Promise<string[]> {
  await settled(() => filesIn(directory).length === 0);
  return filesIn(directory);
}

/** What this process has open, by path where it has one; null where the system does not say. */
export function openFiles(): string[] | null {
  if (process.platform !== "linux") return null;
  return readdirSync("/proc/self/fd").flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/self/fd/${fd}`)];
    } catch {
      // The one by which they were listed.
      return [];
    }
  });
}
