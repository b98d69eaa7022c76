/** The readers of source nodes: what a task makes of one split of a file. */
import { statSync } from "node:fs";
import type { Chunk } from "../column/chunk.ts";
import type { Column } from "../column/column.ts";
import { columnBytes } from "../column/concat.ts";
import { type ArrowSplit, readArrowSplit } from "../io/arrow-file.ts";
import type { ByteSplit } from "../io/byte-splits.ts";
import { readObjects } from "../io/object-file.ts";
import { readLines } from "../io/read-text.ts";
import { type RecordSplit, readRecords } from "../io/records.ts";
import { readSequence, type SequenceSplit } from "../io/sequence/read-sequence.ts";
import type { TextSplit } from "../io/text-splits.ts";
import { readWhole, readWholeText } from "../io/whole-files.ts";
import type { SourceReader } from "../plan/node.ts";
import { readCheckpoint } from "../storage/checkpoint-file.ts";
import { Keeper } from "../storage/keeper.ts";
import type { TaskRuntime } from "./task-runtime.ts";

/** Columns are kept by `keeper`, or else freed when the next is asked for. */
export function* readSource(
  task: TaskRuntime,
  reader: string,
  split: unknown,
  keeper: Keeper | null,
): Generator<Chunk> {
  for (const chunk of chunksOf(task, reader as SourceReader, split, keeper)) {
    task.checkCancelled();
    task.metrics.rowsRead += chunk.length;
    if (!Array.isArray(chunk)) task.metrics.bytesRead += columnBytes(task.heap, chunk as Column);
    if (chunk.length > 0) yield chunk;
  }
}

function* chunksOf(
  task: TaskRuntime,
  reader: SourceReader,
  split: unknown,
  keeper: Keeper | null,
): Generator<Chunk> {
  const slot = task.slot(keeper);
  switch (reader) {
    case "text":
      yield* readLines(task.compute, split as TextSplit, () => slot.next());
      return;
    case "wholeText":
      for (const path of split as readonly string[]) {
        const text = readWholeText(path);
        task.metrics.bytesRead += statSync(path).size;
        yield [[path, text]];
      }
      return;
    case "binaryFile":
      for (const path of split as readonly string[]) {
        const bytes = readWhole(path, "none");
        task.metrics.bytesRead += bytes.length;
        yield [[path, bytes]];
      }
      return;
    case "records":
      for (const records of readRecords(split as RecordSplit)) {
        for (const record of records) task.metrics.bytesRead += record.length;
        yield records;
      }
      return;
    case "object":
      yield* readObjects(measured(task, split as ByteSplit));
      return;
    case "sequence":
      yield* readSequence(measured(task, split as SequenceSplit));
      return;
    case "arrow":
      yield* readArrowSplit(task.compute, split as ArrowSplit, {
        batch: () => slot.next(),
        // Not in the slot, whose next chunk takes the place of the one before.
        dictionary: () => keeper?.sharedArena() ?? task.slot(null).next(),
        lasting: false,
      });
      return;
    case "checkpoint":
      yield* readCheckpoint(
        task.compute,
        split as string,
        () => slot.next(),
        (segment) => (keeper ?? task.track(new Keeper(task.heap))).sharedArena(segment),
      );
  }
}

function measured<S extends ByteSplit>(task: TaskRuntime, split: S): S {
  task.metrics.bytesRead += split.end - split.start;
  return split;
}
