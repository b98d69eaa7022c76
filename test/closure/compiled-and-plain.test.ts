/**
 * What a user's function computes in a job against what it computes in place: functions are generated as source text, with variables and other
 * functions captured from around them, and run through the public API on rows of every kind. Whatever was compiled and whatever was not,
 * results are the same bit for bit, and a function that throws fails its job with what it threw.
 */
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Context, type RDD } from "../../src/index.ts";
import { TESTED } from "../backends.ts";

const RUNS = Number(process.env["GNISTA_TEST_RUNS"] ?? 100);

/** What the generated functions capture; `helpers` call each other. */
const SURROUNDINGS = `
  const limit = 3.5, ten = 10, minus = -7, yes = true, label = "lab", none = null, nothing = undefined;
  const config = { scale: 2, name: "x", nested: { deep: -0 } }, list = [1, 2, 3];
  const double = (x) => x * 2;
  function clamp(x, most = 100) { return x > most ? most : x; }
  const twice = (x) => double(double(x));
  const first = ([k]) => k;
  const countdown = (n) => (n > 0 ? countdown(n - 1) + 1 : 0);
`;

// biome-ignore lint/suspicious/noExplicitAny: generated functions
type Generated = (...args: any[]) => any;
const functionOf = (text: string): Generated => new Function(`${SURROUNDINGS} return ${text};`)();

const LITERALS = [
  ..."0 1 2 7 0.5 1e9 4294967295 4294967296 2147483648 9007199254740993 1e300 5e-324 (-0) (-1)".split(" "),
  ..."NaN Infinity minus config.scale Math.PI".split(" "),
];

interface Texts {
  readonly number: string;
  readonly boolean: string;
  readonly string: string;
  readonly any: string;
}

