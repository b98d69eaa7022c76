import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { SpillDirectory } from "../../src/storage/spill-directory.ts";
import { until } from "../scheduler/support.ts";

const parent = mkdtempSync(join(tmpdir(), "gnista-spill-"));
afterAll(() => rmSync(parent, { recursive: true }));

/** Makes a guarded directory with a file in a process of its own, which then does what it is told. */
async function inProcess(then: string): Promise<{ readonly path: string; readonly child: ChildProcess }> {
  const module = new URL("../../src/storage/spill-directory.ts", import.meta.url).href;
  const program = `
    import { mkdirSync, writeFileSync } from "node:fs";
    import { SpillDirectory } from ${JSON.stringify(module)};
    const directory = new SpillDirectory(${JSON.stringify(parent)});
    mkdirSync(directory.path);
    writeFileSync(directory.path + "/block", "x");
    directory.guard();
    console.log(directory.path);
    ${then}`;
  const child = spawn(process.execPath, ["--input-type=module-typescript", "--eval", program], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const path = await new Promise<string>((resolve) => {
    let text = "";
    child.stdout.on("data", (data: Buffer) => {
      text += String(data);
      if (text.endsWith("\n")) resolve(text.trim());
    });
  });
  return { path, child };
}

it("is gone, with what is in it, when it is removed", async () => {
  const directory = new SpillDirectory(parent);
  expect(existsSync(directory.path)).toBe(false);
  mkdirSync(directory.path);
  writeFileSync(join(directory.path, "block"), "x");
  directory.guard();
  directory.guard();
  await directory.remove();
  expect(existsSync(directory.path)).toBe(false);
});

it.each([
  ["by itself", "", null],
  ["by process.exit", "process.exit(3);", null],
  ["by Ctrl-C", "setInterval(() => {}, 1000);", "SIGINT"],
  ["by SIGKILL", "setInterval(() => {}, 1000);", "SIGKILL"],
  [
    "by Ctrl-C although it never comes back to its event loop",
    "setTimeout(() => { for (;;); }, 1);",
    "SIGINT",
  ],
] as const)("does not outlive a process that ends %s", async (_, then, signal) => {
  const { path, child } = await inProcess(then);
  const ended = new Promise((resolve) => child.on("exit", resolve));
  if (signal !== null) {
    expect(existsSync(path)).toBe(true);
    child.kill(signal);
  }
  await ended;
  await until(() => !existsSync(path));
});

it("removes what dead processes of this machine left, and nothing else", async () => {
  const make = (name: string): string => {
    const path = join(parent, name);
    mkdirSync(path);
    writeFileSync(join(path, "block"), "x");
    return path;
  };
  const dead = make(`gnista-${hostname()}-2147483646-11111111`);
  const sameNumber = make(`gnista-${hostname()}-${process.pid}-22222222`);
  utimesSync(sameNumber, 1, 1);
  const kept = [
    make(`gnista-${hostname()}-${process.ppid}-33333333`),
    make(`gnista-${hostname()}-${process.pid}-44444444`),
    make("gnista-elsewhere-2147483646-55555555"),
    make("other"),
  ];
  const directory = new SpillDirectory(parent);
  await until(() => !existsSync(dead) && !existsSync(sameNumber));
  expect(kept.map((path) => existsSync(path))).toEqual([true, true, true, true]);
  await directory.remove();
});
