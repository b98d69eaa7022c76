/** Random programs and what goes wrong while they run, for fast-check. */
import fc from "fast-check";
import { StorageLevel } from "../../src/index.ts";
import { starts, steps, tables } from "../rdd/arbitrary-programs.ts";
import type { Kind, Step, Tables } from "../rdd/programs.ts";

type LevelName = Exclude<keyof typeof StorageLevel, "NONE">;
const LEVELS = Object.keys(StorageLevel).filter((name) => name !== "NONE") as LevelName[];

/** Happens in a task, at its first attempt. */
export interface TaskFault {
  readonly kind: "exit" | "throw" | "persist";
  readonly afterStep: number;
  readonly partition: number;
  readonly row: number;
  readonly level: LevelName;
}

/** Happens from outside, when a job has run for some milliseconds. */
export interface OutsideFault {
  readonly kind: "kill" | "lose" | "delete" | "damage";
  readonly after: number;
  readonly which: number;
}

export interface Run {
  readonly action: "collect" | "count" | "take" | "reduce";
  readonly cancelAfter: number | null;
  readonly beside: boolean;
}

export interface Scenario {
  readonly start: Kind;
  readonly data: Tables;
  readonly program: readonly Step[];
  readonly inTasks: readonly TaskFault[];
  readonly outside: readonly OutsideFault[];
  readonly runs: readonly Run[];
}

const moment = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 40 }));

export const scenarios: fc.Arbitrary<Scenario> = fc.record({
  start: starts,
  data: tables,
  program: steps,
  inTasks: fc.array(
    fc.record({
      kind: fc.constantFrom("exit", "throw", "persist", "persist"),
      afterStep: fc.nat(6),
      partition: fc.nat(5),
      row: fc.nat(4),
      level: fc.constantFrom(...LEVELS),
    }),
    { maxLength: 3 },
  ),
  outside: fc.array(
    fc.record({
      kind: fc.constantFrom("kill", "lose", "lose", "delete", "damage"),
      after: moment,
      which: fc.nat(1000),
    }),
    { maxLength: 5 },
  ),
  runs: fc.array(
    fc.record({
      action: fc.constantFrom("collect", "count", "take", "reduce"),
      cancelAfter: fc.option(moment, { freq: 3 }),
      beside: fc.boolean(),
    }),
    { minLength: 1, maxLength: 3 },
  ),
});
