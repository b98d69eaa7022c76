/** What was measured on, and with what. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg, totalmem } from "node:os";
import duckdb from "@duckdb/node-api";

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  /** Bytes. */
  readonly memory: number;
  /** The mean number of busy threads over the last minute. */
  readonly load: number;
}

export function machine(): Machine {
  return {
    cpu: cpus()[0]?.model ?? "unknown",
    cores: availableParallelism(),
    memory: totalmem(),
    load: loadavg()[0],
  };
}

/** Above this share of busy cores, times say more about the other programs than about these. */
const BUSY = 0.5;

export function isBusy({ load, cores }: Machine): boolean {
  return load > BUSY * cores;
}

export interface Versions {
  readonly gnista: string;
  readonly node: string;
  readonly v8: string;
  readonly duckdb: string;
}

export function versions(): Versions {
  const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
    readonly version: string;
  };
  return { gnista: version, node: process.version, v8: process.versions.v8, duckdb: duckdb.version() };
}

/** The commit of the checkout, with "+" when files differ from it; null outside of one. */
export function commit(): string | null {
  const git = (...args: string[]): string =>
    execFileSync("git", args, {
      cwd: new URL("..", import.meta.url),
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  try {
    return git("rev-parse", "--short=12", "HEAD") + (git("status", "--porcelain") === "" ? "" : "+");
  } catch {
    return null;
  }
}
