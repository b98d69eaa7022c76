/** What a workload of the demo is: a program over gnista, the same in plain JavaScript, and how to tell whether two answers agree. */
import type { Context } from "../../context.ts";
import type { DataPackage } from "./datasets.ts";

export interface Workload {
  readonly name: string;
  /** For a reader who has never seen the project. */
  readonly about: string;
  readonly data: DataPackage;
  /** `quick` asks for less data and fewer iterations. */
  prepare(quick: boolean): Prepared;
}

/** A workload with its data; the answer's type is hidden so that workloads of different kinds fit one list. */
export interface Prepared {
  /** What goes in, as "117,907 lines". */
  readonly input: string;
  /** Rows of input, all iterations together, for rows/s. */
  readonly rows: number;
  /** The answer in plain JavaScript, one thread. */
  plain(): unknown;
  /** The answer by gnista; `cached` keeps the input in memory, loading it before `start()` is called. */
  run(sc: Context, cached: boolean, start: () => void): Promise<unknown>;
  agree(a: unknown, b: unknown): boolean;
  /** A few lines of the answer. */
  show(answer: unknown): readonly string[];
}

/** Ties a workload's answer type together. */
export function prepared<Answer>(workload: {
  readonly input: string;
  readonly rows: number;
  plain(): Answer;
  run(sc: Context, cached: boolean, start: () => void): Promise<Answer>;
  agree(a: Answer, b: Answer): boolean;
  show(answer: Answer): readonly string[];
}): Prepared {
  return workload as Prepared;
}

/** Sums of doubles in another order differ in the last bits. */
export function close(a: number, b: number): boolean {
  return Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a), Math.abs(b));
}

export function count(n: number): string {
  return n.toLocaleString("en");
}
