import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Context } from "../../src/index.ts";
import { testable } from "../backends.ts";
import { checkCase, checkFailure, readCases, runCase } from "./cases.ts";

/** The scenarios have tests of their own (cancellation). */
const documented = readCases("rdd_cases.json").filter(({ compare }) => compare !== "scenario");
const more = readCases("more_cases.json");

let tmp: string;
beforeAll(() => {
  tmp = mkdtempSync(join(tmpdir(), "gnista-cases-"));
});
afterAll(() => rmSync(tmp, { recursive: true, force: true }));

describe.each(["local", "local[2]"])("Spark's documented cases on %s", (master) => {
  let sc: Context;
  beforeAll(async () => {
    sc = await Context.create({ master, memory: "1g" });
  });
  afterAll(() => sc.stop());

  for (const one of documented) test(one.id, async () => checkCase(one, await runCase(sc, one, tmp)));
});

describe("edge cases, the same on every backend and number of workers", () => {
  const contexts: Context[] = [];
  beforeAll(async () => {
    for (const setup of testable([
      { master: "local", backend: "js" },
      { master: "local", backend: "wasm" },
      { master: "local[1]", backend: "wasm" },
      { master: "local[2]", backend: "native" },
      { master: "local[4]", backend: "js" },
    ] as const))
      contexts.push(
        await Context.create({ ...setup, memory: "256m", conf: { "spark.default.parallelism": "3" } }),
      );
  });
  afterAll(async () => {
    for (const sc of contexts) await sc.stop();
  });

  for (const one of more)
    test(one.id, async () => {
      if (one.compare === "throws") {
        for (const sc of contexts) await checkFailure(one, runCase(sc, one, tmp));
        return;
      }
      const results: unknown[] = [];
      for (const sc of contexts) results.push(await runCase(sc, one, tmp));
      for (const result of results) checkCase(one, result);
      for (const result of results) expect(result).toEqual(results[0]);
    });
});
