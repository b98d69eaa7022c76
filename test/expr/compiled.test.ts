/**
 * Compiled against plain evaluation: functions are generated as JavaScript text, run by V8 over plain rows, and translated, composed and
 * compiled for each backend over the same rows as columns. Results must be the same values, bit for bit.
 */
import { type Expression, parseExpressionAt } from "acorn";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { translate } from "../../src/closure/translate.ts";
import { buildColumn } from "../../src/column/builder.ts";
import type { Column } from "../../src/column/column.ts";
import { readColumn } from "../../src/column/reader.ts";
import { pairType } from "../../src/column/type.ts";
import { columnFromTypedArray } from "../../src/column/typed-array.ts";
import type { Step } from "../../src/expr/compose.ts";
import { compileSteps } from "../../src/expr/fuse.ts";
import { compileReduce } from "../../src/expr/reduction.ts";
import { createCompute } from "../../src/kernels/create-compute.ts";
import { SharedHeap } from "../../src/memory/shared-heap.ts";

const RUNS = Number(process.env["GNISTA_TEST_RUNS"] ?? 100);
const heap = SharedHeap.create({ limit: 256 << 20 });
const computes = [createCompute(heap, "js"), createCompute(heap, "wasm")];
const compiled = { yes: 0, no: 0 };

const CAPTURED = new Map<string, unknown>([
  ["limit", 3.5],
  ["ten", 10],
  ["minus", -7],
  ["yes", true],
  ["config", { scale: 2, name: "x" }],
]);

const numberText = fc.constantFrom(
  ..."0 1 2 3 7 10 100 0.5 1e9 4294967296 2147483648 1e300 5e-324 (-0) (-1) NaN Infinity limit ten minus config.scale".split(
    " ",
  ),
);

/** Number- and boolean-valued expressions over the named number variables. */
function expressions(names: readonly string[]): fc.Arbitrary<{ number: string; boolean: string }> {
  const { number, boolean } = fc.letrec<{ number: string; boolean: string }>((tie) => ({
    number: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...names) }, { weight: 1, arbitrary: numberText }),
      fc
        .tuple(tie("number"), fc.constantFrom(..."+ - * / % & | ^ << >> >>>".split(" ")), tie("number"))
        .map(([a, op, b]) => `(${a} ${op} ${b})`),
      fc.tuple(fc.constantFrom("-", "+", "~"), tie("number")).map(([op, a]) => `(${op} ${a})`),
      fc
        .tuple(fc.constantFrom(..."abs floor ceil trunc sqrt sign fround round".split(" ")), tie("number"))
        .map(([fn, a]) => `Math.${fn}(${a})`),
      fc
        .tuple(fc.constantFrom("min", "max", "imul"), tie("number"), tie("number"))
        .map(([fn, a, b]) => `Math.${fn}(${a}, ${b})`),
      fc.tuple(tie("boolean"), tie("number"), tie("number")).map(([t, a, b]) => `(${t} ? ${a} : ${b})`),
      fc
        .tuple(tie("number"), fc.constantFrom("&&", "||"), tie("number"))
        .map(([a, op, b]) => `(${a} ${op} ${b})`),
      tie("boolean").map((a) => `(+${a})`),
    ),
    boolean: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      fc.constantFrom("true", "false", "yes"),
      fc
        .tuple(tie("number"), fc.constantFrom(..."< <= > >= === !==".split(" ")), tie("number"))
        .map(([a, op, b]) => `(${a} ${op} ${b})`),
      tie("boolean").map((a) => `(!${a})`),
      tie("number").map((a) => `(!${a})`),
      fc
        .tuple(tie("boolean"), fc.constantFrom("&&", "||"), tie("boolean"))
        .map(([a, op, b]) => `(${a} ${op} ${b})`),
    ),
  }));
  return fc.record({ number, boolean });
}

type Shape = "number" | "pair";
interface TextStep {
  readonly op: Step["op"];
  readonly text: string;
}

/** A step from rows of one shape, and the shape that it leaves. */
function stepFrom(shape: Shape): fc.Arbitrary<{ readonly step: TextStep; readonly shape: Shape }> {
  const params = shape === "number" ? "x" : "[k, v]";
  return expressions(shape === "number" ? ["x"] : ["k", "v"]).chain(({ number, boolean }) =>
    expressions(shape === "number" ? ["x"] : ["v"]).chain((other) =>
      fc.constantFrom(
        { step: { op: "map", text: `(${params}) => ${number}` }, shape: "number" } as const,
        {
          step: { op: "map", text: `(${params}) => { const y = ${number}; return [y, ${other.number}]; }` },
          shape: "pair",
        } as const,
        { step: { op: "filter", text: `(${params}) => ${boolean}` }, shape } as const,
        { step: { op: "filter", text: `(${params}) => ${number}` }, shape } as const,
        ...(shape === "number"
          ? ([
              {
                step: {
                  op: "map",
                  text: `(x) => { if (${boolean}) return ${number}; return ${other.number}; }`,
                },
                shape: "number",
              },
            ] as const)
          : ([{ step: { op: "mapValues", text: `(v) => ${other.number}` }, shape: "pair" }] as const)),
      ),
    ),
  );
}