/** Over variables that hold numbers and variables that hold strings. Of `simple` expressions most can be compiled. */
function expressions(
  numbers: readonly string[],
  strings: readonly string[],
  simple: boolean,
  depth: number,
): fc.Arbitrary<Texts> {
  const pick = (...texts: readonly string[]): fc.Arbitrary<string> => fc.constantFrom(...texts);
  const words = (text: string): fc.Arbitrary<string> => pick(...text.split(" "));
  const limits = { maxDepth: depth, depthSize: "small" } as const;
  const { number, boolean, string, any } = fc.letrec<Texts>((tie) => {
    const of = (kind: keyof Texts): fc.Arbitrary<string> => tie(kind) as fc.Arbitrary<string>;
    const operation = (kind: keyof Texts, operators: string): fc.Arbitrary<string> =>
      fc.tuple(of(kind), words(operators), of(kind)).map(([a, op, b]) => `((${a}) ${op} (${b}))`);
    const call = (functions: string, ...args: readonly (keyof Texts)[]): fc.Arbitrary<string> =>
      fc.tuple(words(functions), fc.tuple(...args.map(of))).map(([f, all]) => `${f}(${all.join(", ")})`);
    const method = (methods: readonly string[]): fc.Arbitrary<string> =>
      fc.tuple(of("string"), pick(...methods)).map(([s, f]) => `${s}.${f}`);
    const choice = (kind: keyof Texts): fc.Arbitrary<string> =>
      fc.tuple(of("boolean"), of(kind), of(kind)).map(([t, a, b]) => `(${t} ? ${a} : ${b})`);
    const more = (...others: fc.Arbitrary<string>[]): fc.Arbitrary<string>[] => (simple ? [] : others);
    return {
      number: fc.oneof(
        limits,
        fc.oneof(
          { weight: 3, arbitrary: pick(...numbers, "ten", "limit") },
          { weight: 1, arbitrary: pick(...LITERALS) },
        ),
        operation("number", "+ - * / % & | ^ << >> >>>"),
        operation("number", "&& ||"),
        fc.tuple(words("- + ~"), of("number")).map(([op, a]) => `(${op} ${a})`),
        call("Math.abs Math.floor Math.ceil Math.trunc Math.sqrt Math.sign Math.fround Math.round", "number"),
        call("Math.min Math.max Math.imul", "number", "number"),
        choice("number"),
        of("boolean").map((a) => `(+${a})`),
        ...(strings.length > 0 ? [method(["length"])] : []),
        ...more(
          operation("number", "** ??"),
          call("Math.exp Math.log Math.cbrt Math.clz32 Math.min Math.max Number parseFloat", "number"),
          call("double clamp twice ((n)=>n-1)", "number"),
          call("Math.pow Math.atan2 clamp", "number", "number"),
          call("Math.max", "number", "number", "number"),
          pick("Math.min()", "first([limit, 1])", "countdown(3)", "(none?.x ?? 4)", "list[1]", "list.length"),
          pick("[...list].reduce((a, b) => a + b)", "config.nested.deep", "Number.MAX_SAFE_INTEGER"),
          method(["length", "charCodeAt(0)", "indexOf('a')"]),
        ),
      ),
      boolean: fc.oneof(
        limits,
        pick("true", "false", "yes"),
        operation("number", "< <= > >= === !=="),
        operation("boolean", "&& ||"),
        of("any").map((a) => `(!${a})`),
        ...(strings.length > 0
          ? [method(["startsWith('a')", "endsWith(label)", "includes('é')", "includes('')"])]
          : []),
        ...(strings.length > 0
          ? [fc.tuple(of("string"), words("=== !==")).map(([s, op]) => `(${s} ${op} 'a')`)]
          : []),
        ...more(
          operation("number", "== !="),
          operation("string", "=== !== < >="),
          call("Number.isInteger Number.isNaN Boolean", "number"),
          pick("(none === null)", "(typeof nothing === 'undefined')", "('scale' in config)"),
        ),
      ),
      string: fc.oneof(
        limits,
        pick(...strings, ...strings, "label", "config.name", "''", "'é,😀'", "`text`"),
        method(["toLowerCase()", "split('a')[0]", "split(/\\W/)[0]", "split('😀')[0]"]),
        choice("string"),
        ...more(
          fc.tuple(of("any"), of("number")).map(([a, b]) => `\`\${${a}} and \${${b}}\``),
          fc.tuple(of("string"), of("any")).map(([a, b]) => `(${a} + ${b})`),
          operation("string", "&& ||"),
          method(["toUpperCase()", "trim()", "slice(1, -1)", "padStart(3, '.')", "replace(/a/g, 'b')"]),
          call("String", "any"),
        ),
      ),
      any: fc.oneof(
        limits,
        of("number"),
        of("boolean"),
        operation("any", "&& ||"),
        choice("any"),
        ...(strings.length > 0 ? [of("string")] : []),
        ...more(of("string")),
      ),
    };
  });
  return fc.record({ number, boolean, string, any });
}

/**
 * A body that ends in a value: an expression, or a block whose declarations may shadow what is around them. `taken` cannot be declared again
 * at the top of the function.
 */
