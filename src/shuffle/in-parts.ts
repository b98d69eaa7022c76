/**
 * Working on a partition that does not fit a task's share of memory: all sides are written by a hash of their keys into parts that do, a shuffle
 * within the task, and the work is done part by part, so that pairs with equal keys still meet. A part that is still too much is cut again,
 * unless all keys in it have one hash. Costs a write and a read of all rows.
 */
import type { Chunk } from "../column/chunk.ts";
import { Keeper } from "../storage/keeper.ts";
import { holdOutputs, type MapOutput, rowsOf } from "./map-output.ts";
import { readSlices } from "./read-slices.ts";
import type { ShuffleTask } from "./task.ts";
import { flow, type Gathered, gatherWithin, PARTS } from "./within-share.ts";
import { writeShuffle } from "./write.ts";

/** One input of the work, as far as it fits, and what holds its chunks. */
export interface Side {
  readonly gathered: Gathered;
  readonly keeper: Keeper;
}

export interface Work {
  /** What is done with the chunks of all sides, which stay readable until its last chunk was taken. */
  run(sides: readonly (readonly Chunk[])[]): Iterable<Chunk>;
  /** Given when chunks of the result are to outlive those that they were made of. */
  readonly keep: ((chunk: Chunk) => Chunk) | null;
}

/** `numPartitions` is that of the partition's own partitioner, as the hashes of its keys may have the remainder in common. */
export function* inParts(
  task: ShuffleTask,
  sides: readonly Side[],
  numPartitions: number,
  work: Work,
): Generator<Chunk> {
  if (fit(sides)) yield* work.run(sides.map(({ gathered }) => gathered.chunks));
  else
    yield* cut(
      task,
      sides,
      PARTS.filter((parts) => numPartitions % parts !== 0),
      work,
    );
}

function* cut(
  task: ShuffleTask,
  sides: readonly Side[],
  [parts, ...further]: readonly number[],
  work: Work,
): Generator<Chunk> {
  const outputs: MapOutput[] = [];
  const held = holdOutputs(task, outputs);
  try {
    const partitioner = { kind: "hash", numPartitions: parts } as const;
    for (const { gathered, keeper } of sides)
      outputs.push(writeShuffle(task, flow(gathered, keeper), keeper, { kind: "byKey" }, partitioner, null));
    const all = outputs.reduce((sum, { rows }) => sum + rows, 0);
    for (let part = 0; part < parts; part++) {
      const inner = outputs.map((output) => readPart(task, output, part));
      try {
        const rows = outputs.reduce((sum, output) => sum + rowsOf(output, part), 0);
        if (fit(inner) || rows === all || further.length === 0)
          for (const chunk of work.run(inner.map(({ gathered }) => wholly(gathered))))
            yield work.keep === null ? chunk : work.keep(chunk);
        else yield* cut(task, inner, further, work);
      } finally {
        for (const { keeper } of inner) keeper.end();
      }
    }
  } finally {
    held.end();
  }
}

function fit(sides: readonly Side[]): boolean {
  return sides.every(({ gathered }) => gathered.rest === null);
}

function readPart(task: ShuffleTask, output: MapOutput, part: number): Side {
  const keeper = task.track(new Keeper(task.heap));
  const nobody = { shuffleRowsRead: 0, shuffleBytesRead: 0 };
  const slices = readSlices(task, [output], part, keeper, nobody);
  return { gathered: gatherWithin(task.heap, slices, task.share), keeper };
}

function wholly({ chunks, rest }: Gathered): Chunk[] {
  return rest === null ? [...chunks] : [...chunks, ...{ [Symbol.iterator]: () => rest }];
}
