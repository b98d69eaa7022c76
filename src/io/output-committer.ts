/**
 * Output directories that are whole or not there: tasks write under `_temporary` and rename when done, so that a task tried twice shows
 * once; the job moves the parts to their places and writes `_SUCCESS` last.
 */
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { GnistaError } from "../errors.ts";

const TEMPORARY = "_temporary";

export function setupOutput(path: string): void {
  if (existsSync(path))
    throw new GnistaError(
      "OUTPUT_EXISTS",
      `the output directory ${path} already exists; remove it or choose another`,
      { file: path },
    );
  mkdirSync(join(path, TEMPORARY), { recursive: true });
}

/** Writes one part in a task. Returns its name. */
export function writePart(
  path: string,
  index: number,
  attempt: string,
  extension: string,
  blocks: Iterable<Uint8Array>,
): string {
  const name = `part-${String(index).padStart(5, "0")}${extension}`;
  const working = join(path, TEMPORARY, `${name}.${attempt}`);
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
  renameSync(working, join(path, TEMPORARY, name));
  return name;
}

export function commitOutput(path: string, parts: readonly string[]): void {
  for (const name of parts) renameSync(join(path, TEMPORARY, name), join(path, name));
  rmSync(join(path, TEMPORARY), { recursive: true, force: true });
  writeFileSync(join(path, "_SUCCESS"), "");
}

export function abortOutput(path: string): void {
  rmSync(join(path, TEMPORARY), { recursive: true, force: true });
  if (existsSync(path) && readdirSync(path).length === 0) rmSync(path, { recursive: true });
}
