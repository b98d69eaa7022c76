/** How a context is made: its options, and what their strings mean. */
import { availableParallelism, totalmem } from "node:os";
import { GnistaError } from "../errors.ts";
import { BACKENDS, type Backend } from "../kernels/compute.ts";

export interface ContextOptions {
  readonly appName?: string;
  /** "local" runs on the driver's thread, "local[n]" on n workers, "local[*]" (the default) on one a core; "local[n, f]" tries a task f times. */
  readonly master?: string;
  /** What the kernels are: "native" is C++, where it could be compiled or comes with the package; "auto" (the default) takes "wasm". */
  readonly backend?: "auto" | Backend;
  /** Bytes, or a size such as "512m" or "4g", 8 MiB at least; by default 60 % of the machine's (or the container's) memory. */
  readonly memory?: number | string;
  /**
   * Settings by Spark's names, as "spark.default.parallelism". Of the scheduler, with their defaults: spark.task.maxFailures (4; attempts at a
   * task until its job fails, unless the master says how many), spark.stage.maxConsecutiveAttempts (4; attempts in a row at a stage whose tasks
   * have lost what they read); spark.speculation (false; a task that takes long is tried a second time beside the first) with
   * spark.speculation.interval (100ms), .multiplier (3), .quantile (0.9), .minTaskRuntime (100ms); spark.excludeOnFailure.enabled (false; workers
   * on which tasks fail again and again get no more) with spark.excludeOnFailure.task.maxTaskAttemptsPerExecutor (1),
   * .stage.maxFailedTasksPerExecutor (2), .application.maxFailedTasksPerExecutor (2), .timeout (1h). Of memory: spark.memory.storageFraction (0.5; the part of `memory` from which
   * tasks push out nothing that is cached), spark.local.dir (the system's directory for temporary files; where what does not fit in memory goes).
   */
  readonly conf?: Readonly<Record<string, string>>;
  /** Cancels all jobs of the context. */
  readonly signal?: AbortSignal;
}

/** With less, shuffles of strings do not even fit piece by piece. */
const LEAST_MEMORY = 8 << 20;

/** `failures` is null when the master does not say how often a task is tried. */
export function parseMaster(master: string): { readonly threads: number; readonly failures: number | null } {
  if (master === "local") return { threads: 0, failures: null };
  const match = /^local\[\s*(\*|\d+)\s*(?:,\s*(\d+)\s*)?\]$/.exec(master);
  if (match === null || match[1] === "0" || match[2] === "0")
    throw new GnistaError(
      "INVALID_ARGUMENT",
      `the master "${master}" is not known; use "local", "local[n]" or "local[*]"`,
    );
  return {
    threads: match[1] === "*" ? availableParallelism() : Number(match[1]),
    failures: match[2] === undefined ? null : Number(match[2]),
  };
}

export function parseMemory(memory: number | string | undefined): number {
  if (memory === undefined)
    return Math.floor(0.6 * Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY));
  if (typeof memory === "number") {
    if (!(memory >= LEAST_MEMORY))
      throw new GnistaError(
        "INVALID_ARGUMENT",
        `the memory of a context must be at least ${LEAST_MEMORY >> 20} MiB, got ${memory} bytes; tasks could do nothing with less`,
      );
    return memory;
  }
  const match = /^(\d+(?:\.\d+)?)\s*([kmgt])b?$/i.exec(memory.trim());
  if (match === null)
    throw new GnistaError(
      "INVALID_ARGUMENT",
      `the memory "${memory}" is not understood; write bytes, or a size such as "512m" or "4g"`,
    );
  return parseMemory(Number(match[1]) * 1024 ** ("kmgt".indexOf(match[2].toLowerCase()) + 1));
}

export function parseBackend(backend: string): Backend {
  if (backend === "auto") return "wasm";
  if (!BACKENDS.some((known) => known === backend))
    throw new GnistaError(
      "BACKEND_UNAVAILABLE",
      `the backend "${backend}" is not part of this version; use "auto", ${BACKENDS.map((known) => JSON.stringify(known)).join(", ")}`,
    );
  return backend as Backend;
}
