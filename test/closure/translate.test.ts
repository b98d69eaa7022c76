/** Functions with statements, captured arrays and calls: their meaning against V8's evaluation, on both backends, bit for bit. */
import { type AnyNode, parseExpressionAt } from "acorn";
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { translate } from "../../src/closure/translate.ts";
import { buildColumn } from "../../src/column/builder.ts";
import { readColumn } from "../../src/column/reader.ts";
import { compileSteps } from "../../src/expr/fuse.ts";
import { createCompute } from "../../src/kernels/create-compute.ts";
import { SharedHeap } from "../../src/memory/shared-heap.ts";
import { TESTED } from "../backends.ts";

const RUNS = Number(process.env["GNISTA_TEST_RUNS"] ?? 100);
const heap = SharedHeap.create({ limit: 64 << 20 });
const computes = TESTED.map((backend) => createCompute(heap, backend));
let compiled = 0;

const parse = (text: string): AnyNode => parseExpressionAt(`(${text})`, 0, { ecmaVersion: "latest" });

const LIBRARY: Readonly<Record<string, string>> = {
  square: "(x) => x ** 2",
  distance: "([x, y], [a, b]) => square(x - a) + square(y - b)",
  closest: `function (p, centres) {
    let best = 0, least = Number.POSITIVE_INFINITY;
    for (let i = 0; i < centres.length; i++) {
      const d = distance(p, centres[i]);
      if (d < least) { least = d; best = i; }
    }
    return best;
  }`,
  total: "(list) => { let sum = 0; for (const x of list) { sum += x; } return sum; }",
};

/** V8's functions, and what a capture would have found of them. */
function world(centres: readonly (readonly number[])[], weights: Float64Array) {
  const names = Object.keys(LIBRARY);
  const values: Record<string, unknown> = { centres, weights, config: { bias: 0.25, table: [3, [1, -0]] } };
  const evaluate = (text: string): unknown =>
    new Function("$", `with ($) { return (${text}); }`)(values) as unknown;
  for (const name of names) values[name] = evaluate(LIBRARY[name]);
  const captured = new Map(Object.entries(values));
  const nodes = new Map(names.map((name) => [values[name], parse(LIBRARY[name])]));
  const lookup = (fn: Function) => (nodes.has(fn) ? { node: nodes.get(fn)!, captured } : null);
  return { evaluate, captured, lookup };
}

const expression = fc.letrec<{ number: string }>((tie) => ({
  number: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom(
      ..."x y s t 0 1 -0.5 config.bias config.table[0] config.table[1][1] weights[1] weights.length".split(
        " ",
      ),
    ),
    fc
      .tuple(tie("number"), fc.constantFrom("+", "-", "*", "/"), tie("number"))
      .map(([a, op, b]) => `(${a} ${op} ${b})`),
    tie("number").map((a) => `square(${a})`),
    fc.tuple(tie("number"), tie("number")).map(([a, b]) => `closest([${a}, ${b}], centres)`),
    fc.constant("total(weights)"),
  ),
})).number;
const statement = fc.letrec<{ one: string }>((tie) => ({
  one: fc.oneof(
    { maxDepth: 2 },
    expression.map((e) => `s = ${e};`),
    fc
      .tuple(fc.constantFrom("s", "t"), fc.constantFrom("+=", "-=", "*="), expression)
      .map((p) => `${p.join(" ")};`),
    fc.constantFrom("s++;", "t--;", "{ const s = t; t = s + 1; }"),
    fc.tuple(expression, tie("one"), tie("one")).map(([e, a, b]) => `if (${e} < s) ${a} else { ${b} }`),
    fc.tuple(expression, tie("one")).map(([e, a]) => `if (${e} > t) { ${a} }`),
    tie("one").map((a) => `for (let i = 0; i < 3; i++) { t += i; ${a} }`),
    tie("one").map((a) => `for (const [x, y] of centres) { ${a} s -= x * y; }`),
    tie("one").map((a) => `if (config.table[0] === 3) { ${a} } else { nothing(); }`),
    fc.tuple(expression, tie("one")).map(([e, a]) => `if (${e} === 1) { ${a} return [s, t]; }`),
  ),
})).one;
const number = fc.oneof(fc.integer({ min: -9, max: 9 }), fc.double());

test("statements, loops over captured arrays and calls of captured functions compute what V8 computes", () => {
  fc.assert(
    fc.property(
      fc.array(statement, { maxLength: 5 }),
      fc.array(fc.tuple(number, number), { minLength: 1, maxLength: 12 }),
      fc.array(fc.tuple(number, number), { maxLength: 5 }),
      fc.array(number, { minLength: 2, maxLength: 4 }),
      (statements, rows, centres, weights) => {
        const top = statements.map((s, i) => (i > 2 && s.includes("return") ? "" : s));
        const text = `([x, y]) => { let s = x, t = 0; ${top.join(" ")} return [s, t + y]; }`;
        const { evaluate, captured, lookup } = world(centres, Float64Array.from(weights));
        const fn = evaluate(text) as (row: readonly number[]) => unknown;
        const meaning = translate(parse(text), captured, lookup);
        if (meaning.kind !== "ir") return;
        for (const c of computes) {
          const arena = heap.arena();
          const column = buildColumn(rows, arena);
          const steps = compileSteps([{ op: "map", lambda: meaning.lambda }], column.type, c.backend);
          if (!("reason" in steps)) {
            compiled++;
            expect(readColumn(heap, steps.run(c, column, arena))).toStrictEqual(rows.map(fn));
          }
          arena.release();
        }
      },
    ),
    { numRuns: RUNS * 3 },
  );
});

