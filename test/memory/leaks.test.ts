import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const MIB = 1 << 20;

test.each(["local", "local[2]"])(
  "contexts on %s give their memory and threads back when they stop",
  async (master) => {
    const rounds = 4;
    const script = join(import.meta.dirname, "fixtures/contexts.ts");
    // It ends by itself, or this fails when its time is over.
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ["--expose-gc", script, master, String(rounds)],
      { timeout: 50_000 },
    );
    const resident = [...stdout.matchAll(/^resident (\d+)$/gm)].map(([, bytes]) => Number(bytes));
    expect(resident.length).toBe(rounds);
    // Each round touches more than 96 MiB of a new heap; what V8 and the allocator keep for themselves is less than that in all.
    const early = Math.max(...resident.slice(0, 2));
    expect(resident[rounds - 1] - early).toBeLessThan(96 * MIB);
    expect(stdout).toMatch(/^left $/m);
  },
);
