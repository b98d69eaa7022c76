import fc from "fast-check";
import { expect, test } from "vitest";
import { SharedHeap } from "../../src/memory/shared-heap.ts";
import type { NodeId } from "../../src/plan/node.ts";
import { StorageLevel } from "../../src/plan/storage-level.ts";
import { BlockManager, type CopyMove } from "../../src/storage/block-manager.ts";
import type { StoredCopy } from "../../src/storage/stored-copy.ts";

const RUNS = Number(process.env["GNISTA_TEST_RUNS"] ?? 100);
const UNIT = 1024;

const LEVELS = [
  StorageLevel.MEMORY_ONLY,
  StorageLevel.MEMORY_AND_DISK,
  StorageLevel.MEMORY_ONLY_2,
  StorageLevel.DISK_ONLY_2,
];

const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("register" as const),
      node: fc.nat({ max: 3 }),
      partition: fc.nat({ max: 4 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("persist" as const), node: fc.nat({ max: 3 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("pin" as const), node: fc.nat({ max: 3 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("unpin" as const), which: fc.nat() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("evict" as const), ending: fc.nat({ max: 2 }) }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("answer" as const), which: fc.nat(), fails: fc.boolean() }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("lose" as const),
      node: fc.nat({ max: 3 }),
      partition: fc.nat({ max: 4 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("unpersist" as const), node: fc.nat({ max: 3 }) }) },
);

test("whatever happens to copies, they are there while somebody reads them, and then gone without a trace", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const heap = SharedHeap.create({ limit: 1 << 20 });
      const files = new Set<string>();
      const asked: { readonly move: CopyMove; readonly answer: (copy: StoredCopy | null) => void }[] = [];
      const events: string[] = [];
      let made = 0;
      const copyOf = (kind: StoredCopy["kind"], rows: number): StoredCopy => {
        if (kind === "disk") {
          const file = `f${made++}`;
          files.add(file);
          return { kind, file, frames: [], rows, bytes: UNIT };
        }
        const region = heap.allocate(UNIT);
        heap.segment(region.segment).u8[region.ptr] = rows;
        return { kind: "columns", chunks: [], rows, bytes: region.bytes, regions: [region] };
      };
      const check = (copy: StoredCopy): void => {
        if (copy.kind === "disk") expect(files.has(copy.file)).toBe(true);
        else if (copy.kind === "columns")
          expect(heap.segment(copy.regions[0].segment).u8[copy.regions[0].ptr]).toBe(copy.rows);
      };
      const manager = new BlockManager(
        {
          heap,
          removeFiles: async (names) => {
            for (const name of names) expect(files.delete(name)).toBe(true);
          },
          copy: (move) => new Promise((answer) => asked.push({ move, answer })),
        },
        {
          stored: (node, partition, _, copy) => events.push(`+ ${node} ${partition} ${copy.kind}`),
          dropped: (node, partition, _, copy) => events.push(`- ${node} ${partition} ${copy.kind}`),
        },
      );
      const kept = new Set<number>();
      const pinned: ReturnType<BlockManager["pin"]>[] = [];
      const levelOf = (node: number): StorageLevel => LEVELS[node];
      let rows = 1;
      for (const what of steps) {
        switch (what.do) {
          case "persist":
            manager.persist(what.node as NodeId, levelOf(what.node));
            kept.add(what.node);
            break;
          case "register": {
            const level = levelOf(what.node);
            const copy = copyOf(level.useMemory ? "columns" : "disk", (rows = (rows % 250) + 1));
            const known = [...manager.pin(what.node as NodeId)].map(([partition, copies]) => {
              manager.unpin(new Map([[partition, copies]]));
              return partition;
            });
            expect(manager.register(what.node as NodeId, what.partition, level, copy, 0)).toBe(
              kept.has(what.node) && !known.includes(what.partition),
            );
            break;
          }
          case "pin":
            pinned.push(manager.pin(what.node as NodeId));
            break;
          case "unpin":
            if (pinned.length > 0) manager.unpin(pinned.splice(what.which % pinned.length, 1)[0]);
            break;
          case "evict": {
            const [candidate] = [...manager.candidates()].sort((a, b) => a.lastUse - b.lastUse);
            const move = candidate?.evict();
            if (move === undefined || move === null) break;
            check(move.from);
            expect([...manager.candidates()].some(({ regions }) => regions === candidate.regions)).toBe(
              false,
            );
            if (what.ending === 0) candidate.stayed();
            else
              candidate.moved(
                what.ending === 1 ? { kind: "notMoved", reason: "full" } : copyOf(move.to, move.from.rows),
              );
            break;
          }
          case "answer": {
            if (asked.length === 0) break;
            const [{ move, answer }] = asked.splice(what.which % asked.length, 1);
            check(move.from);
            answer(what.fails ? null : copyOf(move.to, move.from.rows));
            await new Promise((resolve) => setImmediate(resolve));
            break;
          }
          case "lose":
            manager.lose(what.node as NodeId, what.partition);
            break;
          case "unpersist":
            void manager.unpersist(what.node as NodeId);
            kept.delete(what.node);
            break;
        }
        for (const copies of pinned) for (const some of copies.values()) for (const copy of some) check(copy);
        const there = events.reduce((sum, event) => sum + (event.startsWith("+") ? 1 : -1), 0);
        const usage = [0, 1, 2, 3].map((node) => manager.usage(node as NodeId));
        expect(usage.reduce((sum, { memory, disk }) => sum + memory + disk, 0)).toBe(there * UNIT);
        expect(manager.storageBytes).toBe(usage.reduce((sum, { memory }) => sum + memory, 0));
      }
      for (const copies of pinned) manager.unpin(copies);
      for (const { answer } of asked) answer(null);
      await manager.settled();
      manager.clear();
      expect(heap.used).toBe(0);
      expect([...files]).toEqual([]);
    }),
    { numRuns: RUNS },
  );
});
