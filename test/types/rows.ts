/** What row types are inferred. Nothing here runs: the type check of the project is the test. */
import type { Context, RDD } from "../../src/index.ts";

declare const sc: Context;

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
/** Compiles only when the rows of the RDD are exactly of type T. */
function rowsAre<T>() {
  return <U>(_rdd: RDD<U>, ..._same: Same<T, U> extends true ? [] : ["these rows are", U]): void => {};
}

const words = sc.parallelize(["a", "b"]);
const pairs = sc.parallelize([
  ["a", 1],
  ["b", 2],
]);

rowsAre<string>()(words);
rowsAre<[string, number]>()(pairs);
rowsAre<[string, number]>()(words.map((word) => [word, 1]));
rowsAre<[string, number]>()(words.map((word) => [word, 1] as const));
rowsAre<[string, string[]]>()(words.map((word) => [word, [word]]));
rowsAre<[number, [string, boolean]]>()(words.map((word) => [1, [word, true]]));
rowsAre<[number, string, boolean]>()(words.map((word) => [1, word, true]));
rowsAre<{ n: number; word: string }>()(words.map((word) => ({ n: 1, word })));
rowsAre<"x" | "y">()(words.map((word): "x" | "y" => (word === "a" ? "x" : "y")));
rowsAre<boolean>()(words.map((word) => word === "a"));
rowsAre<number | null>()(words.map((word) => (word === "a" ? null : word.length)));
rowsAre<string>()(words.flatMap((word) => word.split("")));
const letters = words.flatMap((word) => word.split("").map((c) => [c, 1]));
rowsAre<[string, number]>()(letters);
const ones = words.mapPartitions((rows) => rows.map((word) => [word, 1]));
rowsAre<[string, number]>()(ones);
rowsAre<[string, number[]]>()(pairs.mapValues((n) => [n]));
rowsAre<[string, [number, number]]>()(pairs.mapValues((n) => [n, 1]));
rowsAre<[string, [number, string | null]]>()(
  pairs.leftOuterJoin(words.map((word) => [word, word.toUpperCase()])),
);
rowsAre<[string, [number[], string[]]]>()(pairs.cogroup(words.keyBy((word) => word)));
rowsAre<[string, [number[], string[], boolean[]]]>()(
  pairs.cogroup(
    words.keyBy((word) => word),
    words.map((word) => [word, true]),
  ),
);
rowsAre<[number, number]>()(sc.parallelizePairs(Uint32Array.of(1), Float64Array.of(1)));
rowsAre<[bigint, number]>()(sc.parallelizePairs(BigUint64Array.of(1n), Float64Array.of(1)));
rowsAre<[string, number[]]>()(pairs.groupByKey());
rowsAre<[string, number[]]>()(
  pairs.combineByKey(
    (n) => [n],
    (all, n) => [...all, n],
    (a, b) => [...a, ...b],
  ),
);
rowsAre<[number, [number[], number]]>()(
  sc
    .parallelize([[0, 1] as number[]])
    .map((point) => [0, [point, 1]])
    .reduceByKey(([a, n], [b, m]) => [a.map((x, i) => x + b[i]), n + m]),
);
rowsAre<number>()(sc.range(3).filter((x) => x > 1));
rowsAre<string>()(sc.parallelize(["a", null]).filter((word) => word !== null));

