import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { Context } from "../../src/index.ts";
import { wrongCases } from "./fixtures/cases.ts";

const PROGRAM = resolve("test/closure/fixtures/program.ts");

function node(...args: string[]): unknown {
  const out = execFileSync(process.execPath, args, {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  return JSON.parse(out.trim().split("\n").at(-1)!);
}

describe("captured functions", () => {
  for (const master of ["local", "local[2]"])
    it(`work under a test runner's rewriting, on ${master}`, async () => {
      const sc = await Context.create({ master });
      try {
        expect(await wrongCases(sc)).toEqual([]);
      } finally {
        await sc.stop();
      }
    });

  it("work in a plain program, inline and on workers", () => {
    expect(node(PROGRAM, "local")).toEqual([]);
    expect(node(PROGRAM, "local[2]")).toEqual([]);
  });

  it("work in a worker thread of the program's own", () => {
    expect(node(PROGRAM, "worker")).toEqual([]);
  });

  const index = JSON.stringify(pathToFileURL(resolve("src/index.ts")).href);
  const source = (load: string): string => `${load}
const __name = (f, value) => Object.defineProperty(f, "name", { value, configurable: true });
const add = /* @__PURE__ */ __name((x) => x + n, "add"), n = 5;
(async () => {
  const sc = await Context.create({ master: "local[2]" });
  console.log(JSON.stringify(await sc.parallelize([1, 2]).map((x) => { const g = __name((y) => add(y), "g"); return g(x); }).collect()));
  await sc.stop();
})();
`;

  it("work from the command line and in a data URL, with a bundler's __name", () => {
    const program = source(`import { Context } from ${index};`);
    expect(node("--input-type=module", "-e", program)).toEqual([6, 7]);
    const url = `data:text/javascript,${encodeURIComponent(program)}`;
    expect(node("--input-type=module", "-e", `await import(${JSON.stringify(url)})`)).toEqual([6, 7]);
  });

  it("work in a CommonJS program, and minified", () => {
    const folder = mkdtempSync(join(tmpdir(), "gnista-capture-"));
    try {
      const file = join(folder, "program.cjs");
      writeFileSync(file, source(`const { Context } = require(${JSON.stringify(resolve("src/index.ts"))});`));
      expect(node(file)).toEqual([6, 7]);
      const minified = join(folder, "min.mjs");
      writeFileSync(
        minified,
        `import{Context as C}from${index};const s=await C.create({master:"local[2]"}),f=(a,b)=>a+b,k=3;console.log(JSON.stringify(await s.parallelize([1,2,3]).map(a=>({a,b:f(a,k)})).map(({a:c,b:d})=>c*d).collect()));await s.stop();`,
      );
      expect(node(minified)).toEqual([4, 10, 18]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
