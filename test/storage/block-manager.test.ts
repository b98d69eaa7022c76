import fc from "fast-check";
import { expect, test } from "vitest";
import type { Block } from "../../src/column/block.ts";
import { SharedHeap } from "../../src/memory/shared-heap.ts";
import type { NodeId } from "../../src/plan/node.ts";
import { BlockManager } from "../../src/storage/block-manager.ts";

const RUNS = Number(process.env["GNISTA_TEST_RUNS"] ?? 100);
const UNIT = 1024;
const LIMIT = 10 * UNIT;

interface Kept {
  readonly node: number;
  readonly partition: number;
  readonly block: Block;
  pins: number;
  lastUse: number;
}

const steps = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constant("register" as const),
        node: fc.nat({ max: 3 }),
        partition: fc.nat({ max: 5 }),
        units: fc.integer({ min: 1, max: 11 }),
      }),
    },
    { weight: 2, arbitrary: fc.record({ do: fc.constant("pin" as const), node: fc.nat({ max: 3 }) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant("unpin" as const), which: fc.nat() }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("unpersist" as const), node: fc.nat({ max: 3 }) }) },
    { weight: 1, arbitrary: fc.constant({ do: "evictAll" as const }) },
  ),
  { maxLength: 60 },
);

test("blocks go least recently used first, never for their own dataset, never under a reader, and free their memory", () => {
  fc.assert(
    fc.property(steps, (all) => {
      const heap = SharedHeap.create({ limit: 1 << 20 });
      const dropped: string[] = [];
      const manager = new BlockManager(heap, LIMIT, (node, partition, _, reason) =>
        dropped.push(`${node} ${partition} ${reason}`),
      );
      let kept: Kept[] = [];
      let doomed: Kept[] = [];
      const pinned: {
        readonly node: NodeId;
        readonly blocks: ReadonlyMap<number, Block>;
        readonly model: readonly Kept[];
      }[] = [];
      let clock = 0;
      const sizeOf = (blocks: readonly Kept[]): number =>
        blocks.reduce((sum, { block }) => sum + block.bytes, 0);
      const drop = (gone: readonly Kept[]): void => {
        kept = kept.filter((entry) => !gone.includes(entry));
        doomed.push(...gone.filter(({ pins }) => pins > 0));
      };
      for (const step of all) {
        const expected: string[] = [];
        dropped.length = 0;
        switch (step.do) {
          case "register": {
            const region = heap.allocate(step.units * UNIT);
            heap.segment(region.segment).u8[region.ptr] = step.units;
            const block: Block = { chunks: [], rows: step.units, bytes: region.bytes, regions: [region] };
            const candidates = kept
              .filter(({ node, pins }) => node !== step.node && pins === 0)
              .sort((a, b) => a.lastUse - b.lastUse);
            const known = kept.some(
              ({ node, partition }) => node === step.node && partition === step.partition,
            );
            const fits = !known && sizeOf(kept) - sizeOf(candidates) + block.bytes <= LIMIT;
            if (fits) {
              const gone: Kept[] = [];
              while (sizeOf(kept) - sizeOf(gone) + block.bytes > LIMIT) gone.push(candidates[gone.length]);
              expected.push(...gone.map(({ node, partition }) => `${node} ${partition} evicted`));
              drop(gone);
              kept.push({ node: step.node, partition: step.partition, block, pins: 0, lastUse: clock++ });
            }
            expect(manager.register(step.node as NodeId, step.partition, block)).toBe(fits);
            break;
          }
          case "pin": {
            const blocks = manager.pin(step.node as NodeId);
            const model = kept.filter(({ node }) => node === step.node);
            expect([...blocks.keys()]).toEqual(model.map(({ partition }) => partition));
            for (const entry of model) {
              entry.pins++;
              entry.lastUse = clock++;
            }
            pinned.push({ node: step.node as NodeId, blocks, model });
            break;
          }
          case "unpin": {
            if (pinned.length === 0) break;
            const [{ node, blocks, model }] = pinned.splice(step.which % pinned.length, 1);
            for (const { regions, rows } of blocks.values())
              expect(heap.segment(regions[0].segment).u8[regions[0].ptr]).toBe(rows);
            manager.unpin(node, blocks);
            for (const entry of model) entry.pins--;
            doomed = doomed.filter(({ pins }) => pins > 0);
            break;
          }
          case "unpersist": {
            const gone = kept.filter(({ node }) => node === step.node);
            expected.push(...gone.map(({ partition }) => `${step.node} ${partition} unpersisted`));
            drop(gone);
            manager.unpersist(step.node as NodeId);
            break;
          }
          case "evictAll": {
            const gone = kept.filter(({ pins }) => pins === 0);
            expected.push(...gone.map(({ node, partition }) => `${node} ${partition} evicted`));
            drop(gone);
            manager.evictAll();
            break;
          }
        }
        expect(dropped.toSorted()).toEqual(expected.toSorted());
        if (step.do === "register") expect(dropped).toEqual(expected);
        expect(manager.bytes).toBe(sizeOf(kept));
        expect(heap.used).toBe(sizeOf(kept) + sizeOf(doomed));
        for (let node = 0; node < 4; node++)
          expect(manager.usage(node as NodeId)).toEqual({
            partitions: kept.filter((k) => k.node === node).length,
            bytes: sizeOf(kept.filter((k) => k.node === node)),
          });
      }
      manager.clear();
      expect(heap.used).toBe(0);
    }),
    { numRuns: RUNS },
  );
});
