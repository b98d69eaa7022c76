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