function chains(shape: Shape): fc.Arbitrary<readonly TextStep[]> {
  return stepFrom(shape).chain((first) =>
    fc.oneof(
      fc.constant([first.step] as readonly TextStep[]),
      stepFrom(first.shape).chain((second) =>
        fc.oneof(
          fc.constant([first.step, second.step] as readonly TextStep[]),
          stepFrom(second.shape).map((third) => [first.step, second.step, third.step]),
        ),
      ),
    ),
  );
}

// biome-ignore lint/suspicious/noExplicitAny: generated functions
function plainFunction(text: string): (...args: any[]) => any {
  return new Function(...CAPTURED.keys(), `return ${text};`)(...CAPTURED.values());
}

function irStep({ op, text }: TextStep): Step {
  const meaning = translate(parseExpressionAt(text, 0, { ecmaVersion: "latest" }) as Expression, CAPTURED);
  if (meaning.kind !== "ir") throw new Error(`${text}: ${meaning.reason}`);
  return { op, lambda: meaning.lambda };
}

function evaluate(rows: readonly unknown[], steps: readonly TextStep[]): unknown[] {
  return steps.reduce<unknown[]>(
    (now, { op, text }) => {
      const f = plainFunction(text);
      if (op === "map") return now.map((row) => f(row));
      if (op === "filter") return now.filter((row) => f(row));
      return (now as [unknown, unknown][]).map(([k, v]) => [k, f(v)]);
    },
    [...rows],
  );
}

const odd = fc.constantFrom(
  0,
  -0,
  1,
  -1,
  0.5,
  -0.5,
  1.5,
  2.5,
  -2.5,
  0.49999999999999994,
  Number.NaN,
  Infinity,
  -Infinity,
  2 ** 31,
  -(2 ** 31),
  2 ** 32,
  2 ** 32 + 1,
  2 ** 53,
  -(2 ** 53) - 2,
  1e308,
  5e-324,
  1e21,
);
const doubles = fc.oneof(fc.double(), odd, fc.integer());
type Numbers = Float64Array | Float32Array | Int32Array | Uint32Array;
const typed: fc.Arbitrary<Numbers> = fc.oneof(
  fc.array(doubles, { maxLength: 40 }).map((a) => Float64Array.from(a)),
  fc.array(doubles, { maxLength: 40 }).map((a) => Float32Array.from(a)),
  fc.array(fc.integer(), { maxLength: 40 }).map((a) => Int32Array.from(a)),
  fc.array(fc.nat(), { maxLength: 40 }).map((a) => Uint32Array.from(a, (x) => x * 2 + (x & 1))),
);

function same(actual: unknown, expected: unknown): boolean {
  if (Array.isArray(actual) && Array.isArray(expected))
    return actual.length === expected.length && actual.every((x, i) => same(x, expected[i]));
  return Object.is(actual, expected);
}

function check(rows: readonly unknown[], make: () => Column, steps: readonly TextStep[]): void {
  const expected = evaluate(rows, steps);
  const ir = steps.map(irStep);
  for (const compute of computes) {
    const column = make();
    const program = compileSteps(ir, column.type, compute.backend);
    if ("reason" in program) {
      compiled.no++;
      continue;
    }
    compiled.yes++;
    const out = heap.arena(column.segment);
    try {
      const actual = readColumn(heap, program.run(compute, column, out));
      if (!same(actual, expected))
        throw new Error(`${compute.backend}: ${JSON.stringify(steps)}\n${show(actual)}\n${show(expected)}`);
    } finally {
      out.release();
    }
  }
}

function show(values: readonly unknown[]): string {
  return values
    .map((v) => (Array.isArray(v) ? `[${show(v)}]` : Object.is(v, -0) ? "-0" : String(v)))
    .join(" ");
}

