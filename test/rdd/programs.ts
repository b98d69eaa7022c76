/**
 * Random RDD programs and what they mean on plain arrays. A dataset of the model knows its rows, whether their order is determined, and, while
 * nothing has been shuffled, its partitions.
 */
import { compareValues } from "../../src/column/equality.ts";
import { Random } from "../../src/executor/builtins/random.ts";
import type { Context, RDD } from "../../src/index.ts";

/** Pairs have numbers as values; keys are of any type. */
export type Kind = "number" | "mixed" | "pair";
type Pairs = RDD<[unknown, number]>;

export interface Model {
  readonly kind: Kind;
  readonly rows: readonly unknown[];
  readonly ordered: boolean;
  readonly parts: readonly (readonly unknown[])[] | null;
}

export interface Table {
  readonly rows: readonly unknown[];
  readonly slices: number;
}

/** The inputs of a program: one table of each kind to start from or to meet. */
export type Tables = Readonly<Record<Kind, Table>>;

export interface Step {
  readonly op: number;
  readonly n: number;
}

/** Structural identity: NaN equals NaN, -0 equals 0, 1 is not "1". */
export function identity(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(identity).join(",")}]`;
  if (value instanceof Date) return `date ${value.getTime()}`;
  if (typeof value === "object" && value !== null)
    return `{${Object.entries(value)
      .map(([k, v]) => `${k}:${identity(v)}`)
      .sort()
      .join(",")}}`;
  return `${typeof value} ${value === 0 ? "0" : JSON.stringify(typeof value === "string" ? value : String(value))}`;
}

export function slices(rows: readonly unknown[], n: number): unknown[][] {
  return Array.from({ length: n }, (_, i) =>
    rows.slice(Math.floor((i * rows.length) / n), Math.floor(((i + 1) * rows.length) / n)),
  );
}

export function tableModel(kind: Kind, { rows, slices: n }: Table): Model {
  return { kind, rows, ordered: true, parts: slices(rows, n) };
}

/** The same rows one by one, in their places. */
function each(model: Model, kind: Kind, f: (row: never) => readonly unknown[]): Model {
  const parts = model.parts?.map((part) => part.flatMap((row) => f(row as never))) ?? null;
  return { kind, rows: model.rows.flatMap((row) => f(row as never)), ordered: model.ordered, parts };
}

/** Rows whose order the model does not say. */
function shuffled(kind: Kind, rows: readonly unknown[]): Model {
  return { kind, rows, ordered: false, parts: null };
}

function groups(rows: readonly unknown[]): Map<string, { readonly key: unknown; readonly values: number[] }> {
  const found = new Map<string, { readonly key: unknown; readonly values: number[] }>();
  for (const [key, value] of rows as readonly (readonly [unknown, number])[]) {
    const id = identity(key);
    const group = found.get(id);
    if (group === undefined) found.set(id, { key, values: [value] });
    else group.values.push(value);
  }
  return found;
}

/** An order in which many numbers are equal. */
const bucket = (x: number): number => (Number.isFinite(x) ? Math.trunc(x) % 5 : 9);
const byBucket = (x: number, y: number): number => bucket(x) - bucket(y);

const fold = (a: number, b: number): number => (a * 31 + b) % 1_000_003;

function joined(
  left: readonly unknown[],
  right: readonly unknown[],
  keepLeft: boolean,
  keepRight: boolean,
): [unknown, number][] {
  const [a, b] = [groups(left), groups(right)];
  const rows: [unknown, number][] = [];
  for (const [id, { key, values }] of a) {
    const others = b.get(id)?.values ?? (keepLeft ? [-1] : []);
    for (const x of values) for (const y of others) rows.push([key, fold(x, y)]);
  }
  if (keepRight)
    for (const [id, { key, values }] of b)
      if (!a.has(id)) for (const y of values) rows.push([key, fold(-1, y)]);
  return rows;
}

export interface Operation {
  readonly from: Kind;
  /** Whether the program can take this step from here. */
  fits?(model: Model): boolean;
  run(rdd: RDD<never>, n: number, other: (kind: Kind) => RDD<never>): RDD<unknown>;
  model(model: Model, n: number, other: (kind: Kind) => Model): Model;
}

const number = (
  run: (rdd: RDD<number>, n: number, other: RDD<number>) => RDD<unknown>,
  model: Operation["model"],
): Operation => ({
  from: "number",
  run: (rdd, n, other) => run(rdd as unknown as RDD<number>, n, other("number") as unknown as RDD<number>),
  model,
});
const mixed = (
  run: (rdd: RDD<unknown>, n: number, other: RDD<unknown>) => RDD<unknown>,
  model: Operation["model"],
): Operation => ({
  from: "mixed",
  run: (rdd, n, other) => run(rdd as unknown as RDD<unknown>, n, other("mixed") as unknown as RDD<unknown>),
  model,
});
const pair = (
  run: (rdd: Pairs, n: number, other: Pairs) => RDD<unknown>,
  model: Operation["model"],
): Operation => ({
  from: "pair",
  run: (rdd, n, other) => run(rdd as unknown as Pairs, n, other("pair") as unknown as Pairs),
  model,
});

/** Operations that every kind of row has. */
function general(kind: Kind): Operation[] {
  const same = (
    run: (rdd: RDD<unknown>, n: number, other: RDD<unknown>) => RDD<unknown>,
    model: Operation["model"],
    fits?: Operation["fits"],
  ): Operation => ({
    from: kind,
    run: (rdd, n, other) => run(rdd as unknown as RDD<unknown>, n, other(kind) as unknown as RDD<unknown>),
    model,
    ...(fits === undefined ? {} : { fits }),
  });
  const inOther = (other: Model): ((row: unknown) => boolean) => {
    const there = new Set(other.rows.map(identity));
    return (row) => there.has(identity(row));
  };
  const once = (rows: readonly unknown[]): unknown[] => [
    ...new Map(rows.map((row) => [identity(row), row])).values(),
  ];
  return [
    same(
      (rdd, _n, other) => rdd.union(other),
      (a, _n, other) => {
        const b = other(kind);
        const parts = a.parts === null || b.parts === null ? null : [...a.parts, ...b.parts];
        return { kind, rows: [...a.rows, ...b.rows], ordered: a.ordered && b.ordered, parts };
      },
    ),
    same(
      (rdd, n) => rdd.distinct(n),
      (a) => shuffled(kind, once(a.rows)),
    ),
    same(
      (rdd, n, other) => rdd.intersection(other, n),
      (a, _n, other) => shuffled(kind, once(a.rows.filter(inOther(other(kind))))),
    ),
    same(
      (rdd, _n, other) => rdd.subtract(other),
      (a, _n, other) => {
        const there = inOther(other(kind));
        return shuffled(
          kind,
          a.rows.filter((row) => !there(row)),
        );
      },
    ),
    same(
      (rdd, n) => rdd.repartition(n),
      (a) => shuffled(kind, a.rows),
    ),
    same(
      (rdd, n) => rdd.coalesce(n),
      (a, n) => {
        if (a.parts === null) return a;
        const { parts } = a;
        const m = Math.min(n, parts.length);
        const merged = Array.from({ length: m }, (_, i) =>
          parts.slice(Math.floor((i * parts.length) / m), Math.floor(((i + 1) * parts.length) / m)).flat(),
        );
        return { ...a, parts: merged };
      },
    ),
    same(
      (rdd) => rdd.persist(),
      (a) => a,
    ),
    same(
      (rdd) => rdd.glom().flatMap((rows) => [...rows]),
      (a) => a,
    ),
    same(
      (rdd, n) => rdd.sample(false, 0.5, n),
      (a, n) => {
        const parts = a.parts!.map((part, i) => {
          const random = Random.ofPartition(n, i);
          return part.filter(() => random.nextDouble() < 0.5);
        });
        return { kind, rows: parts.flat(), ordered: true, parts };
      },
      (a) => a.parts !== null,
    ),
  ];
}

export const OPERATIONS: readonly Operation[] = [
  ...general("number"),
  ...general("mixed"),
  ...general("pair"),
  number(
    (rdd, n) => rdd.map((x) => x * 2 + n),
    (a, n) => each(a, "number", (x: number) => [x * 2 + n]),
  ),
  number(
    (rdd, n) => rdd.filter((x) => x % n === 0 || x > 50),
    (a, n) => each(a, "number", (x: number) => (x % n === 0 || x > 50 ? [x] : [])),
  ),
  number(
    (rdd, n) => rdd.flatMap((x) => (x > n ? [x, x - n] : [])),
    (a, n) => each(a, "number", (x: number) => (x > n ? [x, x - n] : [])),
  ),
  number(
    (rdd, n) => rdd.map((x) => [Math.trunc(x) % n, Math.trunc(x)]),
    (a, n) => each(a, "pair", (x: number) => [[Math.trunc(x) % n, Math.trunc(x)]]),
  ),
  number(
    (rdd) => rdd.map((x) => (x > 3 ? String(x) : x)),
    (a) => each(a, "mixed", (x: number) => [x > 3 ? String(x) : x]),
  ),
  number(
    (rdd, n) => rdd.sortBy((x) => x, n % 2 === 0, n),
    (a, n) => {
      const sign = n % 2 === 0 ? 1 : -1;
      const rows = a.rows.toSorted((x, y) => sign * compareValues(x, y));
      return { kind: "number", rows, ordered: true, parts: null };
    },
  ),
  number(
    (rdd, n) => rdd.sortBy((x) => x, n % 2 === 0, n, byBucket),
    (a, n) => {
      const sign = n % 2 === 0 ? 1 : -1;
      const rows = a.rows.toSorted((x, y) => sign * byBucket(x as number, y as number));
      return { kind: "number", rows, ordered: a.ordered, parts: null };
    },
  ),
  {
    ...number(
      (rdd) => rdd.mapPartitions((rows) => [rows.reduce((count, x) => count + (x > 0 ? 1 : 0), 0)]),
      (a) => {
        const parts = a.parts!.map((part) => [part.filter((x) => (x as number) > 0).length]);
        return { kind: "number", rows: parts.flat(), ordered: true, parts };
      },
    ),
    fits: (a) => a.parts !== null,
  },
  {
    ...mixed(
      (rdd) => rdd.zipWithIndex(),
      (a) => {
        let at = 0;
        const parts = a.parts?.map((part) => part.map((row) => [row, at++])) ?? null;
        return { kind: "pair", rows: a.rows.map((row, i) => [row, i]), ordered: true, parts };
      },
    ),
    fits: (a) => a.ordered,
  },
  mixed(
    (rdd) => rdd.filter((x) => typeof x !== "string"),
    (a) => each(a, "mixed", (x) => (typeof x !== "string" ? [x] : [])),
  ),
  mixed(
    (rdd) => rdd.map((x) => [x, 1] as const),
    (a) => each(a, "pair", (x) => [[x, 1]]),
  ),
  mixed(
    (rdd) => rdd.map((x) => ({ kind: typeof x, x })),
    (a) => each(a, "mixed", (x: unknown) => [{ kind: typeof x, x }]),
  ),
  mixed(
    (rdd) => rdd.groupBy((x) => typeof x).mapValues((rows) => rows.length),
    (a) =>
      shuffled(
        "pair",
        [...groups(a.rows.map((x) => [typeof x, 1])).values()].map(({ key, values }) => [key, values.length]),
      ),
  ),
  pair(
    (rdd) => rdd.values(),
    (a) => each(a, "number", ([, value]: [unknown, number]) => [value]),
  ),
  pair(
    (rdd) => rdd.keys(),
    (a) => each(a, "mixed", ([key]: [unknown, number]) => [key]),
  ),
  pair(
    (rdd, n) => rdd.mapValues((value) => value + n),
    (a, n) => each(a, "pair", ([key, value]: [unknown, number]) => [[key, value + n]]),
  ),
  pair(
    (rdd, n) => rdd.flatMapValues((value) => (value > n ? [value, n] : [])),
    (a, n) =>
      each(a, "pair", ([key, value]: [unknown, number]) =>
        value > n
          ? [
              [key, value],
              [key, n],
            ]
          : [],
      ),
  ),
  pair(
    (rdd, n) => rdd.reduceByKey((a, b) => a + b, n),
    (a) =>
      shuffled(
        "pair",
        [...groups(a.rows).values()].map(({ key, values }) => [key, values.reduce((x, y) => x + y)]),
      ),
  ),
  pair(
    (rdd) => rdd.reduceByKey((a, b) => Math.max(a, b)),
    (a) =>
      shuffled(
        "pair",
        [...groups(a.rows).values()].map(({ key, values }) => [key, Math.max(...values)]),
      ),
  ),
  pair(
    (rdd) =>
      rdd
        .aggregateByKey(
          { count: 0 },
          (all, value) => {
            all.count += value > 0 ? 1 : 0;
            return all;
          },
          (x, y) => ({ count: x.count + y.count }),
        )
        .mapValues(({ count }) => count),
    (a) =>
      shuffled(
        "pair",
        [...groups(a.rows).values()].map(({ key, values }) => [key, values.filter((v) => v > 0).length]),
      ),
  ),
  pair(
    (rdd, n) =>
      rdd
        .groupByKey(n)
        .mapValues((values) => values.toSorted((a, b) => a - b).reduce((a, b) => (a * 31 + b) % 1_000_003)),
    (a) =>
      shuffled(
        "pair",
        [...groups(a.rows).values()].map(({ key, values }) => [
          key,
          values.toSorted((x, y) => x - y).reduce(fold),
        ]),
      ),
  ),
  pair(
    (rdd, n) => rdd.partitionBy(n),
    (a) => shuffled("pair", a.rows),
  ),
  pair(
    (rdd, n) => rdd.sortByKey(n % 2 === 0, n),
    (a, n) => {
      const sign = n % 2 === 0 ? 1 : -1;
      const rows = a.rows.toSorted((x, y) => sign * compareValues((x as [unknown])[0], (y as [unknown])[0]));
      return { kind: "pair", rows, ordered: a.ordered, parts: null };
    },
  ),
  pair(
    (rdd, n, other) => rdd.join(other, n).mapValues(([x, y]) => (x * 31 + y) % 1_000_003),
    (a, _n, other) => shuffled("pair", joined(a.rows, other("pair").rows, false, false)),
  ),
  pair(
    (rdd, _n, other) => rdd.leftOuterJoin(other).mapValues(([x, y]) => (x * 31 + (y ?? -1)) % 1_000_003),
    (a, _n, other) => shuffled("pair", joined(a.rows, other("pair").rows, true, false)),
  ),
  pair(
    (rdd, _n, other) => rdd.rightOuterJoin(other).mapValues(([x, y]) => ((x ?? -1) * 31 + y) % 1_000_003),
    (a, _n, other) => shuffled("pair", joined(a.rows, other("pair").rows, false, true)),
  ),
  pair(
    (rdd, n, other) =>
      rdd.fullOuterJoin(other, n).mapValues(([x, y]) => ((x ?? -1) * 31 + (y ?? -1)) % 1_000_003),
    (a, _n, other) => shuffled("pair", joined(a.rows, other("pair").rows, true, true)),
  ),
  pair(
    (rdd, _n, other) => rdd.cogroup(other).mapValues(([own, others]) => own.length * 1000 + others.length),
    (a, _n, other) => {
      const [own, others] = [groups(a.rows), groups(other("pair").rows)];
      return shuffled(
        "pair",
        [...new Map([...others, ...own])].map(([id, { key }]) => [
          key,
          (own.get(id)?.values.length ?? 0) * 1000 + (others.get(id)?.values.length ?? 0),
        ]),
      );
    },
  ),
  pair(
    (rdd, _n, other) => rdd.subtractByKey(other),
    (a, _n, other) => {
      const others = groups(other("pair").rows);
      return shuffled(
        "pair",
        a.rows.filter((row) => !others.has(identity((row as [unknown])[0]))),
      );
    },
  ),
];

/** Joins of joins would take all day. */
const MOST_ROWS = 200_000;

/** The steps of a program that are possible one after the other, and what they give on plain arrays. */
export function plan(
  start: Model,
  tables: Tables,
  steps: readonly Step[],
): { readonly operations: readonly [Operation, number][]; readonly model: Model } {
  const operations: [Operation, number][] = [];
  let model = start;
  for (const { op, n } of steps) {
    const possible = OPERATIONS.filter((o) => o.from === model.kind && (o.fits?.(model) ?? true));
    const operation = possible[op % possible.length];
    const next = operation.model(model, n, (kind) => tableModel(kind, tables[kind]));
    if (next.rows.length > MOST_ROWS) continue;
    model = next;
    operations.push([operation, n]);
  }
  return { operations, model };
}

export function build(
  sc: Context,
  start: Kind,
  tables: Tables,
  operations: readonly (readonly [Operation, number])[],
): RDD<unknown> {
  const source = (kind: Kind): RDD<never> =>
    sc.parallelize(tables[kind].rows as never[], tables[kind].slices) as RDD<never>;
  let rdd = source(start);
  for (const [operation, n] of operations) rdd = operation.run(rdd, n, source) as RDD<never>;
  return rdd as RDD<unknown>;
}
