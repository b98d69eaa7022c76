/** Random programs and what goes wrong while they run, for fast-check. */
import fc from "fast-check";
import { StorageLevel } from "../../src/index.ts";
import { starts, steps, tables } from "../rdd/arbitrary-programs.ts";
import type { Kind, Step, Tables } from "../rdd/programs.ts";

type LevelName = Exclude<keyof typeof StorageLevel, "NONE">;
const LEVELS = Object.keys(StorageLevel).filter((name) => name !== "NONE") as LevelName[];

/** Where the first rows come from. */
export type Origin = "memory" | "objectFile" | "textFile";

/** So many rows, of so many keys, in the place of a table's own, so that a task has more of them than its share of memory. */
export interface Growth {
  readonly rows: number;
  readonly keys: number;
  readonly named: boolean;
}

/** A fault happens in a task, at its first attempt; the rest is what a program does to keep what it has. */
export interface Interlude {
  readonly kind: "exit" | "throw" | "persist" | "checkpoint" | "localCheckpoint";
  readonly afterStep: number;
  readonly partition: number;
  readonly row: number;
  readonly level: LevelName;
}

/** Happens from outside, when a job has run for some milliseconds. */
export interface OutsideFault {
  readonly kind: "kill" | "lose" | "delete" | "damage" | "full";
  readonly after: number;
  readonly which: number;
}

export interface Run {
  readonly action: "collect" | "count" | "take" | "fold" | "text" | "objects" | "sequence";
  readonly cancelAfter: number | null;
  readonly beside: boolean;
}

export interface Scenario {
  readonly start: Kind;
  readonly origin: Origin;
  readonly growth: Growth | null;
  readonly data: Tables;
  readonly program: readonly Step[];
  readonly interludes: readonly Interlude[];
  readonly outside: readonly OutsideFault[];
  readonly runs: readonly Run[];
}

const moment = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 40 }));

export const scenarios: fc.Arbitrary<Scenario> = fc.record({
  start: starts,
  origin: fc.constantFrom<Origin>("memory", "memory", "memory", "objectFile", "textFile"),
  growth: fc.oneof(
    { weight: 3, arbitrary: fc.constant(null) },
    {
      weight: 1,
      arbitrary: fc.record({
        rows: fc.integer({ min: 30_000, max: 90_000 }),
        keys: fc.constantFrom(11, 5000, 100_000),
        named: fc.boolean(),
      }),
    },
  ),
  data: tables,
  program: steps,
  interludes: fc.array(
    fc.record({
      kind: fc.constantFrom("exit", "throw", "persist", "persist", "checkpoint", "localCheckpoint"),
      afterStep: fc.nat(6),
      partition: fc.nat(5),
      row: fc.nat(4),
      level: fc.constantFrom(...LEVELS),
    }),
    { maxLength: 3 },
  ),
  outside: fc.array(
    fc.record({
      kind: fc.constantFrom("kill", "lose", "lose", "delete", "damage", "full"),
      after: moment,
      which: fc.nat(1000),
    }),
    { maxLength: 5 },
  ),
  runs: fc.array(
    fc.record({
      action: fc.constantFrom(
        "collect",
        "collect",
        "count",
        "count",
        "take",
        "fold",
        "text",
        "objects",
        "sequence",
      ),
      cancelAfter: fc.option(moment, { freq: 3 }),
      beside: fc.boolean(),
    }),
    { minLength: 1, maxLength: 3 },
  ),
});
