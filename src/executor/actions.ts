/** The end of a result stage: what an action makes of the partition's chunks. */
import { writeArrow } from "../arrow/write-table.ts";
import { cannotBeCopied } from "../column/cannot-be-copied.ts";
import { type Chunk, decode, isRows } from "../column/chunk.ts";
import type { Column } from "../column/column.ts";
import { hasNulls } from "../column/nulls.ts";
import { sliceColumn } from "../column/slice.ts";
import { GnistaError } from "../errors.ts";
import { rowInput } from "../expr/row-input.ts";
import { compileRowLoop, type Folded, type RowEnd } from "../expr/row-loop.ts";
import { writePart } from "../io/output-committer.ts";
import type { Action, Reduced, TaskValue } from "../plan/action.ts";
import { toColumns } from "../shuffle/pairs.ts";
import { Keeper } from "../storage/keeper.ts";
import { evaluate } from "./evaluate.ts";
import { rowsOf } from "./rows-of.ts";
import { sampleKeys } from "./sample-keys.ts";
import { runInBatches, StepChain } from "./step-chain.ts";
import { StepPlans } from "./step-plans.ts";
import { toBlock } from "./store.ts";
import type { ArenaSlot, TaskRuntime } from "./task-runtime.ts";
import { writeCheckpoint } from "./write-checkpoint.ts";

export function runAction(task: TaskRuntime, action: Action, callSite: string): TaskValue {
  const { spec } = task.stage;
  switch (action.kind) {
    case "collect": {
      const keeper = task.track(new Keeper(task.heap));
      return { kind: "block", block: toBlock(evaluate(task, spec.root, task.partition, keeper), keeper) };
    }
    case "take": {
      task.lazy = true;
      const keeper = task.track(new Keeper(task.heap));
      return {
        kind: "block",
        block: toBlock(
          limited(task, evaluate(task, spec.root, task.partition, keeper), action.limit, keeper),
          keeper,
        ),
      };
    }
    case "count": {
      return { kind: "value", value: count(task) };
    }
    case "sampleKeys": {
      const chunks = evaluate(task, spec.root, task.partition, null);
      const seed = action.seed ^ (task.partition << 16);
      return { kind: "value", value: sampleKeys(task, chunks, action.wanted, seed) };
    }
    case "sum":
      return { kind: "value", value: sum(task) };
    case "reduce":
      return { kind: "value", value: copyable(reduce(task, action, callSite)) };
    case "aggregate":
      return { kind: "value", value: copyable(aggregate(task, action, callSite)) };
    case "saveArrow": {
      const keeper = task.track(new Keeper(task.heap));
      const chunks = [...toColumns(evaluate(task, spec.root, task.partition, keeper), keeper)];
      const name = writeArrow(task.heap, chunks, "file", (pieces) =>
        writePart(action.work, task.partition, ".arrow", pieces),
      );
      return { kind: "value", value: name };
    }
    case "checkpoint":
      return { kind: "value", value: writeCheckpoint(task, action) };
    case "call": {
      let value: unknown;
      try {
        value = task.fn(action.fn)(
          task.partition,
          rowsOf(task, evaluate(task, spec.root, task.partition, null)),
        );
      } catch (error) {
        throw task.userError(error, callSite);
      }
      return { kind: "value", value: copyable(value) };
    }
  }
}

/** What goes to the driver as a message. */
export function copyable<T>(value: T): T {
  const obstacle = cannotBeCopied(value);
  if (obstacle === null) return value;
  throw new GnistaError(
    "TASK_NOT_SERIALIZABLE",
    `the result of a task cannot be sent to the driver, because it holds what cannot be copied: ${obstacle}; return plain data`,
  );
}

function* limited(
  task: TaskRuntime,
  chunks: Iterable<Chunk>,
  limit: number,
  keeper: Keeper,
): Generator<Chunk> {
  let left = limit;
  if (left <= 0) return;
  for (const chunk of chunks) {
    if (chunk.length < left) {
      left -= chunk.length;
      yield chunk;
      continue;
    }
    yield isRows(chunk)
      ? chunk.slice(0, left)
      : sliceColumn(task.heap, chunk, 0, left, keeper.arena(chunk.segment));
    return;
  }
}

