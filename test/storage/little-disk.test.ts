/** Jobs that do not fit in memory, with too little room on disk: the right answer or one clear error, and nothing is left. */
import { execFile, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, describe, expect, it } from "vitest";
import { StorageLevel } from "../../src/index.ts";

const directory = mkdtempSync(join(tmpdir(), "gnista-little-"));
afterAll(() => rmSync(directory, { recursive: true }));

const PROGRAM = join(import.meta.dirname, "fixtures/little-disk.ts");
const FULL = /DiskFailedError: .*(ENOSPC|EFBIG).*(the disk is full|spark\.local\.dir)/;
/** A file system of its own, which nobody else sees: where users may have that, no privilege is needed. */
const MOUNT = `mount -t tmpfs -o size=100m tmpfs ${directory}`;
const mounts = spawnSync("unshare", ["-rm", "sh", "-c", MOUNT]).status === 0;
const limits = spawnSync("bash", ["-c", "ulimit -f 64"]).status === 0 && process.platform === "linux";

interface Run {
  readonly job: string;
  readonly room: number;
  readonly outcome: true | { readonly code: string; readonly message: string; readonly cause: string };
}

/** Runs the program after a piece of shell; what it printed. */
async function run(before: string, command: readonly string[], args: readonly string[]): Promise<Run[]> {
  const shell = `${before} && exec "$0" "$@"`;
  const [program, ...rest] = [
    ...command,
    shell,
    process.execPath,
    "--expose-gc",
    PROGRAM,
    directory,
    ...args,
  ];
  const { stdout } = await promisify(execFile)(program, rest, { timeout: 100_000 });
  return stdout
    .trim()
    .split("\n")
    .map((line) => {
      const { job, room, outcome, ...left } = JSON.parse(line) as Run;
      expect(left, `${job} with ${room} bytes`).toEqual({ memory: 0, files: [], open: [], works: true });
      if (outcome !== true) {
        expect(outcome).toMatchObject({ code: "JOB_FAILED", cause: "DISK_FAILED" });
        expect(outcome.message).toMatch(FULL);
      }
      return { job, room, outcome };
    });
}

describe.each(["local", "local[2]"])("on %s", (master) => {
  /** What cannot be stored is computed again. */
  const needsNoDisk = (job: string): boolean => job in StorageLevel;

  it.skipIf(!mounts)("a disk that is full, at any time", { timeout: 120_000 }, async () => {
    const runs = await run(MOUNT, ["unshare", "-rm", "sh", "-c"], [master]);
    for (const job of new Set(runs.map((r) => r.job))) {
      const outcomes = runs.filter((r) => r.job === job).map((r) => r.outcome);
      expect(outcomes[0], job).toBe(true);
      expect(outcomes.at(-1) === true, job).toBe(needsNoDisk(job));
    }
    const failed = runs.flatMap(({ outcome }) =>
      outcome === true ? [] : (/partition \d+ of (\w+)/.exec(outcome.message)?.[1] ?? []),
    );
    // On both sides of shuffles.
    expect(failed).toEqual(expect.arrayContaining(["groupByKey", "sortByKey", "map", "values"]));
  });

  it.skipIf(!limits)("files that may not be long", { timeout: 120_000 }, async () => {
    const runs = await run("ulimit -f 32", ["bash", "-c"], [master, String(32 << 10)]);
    for (const { job, outcome } of runs) expect(outcome === true, job).toBe(needsNoDisk(job));
  });
});

it("leaves no directory behind", () => expect(readdirSync(directory)).toEqual([]));
