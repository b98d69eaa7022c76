/** The register of map outputs: whoever reads, loses, drops and evicts them in whatever order, memory and files are freed once, and not before. */
import fc from "fast-check";
import { expect, it } from "vitest";
import type { MovedOutput, OutputMove } from "../../src/executor/moves.ts";
import { SharedHeap } from "../../src/memory/shared-heap.ts";
import type { ShuffleDependency, ShuffleId } from "../../src/plan/node.ts";
import { EventBus } from "../../src/scheduler/events.ts";
import { ShuffleRegistry, type ShuffleState } from "../../src/scheduler/shuffle-registry.ts";
import type { MapOutput } from "../../src/shuffle/map-output.ts";
import type { Candidate } from "../../src/storage/evictable.ts";
import type { SpillDirectory } from "../../src/storage/spill-directory.ts";

const RUNS = Number(process.env["GNISTA_TEST_RUNS"] ?? 100);
const SHUFFLES = 2;
const PARTITIONS = 3;

const step = fc.record({
  do: fc.constantFrom(
    "put",
    "put",
    "acquire",
    "release",
    "lose",
    "drop",
    "evict",
    "evict",
    "end",
    "end",
    "retry",
  ),
  shuffle: fc.nat({ max: SHUFFLES - 1 }),
  partition: fc.nat({ max: PARTITIONS - 1 }),
  which: fc.nat(),
  ending: fc.constantFrom("moved", "moved", "notMoved", "stayed"),
});

it("frees what nobody reads or writes, once", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const heap = SharedHeap.create({ limit: 1 << 20 });
      const files = new Set<string>();
      let nextFile = 0;
      const newFile = (): string => {
        const name = `f${nextFile++}`;
        files.add(name);
        return name;
      };
      const spills = {
        free: async (names: readonly string[]) => {
          for (const name of names) files.delete(name);
        },
      } as unknown as SpillDirectory;
      const events = new EventBus();
      const evicted: number[] = [];
      events.subscribe((event) => void (event.type === "mapOutputEvicted" && evicted.push(event.bytes)));
      const registry = new ShuffleRegistry(heap, spills, { events, added() {} });
      const dependencies = Array.from(
        { length: SHUFFLES },
        (_, id) =>
          ({ id: id as ShuffleId, node: { numPartitions: PARTITIONS } }) as unknown as ShuffleDependency,
      );
      const read: { readonly state: ShuffleState; readonly outputs: readonly (MapOutput | null)[] }[] = [];
      const moving: {
        readonly candidate: Candidate<OutputMove, MovedOutput>;
        readonly move: OutputMove;
      }[] = [];
      /** What is read or being written is there, and nobody else has it: its mark is in it. */
      const check = ({ regions, files: names, rows }: MapOutput): void => {
        for (const { segment, ptr } of regions) expect(heap.segment(segment).u32[ptr / 4]).toBe(rows);
        for (const name of names) expect(files.has(name)).toBe(true);
      };
      let mark = 1;
      const make = (): MapOutput => {
        const region = heap.allocate(1024);
        heap.segment(region.segment).u32[region.ptr / 4] = mark;
        const own = mark % 3 === 0 ? [newFile()] : [];
        return {
          pieces: [],
          regions: [region],
          files: own,
          rows: mark++,
          bytes: 1,
          sizes: new Float64Array(1),
        };
      };
      for (const what of steps) {
        const dependency = dependencies[what.shuffle];
        switch (what.do) {
          case "put":
            registry.put(registry.state(dependency), what.partition, make());
            break;
          case "acquire": {
            const state = registry.state(dependency);
            registry.acquire(state);
            read.push({ state, outputs: state.outputs.slice() });
            break;
          }
          case "release":
            if (read.length > 0) registry.release(read.splice(what.which % read.length, 1)[0].state);
            break;
          case "lose":
            registry.lose(dependency.id, what.partition);
            break;
          case "drop":
            registry.drop(dependency.id);
            break;
          case "evict": {
            const candidates = [...registry.candidates()].sort((a, b) => a.lastUse - b.lastUse);
            for (const { regions } of candidates)
              expect(read.some(({ outputs }) => outputs.some((o) => o?.regions === regions))).toBe(false);
            const [candidate] = candidates;
            const move = candidate?.evict();
            if (move !== undefined && move !== null) moving.push({ candidate, move });
            break;
          }
          case "end": {
            if (moving.length === 0) break;
            const [{ candidate, move }] = moving.splice(what.which % moving.length, 1);
            check(move.output);
            if (what.ending === "stayed") candidate.stayed();
            else if (what.ending === "notMoved") candidate.moved({ kind: "notMoved", reason: "full" });
            else {
              const onDisk = { ...move.output, regions: [], files: [...move.output.files, newFile()] };
              candidate.moved({ kind: "output", output: onDisk });
            }
            break;
          }
          case "retry":
            registry.retry();
            break;
        }
        for (const { outputs } of read) for (const output of outputs) if (output !== null) check(output);
        for (const { move } of moving) check(move.output);
      }
      expect(new Set(evicted).size).toBeLessThanOrEqual(1);
      for (const { state } of read) registry.release(state);
      registry.clear();
      expect([heap.used, [...files]]).toEqual([0, []]);
    }),
    { numRuns: RUNS * 5 },
  );
});