/** The chunks before the last chain of steps, with that chain and the reductions of its rows that can be fused with it. */
function fusable(task: TaskRuntime): {
  readonly chain: StepChain | null;
  readonly reductions: Pick<StepPlans, "reducer">;
  readonly chunks: Iterable<Chunk>;
} {
  const { spec } = task.stage;
  const root = spec.nodes[spec.root];
  const chain = root.level !== null || root.stored.size > 0 ? null : StepChain.at(task.stage, spec.root);
  return {
    chain,
    reductions: chain ?? new StepPlans([], task.stage),
    chunks: evaluate(task, chain === null ? spec.root : chain.input, task.partition, null),
  };
}

function count(task: TaskRuntime): number {
  const { chain, chunks } = fusable(task);
  const slot = task.slot(null);
  const folded: Folded = { rows: 0, value: 0 };
  for (const chunk of chunks) {
    task.checkCancelled();
    const reducer = chain === null || isRows(chunk) ? null : chain.reducer(chunk, "count");
    if (reducer !== null) folded.rows += reducer.run(task.compute, chunk as Column).rows;
    else if (chain === null) folded.rows += chunk.length;
    else chain.fold(task, chunk, { kind: "count" }, folded, slot, "");
  }
  return folded.rows;
}

function sum(task: TaskRuntime): number {
  const { chain, reductions, chunks } = fusable(task);
  const slot = task.slot(null);
  const folded = { rows: 0, value: 0 };
  for (const chunk of chunks) {
    task.checkCancelled();
    const reducer = isRows(chunk) ? null : reductions.reducer(chunk, "sum");
    if (reducer !== null) {
      const { rows, value } = reducer.run(task.compute, chunk as Column);
      if (rows > 0) folded.value += value;
    } else if (chain !== null) chain.fold(task, chunk, { kind: "sum" }, folded, slot, "");
    else for (const rows of decode(task.heap, chunk)) for (const row of rows) folded.value += Number(row);
  }
  return folded.value;
}

function reduce(task: TaskRuntime, action: Action & { readonly kind: "reduce" }, callSite: string): Reduced {
  const { chain, reductions, chunks } = fusable(task);
  const slot = task.slot(null);
  const kind =
    action.combine === "sum" || action.combine === "min" || action.combine === "max" ? action.combine : null;
  const fn = task.fn(action.fn);
  const folded: Folded = { rows: 0, value: undefined };
  const merge = (next: unknown): void => {
    folded.value = folded.rows++ === 0 ? next : fn(folded.value, next);
  };
  for (const chunk of chunks) {
    task.checkCancelled();
    const reducer = kind === null || isRows(chunk) ? null : reductions.reducer(chunk, kind);
    if (reducer !== null) {
      const part = reducer.run(task.compute, chunk as Column);
      if (part.rows > 0) merge(part.value);
    } else fold(task, chain, chunk, { kind: "reduce", fn }, folded, slot, callSite);
  }
  return folded.rows === 0 ? { rows: 0 } : { rows: folded.rows, value: folded.value };
}

function aggregate(
  task: TaskRuntime,
  action: Action & { readonly kind: "aggregate" },
  callSite: string,
): unknown {
  const { chain, chunks } = fusable(task);
  const slot = task.slot(null);
  const end: RowEnd = { kind: "reduce", fn: task.fn(action.seqOp) };
  // The zero value counts as a row before the first, so that all others are merged into it.
  const folded: Folded = { rows: 1, value: task.fn(action.zero)() };
  for (const chunk of chunks) {
    task.checkCancelled();
    fold(task, chain, chunk, end, folded, slot, callSite);
  }
  return folded.value;
}

/** Row by row, through the chain's functions if there is one. */
function fold(
  task: TaskRuntime,
  chain: StepChain | null,
  chunk: Chunk,
  end: RowEnd,
  into: Folded,
  slot: ArenaSlot,
  callSite: string,
): void {
  if (chain !== null) {
    chain.fold(task, chunk, end, into, slot, callSite);
    return;
  }
  const input = isRows(chunk) ? undefined : rowInput(chunk.type, hasNulls(chunk));
  try {
    runInBatches(task, compileRowLoop([], input, end), chunk, into);
  } catch (error) {
    throw task.userError(error, callSite);
  }
}
