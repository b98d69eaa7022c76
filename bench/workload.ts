/**
 * What a workload is: contenders that answer the same question from data each already has in memory, and what is hoped for. A run
 * of a contender ends when the whole answer lies in this process; that the answers agree is checked outside the clock.
 */
import type { Backend } from "../src/kernels/compute.ts";

export interface Setting {
  readonly rows: number;
  readonly threads: number;
  readonly backend: Backend;
  readonly smoke: boolean;
}

/** A few numbers that characterise an answer; all contenders must come to the same, floats to a relative 1e-9. */
export type Digest = readonly number[];

export interface Outcome {
  digest(): Digest | Promise<Digest>;
  /** Milliseconds, when the run measured itself. */
  readonly elapsed?: number;
  /** Milliseconds of named parts of the run, reported beside the whole. */
  readonly parts?: Readonly<Record<string, number>>;
}

export interface Contender {
  readonly name: string;
  run(): Promise<Outcome> | Outcome;
}

export interface Prepared {
  /** The first is gnista. */
  readonly contenders: readonly Contender[];
  close(): Promise<void>;
}

export type Target =
  | { readonly contender: string; readonly than: string; readonly times: number }
  | { readonly contender: string; readonly below: number };

/** What no implementation can avoid: bytes through memory, or workers to wake. */
export type Floor =
  | { readonly kind: "memory"; readonly read: number; readonly written: number }
  | { readonly kind: "wake" }
  | null;

export interface Workload {
  readonly name: string;
  title(setting: Setting): string;
  /** Rows that a run goes through. */
  rows(setting: Setting): number;
  floor(setting: Setting): Floor;
  readonly targets: readonly Target[];
  /** Timed runs, when the workload needs another number than the others. */
  readonly samples?: number;
  /** Collecting garbage before each would cool down what is meant to be warm. */
  readonly inQuickSuccession?: boolean;
  prepare(setting: Setting): Promise<Prepared>;
}
