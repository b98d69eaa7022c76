import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const REPOSITORY = resolve(import.meta.dirname, "../..");
const folder = mkdtempSync(join(tmpdir(), "gnista-bundle-"));
const node = (...args: readonly string[]): string =>
  execFileSync(process.execPath, args, { cwd: REPOSITORY, encoding: "utf8" });

beforeAll(() => {
  for (const name of ["package.json", "node_modules"])
    symlinkSync(join(REPOSITORY, name), join(folder, name));
  const dist = join(folder, "dist");
  node("node_modules/typescript/bin/tsc", "-p", "tsconfig.build.json", "--outDir", dist);
  cpSync(join(REPOSITORY, "src/kernels/wasm"), join(dist, "kernels/wasm"), {
    recursive: true,
    filter: (path) => !path.endsWith(".ts"),
  });
  node("scripts/bundle.mjs", dist);
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true }));

/** A program beside the package, and how many of the package's files it reads. */
function run(master: string, backend: string): { readonly files: number; readonly said: unknown } {
  const path = join(folder, "program.mjs");
  writeFileSync(
    path,
    `import { registerHooks } from "node:module";
let files = 0;
registerHooks({ load: (url, context, next) => { if (url.includes("/dist/")) files++; return next(url, context); } });
const { Context } = await import("./dist/index.js");
await using sc = await Context.create({ master: ${JSON.stringify(master)}, backend: ${JSON.stringify(backend)} });
const pairs = sc.parallelize(["a b", "b"]).flatMap((line) => line.split(/\\W+/)).map((word) => [word, 1]);
const counts = await pairs.reduceByKey((a, b) => a + b).sortByKey().collect();
const wrong = await sc.range(3).map((x) => { if (x === 2) throw new TypeError("two"); return x; }).collect().catch((error) => error.message);
console.log(JSON.stringify({ files, said: { counts, wrong, version: sc.version } }));
`,
  );
  return JSON.parse(node(path)) as { files: number; said: unknown };
}

describe("the package as it is built", () => {
  for (const master of ["local", "local[2]"])
    for (const backend of ["js", "wasm"])
      it(`reads a few files at start, and errors name the program's line: ${master}, ${backend}`, () => {
        const { files, said } = run(master, backend);
        expect(files).toBeLessThan(10);
        expect(said).toEqual({
          counts: [
            ["a", 1],
            ["b", 2],
          ],
          wrong: expect.stringMatching(/map at .*program\.mjs:8:\d+.*two/s),
          version: expect.stringMatching(/^\d+\.\d+\.\d+/),
        });
      });
});
