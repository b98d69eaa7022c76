/** Cases as data: what a few lines of a program give. They are JavaScript in strings, run with these names in scope. */
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { expect } from "vitest";
import {
  type Context,
  HashPartitioner,
  PartitionPruningRDD,
  RangePartitioner,
  SparkFiles,
  StorageLevel,
  TaskContext,
} from "../../src/index.ts";

export interface Case {
  readonly id: string;
  readonly setup: readonly string[];
  /** Steps with " ; " between; the value of the last one counts. */
  readonly expr: string;
  readonly expected: unknown;
  readonly compare: string;
  readonly tol?: number;
  /** A function of the result, whose value counts instead. */
  readonly post?: string;
  /** A function of the result that must be true. */
  readonly predicate?: string;
}

export function readCases(file: string): Case[] {
  return JSON.parse(readFileSync(join(import.meta.dirname, file), "utf8")) as Case[];
}

const range = (a: number, b?: number): number[] =>
  b === undefined
    ? Array.from({ length: a }, (_, i) => i)
    : Array.from({ length: Math.max(0, b - a) }, (_, i) => a + i);
const sum = (rows: Iterable<number>): number => [...rows].reduce((a, b) => a + b, 0);
const write = (path: string, text: string): void => writeFileSync(path, text);
const readFile = (path: string): string => readFileSync(path, "utf8");
const mkdir = (path: string): string | undefined => mkdirSync(path, { recursive: true });

const AsyncFunction = (async () => {}).constructor as new (
  ...args: string[]
) => (...values: unknown[]) => Promise<unknown>;

/** What the case gives; `tmp` is a directory that exists. */
export async function runCase(sc: Context, one: Case, tmp: string): Promise<unknown> {
  const names = {
    sc,
    range,
    sum,
    write,
    readFile,
    mkdir,
    basename,
    HashPartitioner,
    PartitionPruningRDD,
    RangePartitioner,
    SparkFiles,
    StorageLevel,
    TaskContext,
    $TMP: mkdtempSync(join(tmp, "case-")),
  };
  // Actions return promises here, so what is called on an action's result waits for it.
  const steps = one.expr.replace(".stats().asDict()", ".stats().then((s) => s.asDict())").split(" ; ");
  const last = steps.pop();
  const code = `${one.setup.join(";\n")};\n${steps.map((s) => `await ${s};`).join("\n")}\nreturn await (${last});`;
  try {
    const result = await new AsyncFunction(...Object.keys(names), code)(...Object.values(names));
    return plain(one.post === undefined ? result : functionOf(one.post)(result));
  } finally {
    sc.clearJobTags();
  }
}

function plain(value: unknown): unknown {
  if (value instanceof Map) return [...value].map(([k, v]) => [plain(k), plain(v)]);
  if (value instanceof Set) return [...value];
  if (value === undefined) return null;
  return value;
}

const functionOf = (text: string): ((value: unknown) => unknown) =>
  new Function(`return (${text})`)() as (value: unknown) => unknown;

function sorted(rows: readonly unknown[]): string[] {
  return rows.map((row) => JSON.stringify(row)).sort();
}

/** Whether a case that must fail does so, with the right code and words. */
export async function checkFailure({ expected }: Case, running: Promise<unknown>): Promise<void> {
  const { code, message } = expected as { readonly code: string; readonly message: string };
  await expect(running).rejects.toMatchObject({
    code,
    message: expect.stringMatching(new RegExp(message)) as unknown,
  });
}

export function checkCase(one: Case, actual: unknown): void {
  const { compare, expected, tol = 1e-9 } = one;
  const near = (a: unknown, b: number, relative: number): void => {
    expect(Math.abs((a as number) - b)).toBeLessThanOrEqual(relative * Math.max(1, Math.abs(b)));
  };
  switch (compare) {
    case "exact":
      expect(actual).toEqual(expected);
      break;
    case "predicate":
      expect(functionOf(one.predicate ?? "(x) => x")(actual)).toBe(true);
      break;
    case "multiset":
      expect(sorted(actual as unknown[])).toEqual(sorted(expected as unknown[]));
      break;
    case "approx":
    case "approx-rel":
      if (typeof expected === "number") near(actual, expected, tol);
      else
        for (const [key, value] of Object.entries(expected as object))
          near((actual as Record<string, unknown>)[key], value as number, tol);
      break;
    case "length":
      expect((actual as unknown[]).length).toBe(expected);
      break;
    case "contains":
      expect(actual).toContain(expected);
      break;
    case "at-least":
      expect(actual as number).toBeGreaterThanOrEqual(expected as number);
      break;
    case "between-inclusive":
    case "between-exclusive": {
      const [low, high] = expected as [number, number];
      const edge = compare === "between-inclusive" ? 0 : Number.MIN_VALUE;
      expect(actual as number).toBeGreaterThanOrEqual(low + edge);
      expect(actual as number).toBeLessThanOrEqual(high - edge);
      break;
    }
    default:
      throw new Error(`unknown comparison ${compare}`);
  }
}