// What a user chains without a thought about types.
rowsAre<[string, number]>()(
  words
    .flatMap((line) => line.split(" "))
    .filter((word) => word.length > 3)
    .map((word) => [word, 1])
    .reduceByKey((a, b) => a + b)
    .sortBy(([, n]) => -n),
);
const links = sc.parallelize([["a", ["b"]] as [string, string[]]]);
const ranks = links.mapValues(() => 1);
rowsAre<[string, number]>()(ranks);
rowsAre<[string, number]>()(
  links
    .join(ranks)
    .flatMap(([, [out, rank]]) => out.map((to) => [to, rank / out.length]))
    .reduceByKey((a, b) => a + b)
    .mapValues((sum) => 0.15 + 0.85 * sum),
);
rowsAre<[string, [number, number]]>()(
  pairs
    .aggregateByKey(
      [0, 0],
      ([sum, n], x) => [sum + x, n + 1],
      ([a, n], [b, m]) => [a + b, n + m],
    )
    .mapValues(([sum, n]) => [sum, n]),
);
rowsAre<[number, string[]]>()(words.groupBy((word) => word.length));
rowsAre<[string, number]>()(words.zipWithIndex());
rowsAre<[string, number]>()(words.zip(sc.range(2)));
rowsAre<[string, [string, number]]>()(words.cartesian(pairs));
rowsAre<string[]>()(words.glom());
rowsAre<string>()(pairs.keys());
rowsAre<number>()(pairs.values());
rowsAre<[string, number]>()(pairs.sortByKey().filterByRange("a", "b").partitionBy(2).sample(false, 0.5));
rowsAre<[string, [number | null, string | null]]>()(pairs.fullOuterJoin(words.keyBy((word) => word)));
rowsAre<[string, [number | null, string]]>()(pairs.rightOuterJoin(words.keyBy((word) => word)));
rowsAre<[string, [number[], string[], boolean[], string[]]]>()(
  pairs.groupWith(
    words.keyBy((word) => word),
    words.map((word) => [word, true]),
    words.keyBy((word) => word),
  ),
);
rowsAre<string>()(sc.union([words, words]));
rowsAre<string>()(sc.union(words, words.distinct()));
rowsAre<number>()(words.zipPartitions(sc.range(3), pairs, (a, b, c) => [[...a, ...b, ...c].length]));
const gathered = words.barrier().mapPartitions((rows) => rows.map((word) => [word, word.length]));
rowsAre<[string, number]>()(gathered);

/** Compiles only when the promise is exactly of this type. */
function givesExactly<T>() {
  return <U>(_promise: Promise<U>, ..._same: Same<T, U> extends true ? [] : ["it gives", U]): void => {};
}

givesExactly<number>()(pairs.map(([, n]) => n).sum());
givesExactly<Map<string, number>>()(pairs.countByKey());
givesExactly<Map<string, number>>()(pairs.collectAsMap());
givesExactly<number[]>()(pairs.lookup("a"));
givesExactly<string>()(words.max((word) => word.length));
givesExactly<string[]>()(words.takeOrdered(2, (a, b) => a.localeCompare(b)));
givesExactly<[number[], number[]]>()(sc.range(3).histogram(2));
givesExactly<[string[], number[]]>()(words.histogram(["a", "b"]));
givesExactly<[number, number]>()(
  sc.range(3).aggregate(
    [0, 0],
    ([s, n], x) => [s + x, n + 1],
    ([a, n], [b, m]) => [a + b, n + m],
  ),
);
givesExactly<number>()(words.map((word) => word.length).reduce((a, b) => a + b));
givesExactly<[string, number]>()(
  words.aggregate(
    ["", 0],
    ([text, n], word) => [text + word, n + 1],
    ([a, n], [b, m]) => [a + b, n + m],
  ),
);
givesExactly<number>()(
  words.aggregate(
    0,
    (n, word) => n + word.length,
    (a, b) => a + b,
  ),
);
givesExactly<string[]>()(
  words.treeAggregate(
    [] as string[],
    (all, word) => [...all, word],
    (a, b) => [...a, ...b],
  ),
);
givesExactly<{ n: number }>()(
  words.aggregate(
    { n: 0 },
    ({ n }, word) => ({ n: n + word.length }),
    (a, b) => ({ n: a.n + b.n }),
  ),
);
givesExactly<Set<string>>()(
  words.aggregate(
    new Set<string>(),
    (all, word) => all.add(word),
    (a, b) => new Set([...a, ...b]),
  ),
);
rowsAre<[string, [string, number]]>()(
  pairs.aggregateByKey(
    ["", 0],
    ([text, n], x) => [text + x, n + 1],
    ([a, n], [b, m]) => [a + b, n + m],
  ),
);
rowsAre<[string, number]>()(
  pairs.aggregateByKey(
    0,
    (n, x) => n + x,
    (a, b) => a + b,
  ),
);
rowsAre<[string, number]>()(pairs.sortByKey(true, 2, (a, b) => a.localeCompare(b)));
rowsAre<string>()(
  words.sortBy(
    (word) => word,
    true,
    2,
    (a, b) => a.localeCompare(b),
  ),
);
