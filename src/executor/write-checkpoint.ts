/** Writing a partition as a file of a checkpoint, column by column, so that it takes no more memory than the largest column. */
import { passingDictionaries } from "../column/own-dictionaries.ts";
import { writePartBy } from "../io/output-committer.ts";
import type { Action } from "../plan/action.ts";
import { toColumns } from "../shuffle/pairs.ts";
import { CheckpointWriter } from "../storage/checkpoint-file.ts";
import { cutColumn } from "../storage/cut-column.ts";
import { Keeper } from "../storage/keeper.ts";
import { evaluate } from "./evaluate.ts";
import type { TaskRuntime } from "./task-runtime.ts";

/** Returns where the file is in the working directory. */
export function writeCheckpoint(
  task: TaskRuntime,
  { work, numPartitions, partitioner }: Action & { readonly kind: "checkpoint" },
): string {
  const { heap, compute, partition } = task;
  const keeper = task.track(new Keeper(heap));
  return writePartBy(work, partition, "", (file) => {
    const writer = new CheckpointWriter(compute, file);
    for (const column of toColumns(evaluate(task, task.stage.spec.root, partition, keeper), keeper)) {
      for (const chunk of cutColumn(heap, column, () => keeper.arena(column.segment))) {
        task.checkCancelled();
        writer.write(chunk);
      }
      if (passingDictionaries(column).some((dictionary) => keeper.frees(dictionary)))
        writer.forgetDictionaries();
      keeper.release();
    }
    // One file is enough to know it.
    writer.end({ numPartitions, partitioner: partition === 0 ? partitioner : null });
  });
}
