/** Errors of user functions name the operation and the user's own file, line and column, wherever the function comes from. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect, test } from "vitest";

const PROGRAM = resolve("test/closure/fixtures/failing.ts");
const LIBRARY = resolve("test/closure/fixtures/failing-library.ts");

/** `file:line:column` after each mark. */
function marks(): Map<string, string> {
  const found = new Map<string, string>();
  for (const file of [PROGRAM, LIBRARY])
    readFileSync(file, "utf8")
      .split("\n")
      .forEach((line, i) => {
        for (const mark of line.matchAll(/\/\*@(\w+)\*\/ ?/g))
          found.set(mark[1], `${file}:${i + 1}:${mark.index + mark[0].length + 1}`);
      });
  return found;
}

const OPERATIONS: Readonly<Record<string, string>> = {
  imported: "filter",
  whole: "map",
  property: "map",
  library: "map",
  generator: "mapPartitions",
  merge: "reduceByKey",
  mergeCombiners: "combineByKey",
  fold: "foldByKey",
  aggregate: "aggregate",
  partition: "partitionBy",
  sort: "sortBy",
  foreach: "foreach",
  method: "map",
};

test.each(["local", "local[2]"])("in a TypeScript program on %s", (master) => {
  const out = execFileSync(process.execPath, [PROGRAM, master], { encoding: "utf8" });
  const places = JSON.parse(out) as Record<string, { operation: string; source: string; partition: number }>;
  const sources = marks();
  expect(Object.keys(places).toSorted()).toEqual([...sources.keys()].toSorted());
  for (const [name, { operation, source, partition }] of Object.entries(places)) {
    expect({ name, source }).toEqual({ name, source: sources.get(name) });
    expect(operation).toMatch(
      new RegExp(`^${OPERATIONS[name]} at test/closure/fixtures/failing\\.ts:\\d+:\\d+$`),
    );
    expect(partition).toBeGreaterThanOrEqual(0);
  }
});
