import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, describe, expect, it } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "gnista-cli-"));
afterAll(() => rmSync(folder, { recursive: true }));

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** The command in a process of its own, in an empty folder. */
function gnista(...args: string[]): Promise<Ended> {
  return new Promise((done) => {
    execFile(process.execPath, [resolve("src/cli/main.ts"), ...args], { cwd: folder }, (error, out, err) => {
      done({ code: typeof error?.code === "number" ? error.code : error === null ? 0 : 1, out, err });
    });
  });
}

function program(name: string, source: string): string {
  const path = join(folder, name);
  writeFileSync(path, source);
  return path;
}

describe("the command gnista", () => {
  it("helps", async () => {
    const { code, out } = await gnista("--help");
    expect(code).toBe(0);
    for (const word of ["demo", "run <file.ts>", "--version", "Context.create"]) expect(out).toContain(word);
    expect((await gnista()).code).toBe(2);
  });

  it("says its version", async () => {
    const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
    expect((await gnista("--version")).out.trim()).toBe(version);
  });

  it("knows no other commands", async () => {
    const { code, err } = await gnista("frobnicate");
    expect(code).toBe(2);
    expect(err).toContain('no command "frobnicate"');
  });

  it("runs a TypeScript program that imports gnista, with arguments and its exit code", async () => {
    const path = program(
      "first.ts",
      `import { Context } from "gnista";
interface Options { readonly limit: number }
const options: Options = { limit: Number(process.argv[2]) };
await using sc = await Context.create({ master: "local[2]" });
const counts = sc.parallelize(["to be", "or not", "to be"])
  .flatMap((line) => line.split(" "))
  .map((word) => ({ word, size: word.length + options.limit }))
  .map(({ word, size }) => [word, size] as const)
  .reduceByKey((a, b) => a + b);
console.log(JSON.stringify(await counts.sortByKey().collect()));
process.exitCode = 7;
`,
    );
    const { code, out, err } = await gnista("run", path, "10");
    expect(err).toBe("");
    expect(JSON.parse(out)).toEqual([
      ["be", 24],
      ["not", 13],
      ["or", 12],
      ["to", 24],
    ]);
    expect(code).toBe(7);
  });

  it("says when there is no program", async () => {
    expect((await gnista("run")).err).toContain("gnista run needs a file");
    const { code, err } = await gnista("run", "none.ts");
    expect(code).toBe(1);
    expect(err).toContain("InputNotFoundError: there is no file");
  });

  it("runs a demo workload on every backend and checks the answers", async () => {
    const { code, out } = await gnista("demo", "k-means");
    expect(out).toContain("All answers agree.");
    expect(out.match(/agrees$/gm)).toHaveLength(4);
    expect(code).toBe(0);
    expect((await gnista("demo", "chess")).err).toContain("word-count");
  });
});