describe("compiled steps", () => {
  const arena = heap.arena();
  afterAll(() => arena.release());

  it("compute what V8 computes over numbers", () => {
    fc.assert(
      fc.property(typed, chains("number"), (values, steps) => {
        check(Array.from(values), () => columnFromTypedArray(values, arena), steps);
      }),
      { numRuns: RUNS * 10 },
    );
    expect(compiled.yes).toBeGreaterThan(compiled.no);
  });

  it("compute what V8 computes over pairs", () => {
    fc.assert(
      fc.property(typed, typed, chains("pair"), (keys, values, steps) => {
        const n = Math.min(keys.length, values.length);
        const rows = Array.from({ length: n }, (_, i) => [keys[i], values[i]]);
        check(
          rows,
          () => {
            const children = [keys, values].map((a) => columnFromTypedArray(a.subarray(0, n), arena));
            const [k, v] = children;
            return { ...k, type: pairType(k.type, v.type), values: 0, children };
          },
          steps,
        );
      }),
      { numRuns: RUNS * 5 },
    );
  });

  it("reduce alike in both backends, in lanes", () => {
    fc.assert(
      fc.property(
        typed,
        chains("number"),
        fc.constantFrom("sum", "min", "max", "count"),
        (values, steps, kind) => {
          const numbers = evaluate(Array.from(values), steps);
          const ir = steps.map(irStep);
          const results = computes.map((compute) => {
            const column = columnFromTypedArray(values, arena);
            const reduce = compileReduce(ir, column.type, kind, compute.backend);
            return "reason" in reduce ? null : reduce.run(compute, column);
          });
          expect(results[1]).toEqual(results[0]);
          if (results[0] === null) return;
          expect(results[0].rows).toBe(numbers.length);
          if (kind === "min") expect(results[0].value).toBe(Math.min(...(numbers as number[])));
          if (kind === "max") expect(results[0].value).toBe(Math.max(...(numbers as number[])));
        },
      ),
      { numRuns: RUNS * 10 },
    );
  });

  it("cross block borders", () => {
    const values = Float64Array.from({ length: 40_001 }, (_, i) => Math.sin(i) * 100);
    const steps: TextStep[] = [
      { op: "filter", text: "(x) => x > limit" },
      { op: "map", text: "(x) => [x % 7 | 0, x * 2 + 1]" },
    ];
    check(Array.from(values), () => columnFromTypedArray(values, arena), steps);
    check(Array.from(values), () => columnFromTypedArray(values, arena), [
      { op: "map", text: "(x) => x * x - 1" },
    ]);
  });

  it("handle strings, records and splits as JavaScript does", () => {
    const words = fc.array(
      fc.oneof(fc.string({ maxLength: 12 }), fc.constantFrom("a b", "The Cat", "é, ü", "")),
      { maxLength: 20 },
    );
    const texts: TextStep[][] = [
      [
        { op: "flatMap", text: "(line) => line.toLowerCase().split(/\\W+/)" },
        { op: "filter", text: "(w) => w.length > ten / 5" },
        { op: "map", text: "(w) => [w, 1]" },
      ],
      [
        { op: "flatMap", text: "(line) => line.split(' ')" },
        { op: "map", text: "(w) => ({ word: w, size: w.length, short: w.length < 3 })" },
      ],
      [{ op: "filter", text: "(w) => w.includes('a') || w.startsWith('b') || w === 'é, ü'" }],
      [
        { op: "keyBy", text: "(w) => w.length" },
        { op: "flatMapValues", text: "(w) => w.split(/[ ,]/)" },
      ],
      [{ op: "map", text: "(w) => w.split(' ')[0]" }],
      [
        { op: "filter", text: "(w) => w.split(', ')[0] !== 'é'" },
        {
          op: "map",
          text: "(w) => { const [first] = w.toLowerCase().split(/\\W/); return [first, first.length]; }",
        },
      ],
      [
        { op: "map", text: "(w) => [w, w.split(' ')]" },
        { op: "map", text: "([w, pieces]) => ({ word: pieces[0].split('a')[0], size: w.length })" },
      ],
    ];
    fc.assert(
      fc.property(words, (rows) => {
        for (const steps of texts) {
          const expected = steps.reduce<unknown[]>((now, { op, text }) => {
            const f = plainFunction(text);
            if (op === "flatMap") return now.flatMap((row) => f(row));
            if (op === "flatMapValues")
              return (now as [unknown, unknown][]).flatMap(([k, v]) => f(v).map((w: unknown) => [k, w]));
            if (op === "keyBy") return now.map((row) => [f(row), row]);
            return op === "map" ? now.map((row) => f(row)) : now.filter((row) => f(row));
          }, rows);
          for (const compute of computes) {
            const column = buildColumn(rows, arena);
            if (column.type.kind !== "utf8") continue;
            const program = compileSteps(steps.map(irStep), column.type, compute.backend);
            if ("reason" in program) throw new Error(program.reason);
            expect(readColumn(heap, program.run(compute, column, arena))).toEqual(expected);
          }
        }
      }),
      { numRuns: RUNS },
    );
  });
});
