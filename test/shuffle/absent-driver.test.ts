/** Files of shuffles while the driver is busy with something else, and when its process is ended. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { Context } from "../../src/index.ts";
import { filesIn, sleep } from "../scheduler/support.ts";

const directory = mkdtempSync(join(tmpdir(), "gnista-absent-"));
afterAll(() => rmSync(directory, { recursive: true }));

const ROWS = 150_000;

it("are written while the driver does something else for long", async () => {
  await using sc = await Context.create({
    master: "local[2]",
    memory: "48m",
    conf: { "spark.local.dir": directory },
  });
  const ended = sc.broadcast(new Int32Array(new SharedArrayBuffer(4)));
  const groups = sc
    .range(0, 12 * ROWS, 1, 12)
    .map((x) => [`key ${x}`, x] as [string, number])
    .mapPartitions(function* (rows) {
      yield* rows;
      Atomics.add(ended.value, 0, 1);
    })
    .groupByKey(2)
    .count();
  // Nothing comes in until the loop ends, and it ends when all has been written.
  while (Atomics.load(ended.value, 0) === 0) await sleep(1);
  for (const end = Date.now() + 30_000; Atomics.load(ended.value, 0) < 12 && Date.now() < end; );
  expect(Atomics.load(ended.value, 0)).toBe(12);
  expect(filesIn(directory).length).toBeGreaterThan(8);
  expect(await groups).toBe(12 * ROWS);
});

const LIBRARY = JSON.stringify(pathToFileURL(resolve(import.meta.dirname, "../../src/index.ts")).href);

describe.each(["local", "local[2]"])("Ctrl-C on %s, when there are files,", (master) => {
  it.each([
    ["and jobs go on", "for (;;) await groups().count();"],
    ["and the driver never comes back", "const kept = groups(); await kept.count(); for (;;);"],
  ])("%s, ends the process at once and leaves none", async (_, then) => {
    const program = `import { Context } from ${LIBRARY};
const conf = { "spark.local.dir": ${JSON.stringify(directory)} };
const sc = await Context.create({ master: ${JSON.stringify(master)}, memory: "16m", conf });
const groups = () => sc.range(0, ${ROWS}, 1, 3).map((x) => ["key " + x, x]).groupByKey(2);
${then}`;
    const child: ChildProcess = spawn(
      process.execPath,
      ["--input-type=module-typescript", "--eval", program],
      { stdio: ["ignore", "ignore", "inherit"], timeout: 50_000, killSignal: "SIGKILL" },
    );
    const ended = new Promise((done) => child.on("exit", (code, signal) => done(signal ?? code)));
    while (filesIn(directory).length < 3) await sleep(5);
    child.kill("SIGINT");
    expect(await ended).toBe("SIGINT");
    while (readdirSync(directory).length > 0) await sleep(5);
  });
});
