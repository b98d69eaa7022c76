import { execFile } from "node:child_process";
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
