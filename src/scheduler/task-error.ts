/** From what a failed task reported to the error that its job fails with: it names the operation, the partition and the user's own line. */
import { withFileNames } from "../closure/script-files.ts";
import { GnistaError } from "../errors.ts";
import type { FailedTask, StageSpec } from "../executor/protocol.ts";
import { ROOT } from "../location.ts";

/** Failures that another attempt cannot cure. */
const FINAL: ReadonlySet<string> = new Set([
  "TASK_NOT_SERIALIZABLE",
  "INVALID_ARGUMENT",
  "UNSUPPORTED_OPERATION",
  "CORRUPT_INPUT",
  "INPUT_NOT_FOUND",
  "CHECKPOINT_LOST",
  "OUTPUT_EXISTS",
  "MISSING_PACKAGE",
]);

export function isFinal({ code }: FailedTask): boolean {
  return code !== null && FINAL.has(code);
}

export function lostWorker(worker: number, reason: string, partition: number): FailedTask {
  return {
    name: "WorkerLostError",
    message: `worker ${worker} died while running the task: ${reason}`,
    stack: "",
    code: "WORKER_LOST",
    place: { partition },
    thrown: undefined,
  };
}

export function taskError(
  spec: StageSpec,
  partition: number,
  failures: number,
  error: FailedTask,
): GnistaError {
  const stack = withFileNames(error.stack);
  const cause = causeOf(error, stack);
  const operation = error.place.operation ?? spec.nodes[spec.root].callSite;
  const source = sourceOf(stack);
  const place = { ...error.place, ...(source === null ? {} : { source }), operation, partition };
  if (isFinal(error))
    return new GnistaError(
      error.code as "INVALID_ARGUMENT",
      `${error.message} (in ${operation}, partition ${partition})`,
      place,
      cause,
    );
  const where = source === null ? "" : `, thrown at ${source}`;
  const times = failures === 1 ? "" : ` ${failures} times`;
  const what =
    error.name === null
      ? `${error.message} was thrown, which is no Error and does not say where; throw an Error to see the line`
      : `${error.name}: ${error.message}${where}`;
  return new GnistaError(
    "JOB_FAILED",
    `the task for partition ${partition} of ${operation} failed${times}: ${what}`,
    place,
    cause,
  );
}

/** No worker may run the task; `last` is why, unless that was before this stage. */
export function excludedEverywhere(
  spec: StageSpec,
  partition: number,
  last: GnistaError | null,
): GnistaError {
  const operation = spec.nodes[spec.root].callSite;
  const why = last === null ? "after failures in earlier stages" : `the last failure was: ${last.message}`;
  return new GnistaError(
    "JOB_FAILED",
    `the task for partition ${partition} of ${operation} cannot run anywhere: all workers are excluded from it (settings spark.excludeOnFailure.*), ${why}`,
    { ...last?.place, operation, partition },
    last ?? undefined,
  );
}

/** What was thrown, as far as it could travel. */
function causeOf({ name, message, code, place, thrown }: FailedTask, stack: string): unknown {
  if (name === null && thrown !== undefined) return thrown;
  const copied = thrown instanceof Error ? thrown : new Error(message);
  const cause = code === null ? copied : new GnistaError(code, message, place, copied.cause);
  if (name !== null && thrown !== cause) cause.name = name;
  cause.stack = stack === "" ? `${name ?? "Error"}: ${message}` : stack;
  return cause;
}

const HERE = ROOT.pathname;
/** All of gnista but its own programs. */
const isOurs = (frame: string): boolean => frame.includes(HERE) && !frame.includes(`${HERE}cli/`);

/** The first stack frame in the user's own code. */
function sourceOf(stack: string): string | null {
  for (const line of stack.split("\n")) {
    const match = /(?:\(|at )((?:file:\/\/)?\/[^()]+:\d+:\d+)\)?$/.exec(line.trim());
    if (match !== null && !match[1].includes("node:") && !isOurs(match[1]))
      return match[1].replace(/^file:\/\//, "");
  }
  return null;
}
