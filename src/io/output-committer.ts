/**
 * Output directories that are whole or not there: tasks write under `_temporary`, in a directory of the job's own, and rename when done, so that
 * a task tried twice shows once, and one of a job that was given up never; the job moves the parts to their places and writes `_SUCCESS` last.
 */
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { basename, join } from "node:path";
import { GnistaError } from "../errors.ts";

const TEMPORARY = "_temporary";

/** Returns the name of the job's own directory. */
export function setupOutput(path: string): string {
  if (existsSync(path))
    throw new GnistaError(
      "OUTPUT_EXISTS",
      `the output directory ${path} already exists; remove it or choose another`,
      { file: path },
    );
  mkdirSync(join(path, TEMPORARY), { recursive: true });
  return basename(mkdtempSync(join(path, TEMPORARY, "job-")));
}

/** Writes one part in a task. Returns its name. */
export function writePart(
  path: string,
  index: number,
  job: string,
  extension: string,
  blocks: Iterable<Uint8Array>,
): string {
  const name = `part-${String(index).padStart(5, "0")}${extension}`;
  const done = join(path, TEMPORARY, job, name);
  const working = `${done}.unfinished`;
  const file = openSync(working, "w");
  try {
    for (const block of blocks)
      for (let at = 0; at < block.length; )
        at += writeSync(file, block, at, Math.min(block.length - at, 1 << 30));
  } catch (error) {
    closeSync(file);
    rmSync(working, { force: true });
    throw error;
  }
  closeSync(file);
  renameSync(working, done);
  return name;
}

export function commitOutput(path: string, job: string, parts: readonly string[]): void {
  for (const name of parts) renameSync(join(path, TEMPORARY, job, name), join(path, name));
  rmSync(join(path, TEMPORARY), { recursive: true, force: true });
  writeFileSync(join(path, "_SUCCESS"), "");
}

export function abortOutput(path: string): void {
  // Tasks that have not heard of it may still begin files.
  rmSync(join(path, TEMPORARY), { recursive: true, force: true, maxRetries: 5, retryDelay: 10 });
  if (existsSync(path) && readdirSync(path).length === 0) rmSync(path, { recursive: true });
}
