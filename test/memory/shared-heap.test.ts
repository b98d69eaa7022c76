import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Region } from "../../src/memory/heap.ts";
import type { SegmentId } from "../../src/memory/segment.ts";
import { SharedHeap } from "../../src/memory/shared-heap.ts";

const RUNS = Number(process.env["GNISTA_TEST_RUNS"] ?? 100);
const LIMIT = 1 << 20;

/** Every unit that a region covers, so that overlap shows. */
function disjoint(regions: readonly Region[]): boolean {
  const sorted = regions.toSorted((a, b) => a.segment - b.segment || a.ptr - b.ptr);
  return sorted.every(({ segment, ptr }, i) => {
    const before = sorted[i - 1];
    return i === 0 || before.segment !== segment || before.ptr + before.bytes <= ptr;
  });
}

type Step =
  | { readonly do: "allocate"; readonly thread: number; readonly bytes: number }
  | { readonly do: "free"; readonly thread: number; readonly which: number }
  | { readonly do: "take over"; readonly which: number }
  | { readonly do: "die"; readonly thread: number };

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constant("allocate" as const),
        thread: fc.nat({ max: 2 }),
        bytes: fc.integer({ min: 1, max: 90_000 }),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({ do: fc.constant("free" as const), thread: fc.nat({ max: 2 }), which: fc.nat() }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("take over" as const), which: fc.nat() }) },
    {
      weight: 1,
      arbitrary: fc.record({ do: fc.constant("die" as const), thread: fc.integer({ min: 1, max: 2 }) }),
    },
  ),
  { maxLength: 60 },
);

test("regions never overlap, are counted, and are all there again in the end, whoever frees them", () => {
  fc.assert(
    fc.property(steps, (all) => {
      const driver = SharedHeap.create({ limit: LIMIT });
      let nextOwner = 1;
      const open = (): { heap: SharedHeap; owner: number } => ({
        heap: SharedHeap.open(driver.share(nextOwner)),
        owner: nextOwner++,
      });
      const threads = [{ heap: driver, owner: 0 }, open(), open()];
      let held: { region: Region; owner: number }[] = [];
      for (const step of all) {
        if (step.do === "allocate") {
          const { heap, owner } = threads[step.thread];
          try {
            held.push({ region: heap.allocate(step.bytes), owner });
          } catch (error) {
            expect(error).toMatchObject({ code: "OUT_OF_MEMORY" });
          }
        } else if (step.do === "die") {
          const { owner } = threads[step.thread];
          driver.freeAllOf(owner);
          held = held.filter((h) => h.owner !== owner);
          threads[step.thread] = open();
        } else if (held.length > 0) {
          const at = step.which % held.length;
          if (step.do === "free") threads[step.thread].heap.free(held.splice(at, 1)[0].region);
          else {
            driver.takeOver([held[at].region]);
            held[at].owner = 0;
          }
        }
        expect(disjoint(held.map(({ region }) => region))).toBe(true);
        expect(driver.used).toBe(held.reduce((sum, { region }) => sum + region.bytes, 0));
        expect(driver.used).toBeLessThanOrEqual(LIMIT);
      }
      for (const { region } of held) driver.free(region);
      expect(driver.used).toBe(0);
      driver.free(driver.allocate(LIMIT));
    }),
    { numRuns: RUNS },
  );
});

test("what does not fit is refused, with what to do, and takes nothing", () => {
  const heap = SharedHeap.create({ limit: LIMIT });
  const half = heap.allocate(LIMIT / 2);
  expect(() => heap.allocate(LIMIT / 2 + 1)).toThrow(
    /do not fit: 524288 of 1048576 are in use; give the context more/,
  );
  expect(heap.used).toBe(LIMIT / 2);
  heap.free(half);
  expect(() => heap.free(half)).toThrow(/freed twice/);
  expect(heap.used).toBe(0);
});

test("threads that are ended in the middle of it leave no lock behind", async () => {
  const script = join(import.meta.dirname, "fixtures/ended-threads.ts");
  // A lock that stays would hold the whole process up.
  const { stdout } = await promisify(execFile)(process.execPath, [script, "10"], { timeout: 30_000 });
  expect(stdout).toBe("used 0\n");
});

test("a lock that a thread held which ended itself is broken when what it held is freed", async () => {
  const script = join(import.meta.dirname, "fixtures/ended-threads.ts");
  const { stdout } = await promisify(execFile)(process.execPath, [script, "20", "uncondemned"], {
    timeout: 30_000,
  });
  expect(stdout).toBe("used 0\n");
});

test("what has no place of its own leaves room in each segment for what is made of it", () => {
  const heap = SharedHeap.create({ limit: 7 * 2 ** 30 });
  const GiB = 2 ** 30;
  const placed = [heap.allocate(GiB), heap.allocate(GiB), heap.allocate(GiB)];
  expect(placed.map(({ segment }) => segment)).toEqual([0, 0, 1]);
  for (const segment of [0, 1] as SegmentId[]) {
    const before = heap.room(segment);
    placed.push(heap.allocate(GiB, segment));
    expect([placed.at(-1)!.segment, before - heap.room(segment)]).toEqual([segment, GiB]);
  }
  for (const region of placed) heap.free(region);
  expect(heap.allocate(1).segment).toBe(0);
  heap.close();
});
