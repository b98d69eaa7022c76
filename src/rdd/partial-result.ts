/** The result of an approximate job: what was known at the timeout, and what is known at the end. */
import { GnistaError } from "../errors.ts";
import type { Action } from "../plan/action.ts";
import { type ActionCall, plainValue } from "./action-call.ts";
import type { ApproximateEvaluator } from "./approximate-evaluator.ts";
import { indices } from "./derive.ts";
import type { RDDBase } from "./rdd-base.ts";

export interface PartialResult<R> {
  /** From the partitions that had finished at the timeout. */
  readonly initialValue: R;
  /** Whether those were all. */
  readonly isInitialValueFinal: boolean;
  /** From all partitions, once the job has ended. */
  getFinalValue(): Promise<R>;
}

/** Runs `action` over all partitions and evaluates what has come after `timeout` milliseconds; the job goes on. */
export async function approximately<U, R>(
  rdd: RDDBase,
  call: ActionCall,
  action: Action,
  evaluator: ApproximateEvaluator<U, R>,
  timeout: number,
  confidence = 0.95,
): Promise<PartialResult<R>> {
  if (!(timeout >= 0))
    throw new GnistaError(
      "INVALID_ARGUMENT",
      `${call.site.operation} needs a timeout >= 0 in milliseconds, got ${timeout}`,
    );
  if (!(confidence >= 0 && confidence <= 1))
    throw new GnistaError(
      "INVALID_ARGUMENT",
      `${call.site.operation} needs a confidence from 0 to 1, got ${confidence}`,
    );
  const job = call.start(rdd, action, indices(rdd.getNumPartitions()), (at, value) => {
    evaluator.merge(at, plainValue<U>(value));
    return value;
  });
  const ended = job.result.then(() => true);
  const timer = { id: undefined as NodeJS.Timeout | undefined };
  const late = new Promise<boolean>((resolve) => {
    timer.id = setTimeout(() => resolve(false), timeout);
  });
  const isInitialValueFinal = await Promise.race([ended, late]).finally(() => clearTimeout(timer.id));
  // A failure after the timeout is told to who asks for the final value.
  ended.catch(() => {});
  return {
    initialValue: evaluator.currentResult(),
    isInitialValueFinal,
    getFinalValue: () => ended.then(() => evaluator.currentResult()),
  };
}
