import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { Folder } from "./support.ts";

const folder = new Folder();
afterAll(() => folder.remove());

describe("gnista run", () => {
  it("runs a TypeScript program that imports gnista, with arguments and its exit code", async () => {
    folder.write(
      "sizes.ts",
      `export interface Options { readonly limit: number }
export function sized(word: string, options: Options): readonly [string, number] {
  return [word, word.length + options.limit] as const;
}
`,
    );
    const path = folder.write(
      "first.ts",
      `import { Context } from "gnista";
import { type Options, sized } from "./sizes.ts";
const options: Options = { limit: Number(process.argv[2]) };
await using sc = await Context.create({ master: "local[2]" });
const counts = sc.parallelize(["to be", "or not", "to be"])
  .flatMap((line: string) => line.split(" "))
  .map((word): readonly [string, number] => sized(word, options satisfies Options))
  .reduceByKey((a, b) => a + b);
console.log(JSON.stringify([process.argv.slice(2), await counts.sortByKey().collect()]));
process.exitCode = 7;
`,
    );
    const { code, out, err } = await folder.gnista("run", path, "10", "--flag", "two words");
    expect(err).toBe("");
    expect(JSON.parse(out)).toEqual([
      ["10", "--flag", "two words"],
      [
        ["be", 24],
        ["not", 13],
        ["or", 12],
        ["to", 24],
      ],
    ]);
    expect(code).toBe(7);
  });

  it("runs JavaScript, as a module or with require", async () => {
    const body = (load: string): string => `${load}
Context.create({ master: "local" }).then(async (sc) => {
  console.log(await sc.range(4).sum());
  await sc.stop();
});
`;
    const esm = folder.write("sum.mjs", body('import { Context } from "gnista";'));
    const cjs = folder.write("sum.cjs", body('const { Context } = require("gnista");'));
    for (const path of [esm, cjs])
      expect(await folder.gnista("run", path)).toEqual({ code: 0, out: "6\n", err: "" });
  });

  it("leaves what else cannot be found as Node says it", async () => {
    const { code, err } = await folder.gnista("run", folder.write("lost.ts", 'import "gnista-not-there";\n'));
    expect(code).toBe(1);
    expect(err).toContain("gnista-not-there");
  });

  it("resolves gnista where Node has only hooks on another thread", async () => {
    const path = folder.write(
      "old.mjs",
      'import { GnistaError } from "gnista"; console.log(typeof GnistaError);',
    );
    const older = 'data:text/javascript,import module from "node:module"; delete module.registerHooks;';
    const hook = pathToFileURL(resolve("src/cli/resolve-gnista.ts")).href;
    const { code, out } = await folder.node(["--import", older, "--import", hook, path]);
    expect({ code, out }).toEqual({ code: 0, out: "function\n" });
  });

  it("passes signals on, and waits for the program to tidy up", async () => {
    const path = folder.write(
      "waits.ts",
      `process.on("SIGTERM", () => setTimeout(() => { console.log("tidy"); process.exit(5); }, 50));
setInterval(() => {}, 1000);
console.log("ready");
`,
    );
    let sent = false;
    const ended = await folder.node([resolve("src/cli/main.ts"), "run", path], (child, out) => {
      if (!sent && out.includes("ready")) sent = child.kill("SIGTERM");
    });
    expect(ended).toEqual({ code: 5, out: "ready\ntidy\n", err: "" });
  });

  it("ends as shells say it when a signal ended the program", async () => {
    const path = folder.write(
      "dies.ts",
      'process.kill(process.pid, "SIGKILL"); setInterval(() => {}, 1000);',
    );
    expect((await folder.gnista("run", path)).code).toBe(128 + 9);
  });

  it("says when there is no program", async () => {
    for (const args of [["run"], ["run", "--fast"]]) {
      const { code, err } = await folder.gnista(...args);
      expect(code).toBe(2);
      expect(err).toBe("gnista run needs a file first\nusage: gnista run <file.ts> [arguments...]\n");
    }
    for (const path of ["none.ts", "."]) {
      const { code, err } = await folder.gnista("run", path);
      expect(code).toBe(1);
      expect(err).toContain("InputNotFoundError: there is no file");
    }
  });

  it("shows progress on stderr when it is asked to, wipes it, and leaves stdout to the program", async () => {
    const path = folder.write(
      "slow.ts",
      `import { Context } from "gnista";
await using sc = await Context.create({ master: "local[2]", conf: { "spark.ui.showConsoleProgress": process.argv[2] } });
const slow = sc.range(0, 4, 1, 4).map((x) => {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 600);
  return x;
});
console.log(await slow.sum());
`,
    );
    const shown = await folder.gnista("run", path, "true");
    expect(shown.out).toBe("6\n");
    expect(shown.err).toMatch(/\[map at slow\.ts:\d+:\d+ .*\(\d \+ 2\) \/ 4\] .*B/);
    expect(shown.err.endsWith("\r\x1b[K")).toBe(true);
    expect(await folder.gnista("run", path, "false")).toEqual({ code: 0, out: "6\n", err: "" });
  });
});