function bodies(
  numbers: readonly string[],
  strings: readonly string[],
  taken: readonly string[],
  result: keyof Texts,
  simple: boolean,
): fc.Arbitrary<string> {
  const names = ["y", "limit", "ten", ...taken];
  // Small, so that what is declared is seen in the result, and tests that rows decide.
  const small = expressions(numbers, strings, simple, 1);
  const compared = fc
    .tuple(
      fc.constantFrom(...numbers),
      fc.constantFrom("<", ">", "==="),
      fc.constantFrom("0", "1", "5", "ten", "limit"),
    )
    .map((all) => all.join(" "));
  const block = (declarable: readonly string[], left: number, falls: boolean): fc.Arbitrary<string> =>
    fc
      .record({
        declared: fc.subarray([...declarable], { maxLength: 2 }),
        kind: fc.constantFrom("const", "let"),
        early: fc.nat({ max: 19 }).map((chance) => chance === 0),
        values: fc.tuple(small, small, small, small),
        tests: fc.tuple(
          compared,
          fc.oneof(
            compared,
            small.map(({ boolean }) => boolean),
          ),
          compared,
        ),
        nested:
          left > 0
            ? fc.option(fc.boolean().chain((through) => block(names, left - 1, through)))
            : fc.constant(null),
        form: fc.constantFrom("return", "if return", "if else", ...(simple ? [] : ["assign", "loop"])),
      })
      .map(({ declared, kind, early, values: [a, b, c, d], tests, nested, form }) => {
        // Mostly not what is being declared, which would throw.
        const own = new RegExp(`\\b(${declared.join("|")})\\b`, "g");
        const start = (value: string): string =>
          early || declared.length === 0 ? value : value.replace(own, "minus");
        const lines = declared.map((name, i) => `${kind} ${name} = ${start([a, b][i].number)};`);
        if (nested !== null) lines.push(`if (${tests[0]}) { ${nested} }`);
        if (form === "if return") lines.push(`if (${c.any}) return ${c[result]};`);
        if (form === "if else")
          lines.push(`if (${tests[1]}) { return ${c[result]}; } else if (${tests[2]}) return ${b[result]};`);
        if (form === "assign")
          lines.push(
            `let w = ${c.number}; if (${tests[1]}) w += ${b.number}; if (w > 5) return ${b[result]};`,
          );
        if (form === "loop")
          lines.push(
            "let w = 0; for (let i = 0; i < 3; i++) w += i; for (const item of list) w += item;",
            `if (w > ${c.number}) return ${b[result]};`,
          );
        if (!falls) lines.push(`return ${d[result]};`);
        return lines.join(" ");
      });
  return fc.oneof(
    { weight: 2, arbitrary: expressions(numbers, strings, simple, 3).map((e) => `(${e[result]})`) },
    { weight: 3, arbitrary: block(["y", "limit", "ten"], 2, false).map((text) => `{ ${text} }`) },
  );
}

