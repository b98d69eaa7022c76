import { type ChildProcess, spawn } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { listFiles } from "../../src/io/list-files.ts";
import { abortOutput, beginOutput, commitOutput, writePart } from "../../src/io/output-committer.ts";
import { until } from "../scheduler/support.ts";

/** A process for each. */
const KILLS = Math.ceil(0.04 * Number(process.env["GNISTA_TEST_RUNS"] ?? 100));

const folder = mkdtempSync(join(tmpdir(), "gnista-output-"));
afterAll(() => rmSync(folder, { recursive: true }));
let n = 0;
const place = (): { readonly parent: string; readonly path: string } => {
  const parent = join(folder, String(n++));
  return { parent, path: join(parent, "out") };
};

describe("an output", () => {
  it("is not there, nor seen by globs, until it is whole", () => {
    const { parent, path } = place();
    const output = beginOutput(path);
    const parts = [0, 1].map((i) => writePart(output.work, i, ".txt", [Buffer.from(`part ${i}`)]));
    expect(existsSync(path)).toBe(false);
    expect(() => listFiles(join(parent, "*"))).toThrow(expect.objectContaining({ code: "INPUT_NOT_FOUND" }));
    expect(listFiles(parent)).toEqual([]);
    commitOutput(output, parts);
    expect(readdirSync(parent)).toEqual(["out"]);
    expect(readdirSync(path).sort()).toEqual(["_SUCCESS", "part-00000.txt", "part-00001.txt"]);
    expect(readFileSync(join(path, "part-00001.txt"), "utf8")).toBe("part 1");
  });

  it("has of each task the attempt that counts, whichever ends last", () => {
    const { path } = place();
    const output = beginOutput(path);
    let counted = "";
    function* slow(): Generator<Uint8Array> {
      yield Buffer.from("slow ");
      counted = writePart(output.work, 0, "", [Buffer.from("quick")]);
      yield Buffer.from("attempt");
    }
    const late = writePart(output.work, 0, "", slow());
    expect(late).not.toBe(counted);
    commitOutput(output, [counted]);
    expect(readdirSync(path).sort()).toEqual(["_SUCCESS", "part-00000"]);
    expect(readFileSync(join(path, "part-00000"), "utf8")).toBe("quick");
  });

  it("keeps nothing of an attempt that fails", () => {
    const { path } = place();
    const output = beginOutput(path);
    function* failing(): Generator<Uint8Array> {
      yield Buffer.from("some");
      throw new Error("no more");
    }
    expect(() => writePart(output.work, 0, "", failing())).toThrow("no more");
    expect(readdirSync(output.work)).toEqual([]);
    abortOutput(output);
  });

  it("of an aborted job has nothing, although its tasks go on writing, and the next job is its own", () => {
    const { parent, path } = place();
    const first = beginOutput(path);
    const parts: string[] = [];
    function* blocks(): Generator<Uint8Array> {
      yield Buffer.from("old");
      abortOutput(first);
      const second = beginOutput(path);
      parts.push(writePart(second.work, 0, "", [Buffer.from("new")]));
      commitOutput(second, parts);
      yield Buffer.from("old");
    }
    writePart(first.work, 0, "", blocks());
    expect(() => writePart(first.work, 1, "", [])).toThrow(expect.objectContaining({ code: "DISK_FAILED" }));
    expect(readdirSync(parent)).toEqual(["out"]);
    expect(readdirSync(path).sort()).toEqual(["_SUCCESS", "part-00000"]);
    expect(readFileSync(join(path, "part-00000"), "utf8")).toBe("new");
  });

  it("that came to be meanwhile is not touched", () => {
    const { parent, path } = place();
    const [first, second] = [beginOutput(path), beginOutput(path)];
    commitOutput(first, [writePart(first.work, 0, "", [Buffer.from("first")])]);
    const part = writePart(second.work, 0, "", [Buffer.from("second")]);
    expect(() => commitOutput(second, [part])).toThrow(expect.objectContaining({ code: "OUTPUT_EXISTS" }));
    abortOutput(second);
    expect(readFileSync(join(path, "part-00000"), "utf8")).toBe("first");
    expect(() => beginOutput(path)).toThrow(expect.objectContaining({ code: "OUTPUT_EXISTS" }));
    expect(readdirSync(parent)).toEqual(["out"]);
  });

  it("is begun by removing what dead processes left of it, and nothing else", () => {
    const { parent, path } = place();
    const leave = (name: string): void => {
      mkdirSync(join(parent, name), { recursive: true });
      writeFileSync(join(parent, name, "part-00000"), "old");
    };
    const dead = `_temporary-out-${hostname()}-2147483646-0123abcd`;
    const kept = [
      `_temporary-other-${hostname()}-2147483646-0123abcd`,
      "_temporary-out-elsewhere-2147483646-0123abcd",
      `_temporary-out-${hostname()}-${process.ppid}-0123abcd`,
    ].sort();
    for (const name of [dead, ...kept]) leave(name);
    abortOutput(beginOutput(path));
    expect(readdirSync(parent).sort()).toEqual(kept);
  });

  it("may be named by a URL, but lies on this machine", () => {
    const { path } = place();
    const output = beginOutput(`file://${path}`);
    commitOutput(output, []);
    expect(readdirSync(path)).toEqual(["_SUCCESS"]);
    expect(() => beginOutput("s3://bucket/out")).toThrow(
      expect.objectContaining({ code: "UNSUPPORTED_OPERATION" }),
    );
  });

  it("that cannot be written is an error that names it", () => {
    const { path } = place();
    mkdirSync(join(path, ".."), { recursive: true });
    writeFileSync(path, "a file");
    expect(() => beginOutput(join(path, "below"))).toThrow(/below/);
    expect(() => beginOutput("/proc/out")).toThrow(expect.objectContaining({ code: "DISK_FAILED" }));
  });
});

