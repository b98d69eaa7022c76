import { randomFillSync } from "node:crypto";
import { tmpdir } from "node:os";
import { afterEach, describe, expect, test } from "vitest";
import { copyOut } from "../../src/executor/copy-out.ts";
import { type ExecutorEvents, WorkerThreads } from "../../src/executor/executors.ts";
import { InlineExecutor } from "../../src/executor/inline-executor.ts";
import { Context } from "../../src/index.ts";
import type { Copy } from "../../src/memory/copies.ts";
import { SharedHeap } from "../../src/memory/shared-heap.ts";

const events: ExecutorEvents = {
  report() {},
  lost() {},
  spilling() {},
  started() {},
  broken() {},
  memory() {},
  makeRoom: () => true,
  copyLost() {},
  moved() {},
  broadcastDropped() {},
};
const BYTES = 50_000_003;

let clean: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const step of clean) await step();
  clean = [];
});

function heapWithBytes(): {
  heap: SharedHeap;
  copies: Copy[];
  target: SharedArrayBuffer;
  expected: Uint8Array;
} {
  const heap = SharedHeap.create({ limit: 128 << 20 });
  clean.push(async () => heap.close());
  const region = heap.allocate(BYTES);
  const { u8 } = heap.segment(region.segment);
  const expected = randomFillSync(new Uint8Array(BYTES));
  u8.set(expected, region.ptr);
  const target = new SharedArrayBuffer(BYTES + 7);
  // Cut where nothing is aligned.
  const cuts = [0, 1, 17, 40_000_001, BYTES];
  const copies = cuts.slice(1).map((to, i) => ({
    segment: region.segment,
    ptr: region.ptr + cuts[i],
    bytes: to - cuts[i],
    target,
    at: cuts[i] + 7,
  }));
  return { heap, copies, target, expected };
}

describe("copies out of the heap", () => {
  test.each([
    ["on workers", (heap: SharedHeap) => new WorkerThreads(2, heap, "js", tmpdir(), events)],
    ["inline", (heap: SharedHeap) => new InlineExecutor(heap, "js", tmpdir(), events)],
  ])("come out equal, %s", async (_, start) => {
    const { heap, copies, target, expected } = heapWithBytes();
    const executors = start(heap);
    clean.unshift(() => executors.stop());
    await copyOut(heap, executors, copies);
    expect(Buffer.compare(new Uint8Array(target, 7), expected)).toBe(0);
  });

  test("are completed when workers die under them", async () => {
    for (let delay = 0; delay < 8; delay++) {
      const { heap, copies, target, expected } = heapWithBytes();
      const executors = new WorkerThreads(2, heap, "js", tmpdir(), events);
      clean.unshift(() => executors.stop());
      const done = copyOut(heap, executors, copies);
      setTimeout(() => {
        for (const worker of executors.workers) executors.kill(worker);
      }, delay);
      await done;
      expect(Buffer.compare(new Uint8Array(target, 7), expected)).toBe(0);
    }
  });

  test("are waited for when the context is stopped meanwhile", async () => {
    const sc = await Context.create({ master: "local[2]" });
    const rows = 4_000_000;
    const numbers = sc.parallelizePairs(
      Uint32Array.from({ length: rows }, (_, i) => i),
      new Float64Array(rows).fill(1),
    );
    await numbers.count();
    const columns = numbers.collectColumns();
    const stopped = new Promise<void>((resolve) => {
      sc.events.subscribe((event) => {
        if (event.type === "jobEnd") setImmediate(() => resolve(sc.stop()));
      });
    });
    const [keys] = await columns;
    await stopped;
    expect(keys).toHaveLength(rows);
    expect(keys[rows - 1]).toBe(rows - 1);
  });
});