const arrow = (params: string, body: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc
    .tuple(body, fc.boolean())
    .map(([text, named]) =>
      named
        ? `function (${params}) ${text.startsWith("{") ? text : `{ return ${text}; }`}`
        : `(${params}) => ${text}`,
    );

type Shape = "number" | "string" | "pair";
const PARAMS: Readonly<
  Record<
    Shape,
    {
      readonly text: readonly string[];
      readonly numbers: readonly string[];
      readonly strings: readonly string[];
      readonly taken: readonly string[];
    }
  >
> = {
  number: { text: ["x", "x, extra = 2"], numbers: ["x"], strings: [], taken: ["x"] },
  string: { text: ["s", "s, ...rest"], numbers: ["s.length"], strings: ["s"], taken: ["s"] },
  pair: { text: ["[k, v]", "[k, v = 3]"], numbers: ["k", "v"], strings: [], taken: ["k", "v"] },
};

interface TextStep {
  readonly op: "map" | "filter" | "mapValues" | "flatMap" | "keyBy";
  readonly text: string;
  readonly to: Shape;
}

function steps(from: Shape): fc.Arbitrary<TextStep> {
  const { text, numbers, strings, taken } = PARAMS[from];
  return fc.constantFrom(true, true, false).chain((simple) => {
    const params = simple ? fc.constant(text[0]) : fc.constantFrom(...text);
    const fn = (result: keyof Texts): fc.Arbitrary<string> =>
      params.chain((names) => arrow(names, bodies(numbers, strings, taken, result, simple)));
    const expression = expressions(numbers, strings, simple, 3);
    const all: fc.Arbitrary<TextStep>[] = [
      fn("number").map((text) => ({ op: "map", text, to: "number" })),
      fn("any").map((text) => ({ op: "filter", text, to: from })),
      fn("boolean").map((text) => ({ op: "filter", text, to: from })),
      fn("string").map((text) => ({ op: "map", text, to: "string" })),
      fc.tuple(expression, expression, params).map(([a, b, names]) => ({
        op: "map",
        text: `(${names}) => [${a.number}, ${b.number}]`,
        to: "pair",
      })),
      fc.tuple(expression, params).map(([a, names]) => ({
        op: "flatMap",
        text: `(${names}) => [${a.number}, ten]`,
        to: "number",
      })),
    ];
    if (from === "number") all.push(fn("number").map((text) => ({ op: "keyBy", text, to: "pair" })));
    if (from === "pair")
      all.push(
        arrow("v", bodies(["v"], [], ["v"], "number", simple)).map((text) => ({
          op: "mapValues",
          text,
          to: "pair",
        })),
      );
    // Functions with a body of any kind are most of what there is to compile.
    return fc.oneof({ weight: 5, arbitrary: all[0] }, ...all.slice(1));
  });
}

const chains = (from: Shape): fc.Arbitrary<readonly TextStep[]> =>
  steps(from).chain((one) =>
    fc.oneof(
      fc.constant([one]),
      steps(one.to).chain((two) =>
        fc.oneof(
          fc.constant([one, two]),
          steps(two.to).map((three) => [one, two, three]),
        ),
      ),
    ),
  );

const odd = fc.constantFrom(
  ...[
    0,
    -0,
    1,
    -1,
    0.5,
    -2.5,
    0.49999999999999994,
    Number.NaN,
    Infinity,
    -Infinity,
    2 ** 31 - 1,
    2 ** 31,
    -(2 ** 31),
    2 ** 32,
    2 ** 32 + 1,
  ],
  ...[2 ** 53, -(2 ** 53) - 2, 1e308, 5e-324, 1e-310, 1e21],
);
const small = fc.integer({ min: -5, max: 200 });
const ROWS: Readonly<
  Record<Shape, fc.Arbitrary<readonly unknown[] | Float64Array | Int32Array | Uint32Array | Float32Array>>
> = {
  number: fc.oneof(
    fc.array(fc.oneof(odd, small, fc.double()), { maxLength: 20 }),
    fc.array(fc.oneof(odd, fc.double()), { maxLength: 20 }).map((v) => Float64Array.from(v)),
    fc.array(fc.oneof(odd, fc.double()), { maxLength: 20 }).map((v) => Float32Array.from(v)),
    fc.array(fc.oneof(small, fc.integer()), { maxLength: 20 }).map((v) => Int32Array.from(v)),
    fc.array(fc.oneof(small, fc.integer()), { maxLength: 20 }).map((v) => Uint32Array.from(v)),
    // Rows of more than one kind.
    fc.array(fc.oneof(odd, fc.constantFrom(null, undefined, true, "7", 3n)), { maxLength: 8 }),
  ),
  string: fc.array(
    fc.oneof(
      fc.string({ unit: "grapheme", maxLength: 8 }),
      fc.constantFrom("", "a", "a,b", "\ud83d", "É", "12"),
    ),
    { maxLength: 20 },
  ),
  pair: fc.array(fc.tuple(fc.oneof(small, odd), fc.oneof(odd, small, fc.double())), { maxLength: 20 }),
};

const SUMS: ReadonlySet<string> = new Set(["(a, b) => a + b", "(a, b) => b + a"]);

/** Whether the values have one sum, in whatever order they are added. */
function isExact(values: readonly unknown[]): boolean {
  return values.every(
    (value) => typeof value !== "number" || (Number.isInteger(value) && Math.abs(value) < 2 ** 40),
  );
}

type Outcome = { readonly value: unknown } | { readonly thrown: string };

function outcome(compute: () => unknown): Outcome {
  try {
    return { value: compute() };
  } catch (error) {
    return { thrown: (error as Error).message };
  }
}

async function outcomeOf(compute: () => Promise<unknown>): Promise<Outcome> {
  try {
    return { value: await compute() };
  } catch (error) {
    return { thrown: (error as Error & { readonly cause: Error }).cause?.message ?? String(error) };
  }
}

function plainly(rows: readonly unknown[], all: readonly TextStep[]): unknown[] {
  return all.reduce<unknown[]>((now, { op, text }) => {
    const f = functionOf(text);
    switch (op) {
      case "map":
        return now.map((row) => f(row));
      case "filter":
        return now.filter((row) => f(row));
      case "flatMap":
        return now.flatMap((row) => f(row));
      case "keyBy":
        return now.map((row) => [f(row), row]);
      case "mapValues":
        return (now as [unknown, unknown][]).map(([k, v]) => [k, f(v)]);
    }
  }, Array.from(rows));
}

function inJob(rdd: RDD<unknown>, all: readonly TextStep[]): RDD<unknown> {
  return all.reduce<RDD<unknown>>((now, { op, text }) => {
    const f = functionOf(text);
    switch (op) {
      case "map":
        return now.map(f);
      case "filter":
        return now.filter(f);
      case "flatMap":
        return now.flatMap(f);
      case "keyBy":
        return now.keyBy(f);
      case "mapValues":
        return (now as RDD<[unknown, unknown]>).mapValues(f);
    }
  }, rdd);
}

describe.each(TESTED)("functions in jobs with backend %s", (backend) => {
  let sc: Context;
  const became = { compiled: 0, javascript: 0 };
  beforeAll(async () => {
    sc = await Context.create({ master: "local[1, 1]", backend });
  });
  afterAll(() => sc.stop());

  for (const from of ["number", "string", "pair"] as const)
    it(`compute over rows of a ${from} what they compute in place`, async () => {
      await fc.assert(
        fc.asyncProperty(
          ROWS[from],
          chains(from),
          fc.integer({ min: 1, max: 3 }),
          async (rows, all, slices) => {
            for (const { text } of all) functionOf(text);
            const expected = outcome(() => plainly(rows as readonly unknown[], all));
            const rdd = inJob(sc.parallelize(rows as readonly unknown[], slices), all);
            const actual = await outcomeOf(() => rdd.collect());
            // When more than one row or function would throw, any may be the first.
            if ("value" in expected) expect(actual).toStrictEqual(expected);
            else expect(actual).toHaveProperty("thrown");
            for (const line of rdd.explain().split("\n").slice(0, -1)) {
              expect(line).toMatch(/: (compiled|JavaScript, because .)/);
              became[line.includes(": compiled") ? "compiled" : "javascript"]++;
            }
          },
        ),
        { numRuns: Math.ceil(RUNS / 2), endOnFailure: true },
      );
    });

  it("are compiled when they are simple", () => {
    expect(became.compiled).toBeGreaterThan(became.javascript / 4);
  });

  it("see the variables of their own blocks, and no others", async () => {
    const cases = [
      "(x) => { if (x > 2) { const limit = x * 2; return limit; } return limit; }",
      "(x) => { if (x > 2) { const x = 9; return x; } return x; }",
      "(x) => { const y = x + 1; if (y > 2) { const y = 100; return y; } return y; }",
      "(x) => { if (x > 1) { const limit = x; if (limit > 2) return limit; } else return 7; return limit; }",
      "(x) => { let y = x; if (x > 1) { let y = 5; if (x > 2) { let y = 6; } if (y === 6) return -1; } return y; }",
    ];
    const rows = Float64Array.of(1, 2, 3);
    for (const text of cases) {
      const mapped = sc.parallelize(rows, 1).map(functionOf(text));
      expect(await mapped.collect(), text).toEqual(Array.from(rows, functionOf(text)));
      expect(mapped.explain(), text).toContain(": compiled");
    }
    const early = functionOf(
      "(x) => { if (x > 1) { const y = limit; const limit = 3; return y; } return -1; }",
    );
    await expect(sc.parallelize(rows, 1).map(early).collect()).rejects.toThrow(/Cannot access 'limit'/);
    const hoisted = functionOf("(x) => { return limit; if (x) { var limit = 3; } }");
    expect(await sc.parallelize(rows, 1).map(hoisted).collect()).toEqual([undefined, undefined, undefined]);
  });

  it("throw what they throw, for what the result does not need too", async () => {
    const cases: [rows: readonly unknown[], texts: readonly string[]][] = [
      [[1, 2], ["([a, b]) => 1"]],
      [[1, 2], ["(x) => { const y = x.foo.bar; return 1; }"]],
      [
        [1, 2],
        ["({ foo: { bar } }) => x", "() => 1"],
      ],
      [
        [1n, 2n],
        ["(x) => x + 1", "(x) => 1"],
      ],
      [[null, null], ["({ a }) => 1"]],
      [[[1, null]], ["([a, { b }]) => a"]],
      [["a"], ["(x) => Math.abs(x.a.b)", "(x) => [ten, limit]"]],
    ];
    const split = functionOf("(line) => { const y = line.foo.bar; return line.split(','); }");
    await expect(sc.parallelize(["a,b"], 1).flatMap(split).collect()).rejects.toThrow(/reading 'bar'/);
    for (const [rows, texts] of cases) {
      const mapped = inJob(
        sc.parallelize(rows, 1),
        texts.map((text) => ({ op: "map", text, to: "number" })),
      );
      await expect(mapped.collect(), texts.join()).rejects.toMatchObject({ code: "JOB_FAILED" });
      await expect(mapped.count(), texts.join()).rejects.toMatchObject({ code: "JOB_FAILED" });
    }
  });

  it("reduce, fold and combine what they do in place", async () => {
    const merge = fc
      .boolean()
      .chain((simple) => expressions(["a", "b"], [], simple, 3))
      .map(({ number }) => `(a, b) => ${number}`);
    const known = fc.constantFrom(
      "(a, b) => a + b",
      "(a, b) => b + a",
      "(a, b) => Math.min(a, b)",
      "Math.max",
      "(a) => a",
      "(_, b) => b",
      "(a, b) => a * b",
    );
    await fc.assert(
      fc.asyncProperty(
        ROWS.number,
        ROWS.pair,
        steps("number"),
        fc.oneof(merge, known),
        async (rows, pairs, step, text) => {
          const f = functionOf(text);
          const numbers = Array.from(rows as readonly unknown[]);
          // One partition: a merge that does not commute has one order only.
          const rdd = inJob(sc.parallelize(numbers, 1), [step]);
          const reduced = outcome(() => plainly(numbers, [step]));
          // Sums go in lanes, so that their rounding is not that of a loop.
          const exact = !SUMS.has(text) || ("value" in reduced && isExact(reduced.value as unknown[]));
          if ("value" in reduced && (reduced.value as unknown[]).length > 0 && exact)
            expect(await outcomeOf(() => rdd.reduce(f))).toStrictEqual(
              outcome(() => (reduced.value as unknown[]).reduce((a, b) => f(a, b))),
            );
          const groups = new Map<unknown, unknown>();
          for (const [k, v] of pairs as readonly [unknown, unknown][])
            groups.set(k === 0 ? 0 : k, groups.has(k) ? f(groups.get(k), v) : v);
          const combined = await sc
            .parallelize(pairs as readonly [number, number][], 1)
            .reduceByKey(f, 2)
            .collectAsMap();
          expect(new Map([...combined].map(([k, v]) => [k === 0 ? 0 : k, v]))).toStrictEqual(groups);
        },
      ),
      { numRuns: Math.ceil(RUNS / 2), endOnFailure: true },
    );
  });
});