describe("a process that is killed while it saves", () => {
  const index = new URL("../../src/index.ts", import.meta.url).href;
  /** Writes slowly, in two partitions, of which the second has an end only when it is let go on. */
  const program = (path: string, save: string): string => `
    import { existsSync } from "node:fs";
    import { Context } from ${JSON.stringify(index)};
    const sc = await Context.create({ master: "local[2]", memory: "64m" });
    const go = ${JSON.stringify(`${path}.go`)};
    const rows = sc.parallelize(["a", "b"], 2).mapPartitionsWithIndex(function* (i, rows) {
      yield* rows;
      if (i === 0) return;
      for (let k = 0; k < 20000; k++) yield "row " + k;
      const wait = new Int32Array(new SharedArrayBuffer(4));
      while (!process.getBuiltinModule("fs").existsSync(go)) Atomics.wait(wait, 0, 0, 5);
    });
    await rows.${save};
    console.log("saved");
    await sc.stop();`;

  const start = (source: string): ChildProcess =>
    spawn(process.execPath, ["--input-type=module-typescript", "--eval", source], {
      stdio: ["ignore", "inherit", "inherit"],
    });

  it.each([
    ["saveAsTextFile", (path: string) => `saveAsTextFile(${JSON.stringify(path)})`],
    ["saveAsObjectFile", (path: string) => `saveAsObjectFile(${JSON.stringify(path)})`],
    [
      "saveAsSequenceFile",
      (path: string) => `map((row) => [row, 1]).saveAsSequenceFile(${JSON.stringify(path)}, "gzip")`,
    ],
  ])("leaves nothing of %s, and another run is complete", async (_, save) => {
    const { parent, path } = place();
    mkdirSync(parent, { recursive: true });
    const work = (): string[] => readdirSync(parent).filter((name) => name.startsWith("_temporary"));
    const written = (): string[] =>
      work().flatMap((name) =>
        existsSync(join(parent, name))
          ? readdirSync(join(parent, name), { recursive: true })
              .map(String)
              .filter((file) => file.includes("part-"))
          : [],
      );
    const killed = start(program(path, save(path)));
    await until(() => written().length === 2);
    killed.kill("SIGKILL");
    await new Promise((resolve) => killed.on("exit", resolve));
    expect(existsSync(path)).toBe(false);
    await until(() => work().length === 0);

    writeFileSync(`${path}.go`, "");
    const second = start(program(path, save(path)));
    const code = await new Promise((resolve) => second.on("exit", resolve));
    expect(code).toBe(0);
    expect(readdirSync(parent).sort()).toEqual(["out", "out.go"]);
    expect(readdirSync(path).sort()).toEqual(["_SUCCESS", "part-00000", "part-00001"]);
  });

  it("at any moment has an output that is whole or not there", async () => {
    for (let i = 0; i < KILLS; i++) {
      const { path } = place();
      const child = start(`
        import { Context } from ${JSON.stringify(index)};
        const sc = await Context.create({ master: "local[2]", memory: "64m" });
        const rows = sc.range(2000, undefined, 1, 40);
        for (let k = 0; ; k++) await rows.saveAsTextFile(${JSON.stringify(path)} + k);`);
      await until(() => existsSync(`${path}${i}`));
      child.kill("SIGKILL");
      await new Promise((resolve) => child.on("exit", resolve));
      for (const out of readdirSync(join(path, ".."))) {
        if (!out.startsWith("out")) continue;
        const files = readdirSync(join(path, "..", out));
        expect(files.length).toBe(41);
        expect(files).toContain("_SUCCESS");
      }
    }
  });
});