afterAll(() => {
  expect(compiled).toBeGreaterThan(RUNS);
});

test("a chain of comparisons with many centres stays as small as its source", () => {
  const centres = Array.from({ length: 40 }, (_, i) => [i * 1.5, -i]);
  const { captured, lookup, evaluate } = world(centres, new Float64Array(2));
  const meaning = translate(parse("(p) => [closest(p, centres), p]"), captured, lookup);
  if (meaning.kind !== "ir") throw new Error(meaning.reason);
  const rows = Array.from({ length: 500 }, (_, i) => [i / 7, -i / 11]);
  const closest = evaluate("(p) => closest(p, centres)") as (p: readonly number[]) => number;
  for (const c of computes) {
    const arena = heap.arena();
    const column = buildColumn(rows, arena);
    const steps = compileSteps([{ op: "map", lambda: meaning.lambda }], column.type, c.backend);
    if ("reason" in steps) throw new Error(steps.reason);
    const result = steps.run(c, column, arena);
    expect(readColumn(heap, result)).toStrictEqual(rows.map((p) => [closest(p), p]));
    expect(result.children[0].type.kind).toBe("i32");
    arena.release();
  }
});

test("what cannot be told apart from its effects or its surroundings stays JavaScript, with the reason", () => {
  const { captured, lookup } = world([[1, 2]], new Float64Array(2));
  const reason = (text: string): string => {
    const meaning = translate(parse(text), captured, lookup);
    return meaning.kind === "ir" ? "compiled" : meaning.reason;
  };
  expect(reason("(x) => centres")).toBe("it uses the captured variable centres, which is an array");
  expect(reason("(x) => { centres = x; return x; }")).toBe("it assigns to centres");
  expect(reason("(x) => { const y = x; y++; return y; }")).toBe("it assigns to y");
  expect(reason("(x) => { y = x; let y = 1; return y; }")).toBe("it uses y before its declaration");
  expect(reason("(x) => { let y = 1; if (x) { y = 2; const y = 3; } return y; }")).toBe("it assigns to y");
  expect(reason("(x) => { for (const c of centres) { if (c[0] > x) return 1; } return 0; }")).toBe(
    "it returns from within a loop",
  );
  expect(reason("(x) => { return f(x); function f(y) { return y; } }")).toBe("it has a function declaration");
  expect(reason("(x) => { centres[0] = x; return x; }")).toBe("it has a assignment expression");
  expect(reason("(x) => centres[9][0] + x")).toBe("it reads centres[9]");
  expect(reason("(x) => x ** 3")).toBe("it uses the operator **");
  expect(reason("(x) => { for (let i = 0; i < x; i++) {} return x; }")).toBe(
    "it loops until something that depends on the row",
  );
  expect(reason("(x) => { for (;;) {} }")).toBe("it is too large");
  expect(reason("(x) => { let y; return x; }")).toBe("it declares a variable without a value");
  expect(reason("(x) => total(x)")).toBe(
    "it calls total, and it loops over something else than a captured array",
  );
  expect(reason("(x) => unknown(x)")).toBe("it calls unknown");
  expect(reason("(x) => ({ a: x, a: 1 }).a")).toBe("it builds an object with a repeated key");
  expect(reason("(x) => { const [a] = config; return x; }")).toBe("it iterates over config");
  expect(reason("(list) => list.map(([a, b]) => a)")).toBe("it does not use all that it makes of an item");
});

test.each([
  "(x) => square(x, x.y.z)",
  "(x) => [1, x.y.z][0]",
  "(x) => ({ a: 1, b: x.y.z }).a",
  "(x) => { if (x.y.z) {} return 1; }",
  "(x) => { const { a: { b } } = x; return 1; }",
  "(x) => { const y = [1, x.y.z]; const [a] = y; return a; }",
  "(x) => [x, 1][0 - 1]",
  "(x) => [x, 1][1 / 2]",
  "(x) => [x, 1][2]",
])("%s is not compiled for numbers: what it throws, or undefined, would be lost", (text) => {
  const { captured, lookup } = world([[1, 2]], new Float64Array(2));
  const meaning = translate(parse(text), captured, lookup);
  if (meaning.kind !== "ir") throw new Error(meaning.reason);
  for (const op of ["map", "filter"] as const)
    expect(compileSteps([{ op, lambda: meaning.lambda }], { kind: "f64" }, "js")).toHaveProperty("reason");
});

test("values that double again and again are followed once", () => {
  const { captured, lookup, evaluate } = world([[1, 2]], new Float64Array(2));
  const text = `(x) => {
    let a = x, b = config.bias;
    for (let i = 0; i < 60; i++) { a = a + a; b = b + b; }
    if (a > b) return 1;
    return 0;
  }`;
  const meaning = translate(parse(text), captured, lookup);
  if (meaning.kind !== "ir") throw new Error(meaning.reason);
  const f = evaluate(text) as (x: number) => number;
  const rows = [0, 0.25, 0.5, -1];
  for (const c of computes) {
    const arena = heap.arena();
    const steps = compileSteps([{ op: "map", lambda: meaning.lambda }], { kind: "f64" }, c.backend);
    if ("reason" in steps) throw new Error(steps.reason);
    const column = buildColumn(
      rows.map((x) => x + 0.125),
      arena,
    );
    expect(readColumn(heap, steps.run(c, column, arena))).toStrictEqual(rows.map((x) => f(x + 0.125)));
    arena.release();
  }
});
