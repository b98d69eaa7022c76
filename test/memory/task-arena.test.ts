import fc from "fast-check";
import { expect, test } from "vitest";
import { SharedHeap } from "../../src/memory/shared-heap.ts";

const RUNS = Number(process.env["GNISTA_TEST_RUNS"] ?? 100);

test("an arena's pieces do not overlap, stay as they are, and go together", () => {
  const heap = SharedHeap.create({ limit: 64 << 20 });
  const size = fc.oneof(
    fc.integer({ min: 0, max: 200 }),
    fc.integer({ min: 0, max: 40_000 }),
    fc.integer({ min: 0, max: 500_000 }),
  );
  const step = fc.record({
    size,
    back: fc.boolean(),
    shrink: fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { freq: 2 }),
  });
  fc.assert(
    fc.property(
      fc.array(fc.array(step, { maxLength: 15 }), { maxLength: 3 }),
      fc.boolean(),
      (lives, detach) => {
        const arena = heap.arena();
        for (const steps of lives) {
          const pieces: { ptr: number; bytes: number; readonly mark: number }[] = [];
          steps.forEach(({ size: bytes, shrink, back }, i) => {
            const ptr = arena.allocate(bytes);
            expect(ptr % 64).toBe(0);
            expect(ptr).toBeGreaterThan(0);
            let kept = Math.max(bytes, 1);
            if (shrink !== null) {
              kept = Math.max(1, Math.floor(bytes * shrink));
              arena.shrinkLast(ptr, kept);
            }
            if (back) {
              const before = arena.bytes;
              arena.giveBack(ptr, bytes);
              if (arena.bytes < before) return;
            }
            for (const other of pieces)
              expect(ptr >= other.ptr + other.bytes || other.ptr >= ptr + kept).toBe(true);
            arena.segment.u8.fill(i + 1, ptr, ptr + kept);
            pieces.push({ ptr, bytes: kept, mark: i + 1 });
          });
          for (const { ptr, bytes, mark } of pieces)
            expect(arena.segment.u8.subarray(ptr, ptr + bytes).every((byte) => byte === mark)).toBe(true);
          expect(arena.bytes).toBe(heap.used);
          if (detach) {
            const regions = arena.detach();
            for (const { ptr, bytes } of pieces)
              expect(
                regions.some((region) => ptr >= region.ptr && ptr + bytes <= region.ptr + region.bytes),
              ).toBe(true);
            expect(arena.bytes).toBe(0);
            for (const region of regions) heap.free(region);
          } else arena.release();
          expect(heap.used).toBe(0);
        }
      },
    ),
    { numRuns: RUNS },
  );
});

test("what is large is given back alone, what is small with the arena", () => {
  const heap = SharedHeap.create({ limit: 64 << 20 });
  const arena = heap.arena();
  const small = arena.allocate(1000);
  const large = arena.allocate(1 << 20);
  const other = arena.allocate(1 << 20);
  const held = heap.used;
  arena.giveBack(small, 1000);
  expect(heap.used).toBe(held);
  arena.giveBack(large, 1 << 20);
  expect([heap.used, arena.bytes]).toEqual([held - (1 << 20), held - (1 << 20)]);
  expect([arena.owns(small), arena.owns(large), arena.owns(other)]).toEqual([true, false, true]);
  arena.release();
  expect(heap.used).toBe(0);
});

test("an arena over the budget says so, and can be released", () => {
  const heap = SharedHeap.create({ limit: 1 << 20 });
  const arena = heap.arena();
  arena.allocate(1000);
  expect(() => arena.allocate(1 << 20)).toThrow(expect.objectContaining({ code: "OUT_OF_MEMORY" }));
  arena.allocate(1000);
  arena.release();
  expect(heap.used).toBe(0);
  expect(arena.allocate(1 << 19)).toBeGreaterThan(0);
  arena.release();
  expect(heap.used).toBe(0);
});
