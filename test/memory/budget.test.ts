import { once } from "node:events";
import { Worker } from "node:worker_threads";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { GnistaError } from "../../src/errors.ts";
import type { Region } from "../../src/memory/heap.ts";
import { SharedHeap } from "../../src/memory/shared-heap.ts";
import type { AllocatingSetup } from "./fixtures/allocating-worker.ts";

const RUNS = Number(process.env["GNISTA_TEST_RUNS"] ?? 100);
const UNIT = 64;
const GIB = 2 ** 30;

/** Everything in one piece again? Each block has a unit before it. */
function expectWhole(heap: SharedHeap): void {
  expect(heap.used).toBe(0);
  const region = heap.allocate(heap.limit, heap.segments[0].id);
  expect(region).toEqual({ segment: 0, ptr: 2 * UNIT, bytes: heap.limit });
  heap.free(region);
}

describe("the heap", () => {
  test("hands out what is free, and says no only when the budget or the room is used up", () => {
    const step = fc.oneof(
      fc.record({ size: fc.oneof(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 600_000 })) }),
      fc.record({ free: fc.nat() }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const heap = SharedHeap.create({ limit: 1 << 20 });
        const [segment] = heap.segments;
        const held: Region[] = [];
        const used = (): number => held.reduce((sum, { bytes }) => sum + bytes, 0);
        /** The largest hole between the regions. */
        const room = (): number => {
          const sorted = [...held].sort((a, b) => a.ptr - b.ptr);
          let [at, most] = [UNIT, 0];
          for (const { ptr, bytes } of sorted) {
            most = Math.max(most, ptr - 2 * UNIT - at);
            at = ptr + bytes;
          }
          return Math.max(most, segment.bytes - 2 * UNIT - at);
        };
        for (const what of steps) {
          if ("free" in what) {
            if (held.length > 0) heap.free(held.splice(what.free % held.length, 1)[0]);
          } else {
            const bytes = Math.ceil(what.size / UNIT) * UNIT;
            const fits = used() + bytes <= heap.limit && room() >= bytes;
            try {
              const region = heap.allocate(what.size);
              expect(fits).toBe(true);
              expect(region.bytes).toBe(bytes);
              expect(region.ptr % UNIT).toBe(0);
              expect(region.ptr).toBeGreaterThan(0);
              for (const other of held)
                expect(region.ptr >= other.ptr + other.bytes || other.ptr >= region.ptr + bytes).toBe(true);
              held.push(region);
            } catch (error) {
              if (!GnistaError.is(error, "OUT_OF_MEMORY")) throw error;
              expect(fits).toBe(false);
            }
          }
          expect(heap.used).toBe(used());
        }
        for (const region of held) heap.free(region);
        expectWhole(heap);
      }),
      { numRuns: RUNS },
    );
  });

  test("serves several threads at once: nothing overlaps, nothing is lost, what fits is never refused", async () => {
    const threads = 4;
    const heap = SharedHeap.create({ limit: 8 << 20 });
    const workers = Array.from({ length: threads }, (_, i) => {
      const setup: AllocatingSetup = {
        share: heap.share(i + 1),
        seed: i + 1,
        rounds: RUNS * 100,
        most: 20_000,
        // Half of the limit together, so that only a wrong count, never fragmentation, can refuse.
        own: heap.limit / threads / 2,
      };
      return new Worker(new URL("./fixtures/allocating-worker.ts", import.meta.url), {
        workerData: setup,
        execArgv: [],
      });
    });
    const results = await Promise.all(
      workers.map(async (worker) => (await once(worker, "message"))[0] as unknown),
    );
    await Promise.all(workers.map((worker) => worker.terminate()));
    expect(results).toEqual(workers.map(() => ({ damaged: 0, failed: 0 })));
    expectWhole(heap);
  });
});

describe("a heap of several segments", () => {
  const resident = (): number => process.memoryUsage().rss;

  test("costs nothing until it is touched", () => {
    const before = resident();
    const heap = SharedHeap.create({ limit: 20 * GIB });
    expect(heap.segments.length).toBe(6);
    expect(heap.limit).toBe(20 * GIB);
    const regions = Array.from({ length: 5 }, () => heap.allocate(3.9 * GIB));
    expect(new Set(regions.map(({ segment }) => segment)).size).toBe(5);
    expect(heap.used).toBeGreaterThan(19 * GIB);
    expect(() => heap.allocate(GIB)).toThrow(expect.objectContaining({ code: "OUT_OF_MEMORY" }));
    for (const region of regions) heap.free(region);
    expect(heap.used).toBe(0);
    expect(resident() - before).toBeLessThan(64 << 20);
    heap.close();
  });

  test("may be larger than 128 GiB", () => {
    const heap = SharedHeap.create({ limit: 200 * GIB });
    expect(heap.limit).toBe(200 * GIB);
    const region = heap.allocate(100);
    expect(heap.used).toBe(128);
    heap.free(region);
    heap.close();
  });

  test("never hands out a segment's last bytes, whose end no 32-bit pointer can be", () => {
    const heap = SharedHeap.create({ limit: 8 * GIB });
    const region = heap.allocate(4 * GIB - 3 * UNIT);
    expect(region.ptr + region.bytes).toBe(4 * GIB - UNIT);
    expect(() => heap.allocate(1, region.segment)).toThrow(
      expect.objectContaining({ code: "OUT_OF_MEMORY" }),
    );
    heap.free(region);
    heap.close();
  });

  test("gives new arenas a segment that has room to grow", () => {
    const heap = SharedHeap.create({ limit: 8 * GIB });
    const first = heap.arena();
    first.allocate(1000);
    expect(first.segment.id).toBe(0);
    // A large cached dataset leaves little room in the first segment, but some.
    const cached = heap.allocate(3.9 * GIB, first.segment.id);
    const second = heap.arena();
    second.allocate(1000);
    expect(second.segment.id).toBe(1);
    second.allocate(2 * GIB);
    first.release();
    second.release();
    heap.free(cached);
    expect(heap.used).toBe(0);
    heap.close();
  });
});
