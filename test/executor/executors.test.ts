import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const LIBRARY = new URL("../../src/index.ts", import.meta.url).href;

test("workers start whatever flags the program was started with", async () => {
  const program = `import { Context } from ${JSON.stringify(LIBRARY)};
const sc = await Context.create({ master: "local[1]" });
console.log((await sc.parallelize([1, 2, 3]).map((x) => x * 2).collect()).join());
await sc.stop();`;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", program], {
    timeout: 20_000,
  });
  expect(stdout).toBe("2,4,6\n");
});

test("workers that cannot start are an error, not a wait", async () => {
  // A preloaded file that throws in worker threads only.
  const dir = mkdtempSync(join(tmpdir(), "gnista-test-"));
  writeFileSync(
    join(dir, "preload.cjs"),
    `if (!require("node:worker_threads").isMainThread) throw new Error("no threads here");`,
  );
  const program = `import { Context } from ${JSON.stringify(LIBRARY)};
const sc = await Context.create({ master: "local[2]" });
for (let i = 0; i < 2; i++) {
  const error = await sc.range(3).count().catch((e) => e);
  console.log(error.code, error.message.includes("no threads here"));
}
await sc.stop();`;
  try {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ["--input-type=module", "--eval", program],
      { timeout: 20_000, env: { ...process.env, NODE_OPTIONS: `--require ${join(dir, "preload.cjs")}` } },
    );
    expect(stdout).toBe("WORKER_LOST true\nWORKER_LOST true\n");
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test.each([
  ["ran no job", `sc.range(3).map((x) => x + 1).explain();`],
  [
    "had to kill its workers",
    `await sc.range(0, 2).map((x) => { while (x >= 0); return x; }).count({ signal: AbortSignal.timeout(300) }).catch(() => {});
await new Promise((resolve) => setTimeout(resolve, 2500));`,
  ],
  [
    "lost a worker in its last job",
    `await sc.range(0, 2).map((x) => { if (x === 1) process.exit(3); return x; }).count().catch(() => {});`,
  ],
])("a program ends by itself, without stop, when its context %s", async (_, body) => {
  const program = `import { Context } from ${JSON.stringify(LIBRARY)};
const sc = await Context.create({ master: "local[2]" });
const unused = await Context.create({ master: "local[2]" });
${body}
console.log("end");`;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", program], {
    timeout: 20_000,
  });
  expect(stdout).toBe("end\n");
});
