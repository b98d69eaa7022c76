/**
 * Output directories that are whole or not there. Everything is written to a working directory beside the output, each attempt at a task to a
 * directory of its own in it; the job gathers the parts of those attempts that it counts, with `_SUCCESS`, and moves them to their place in one rename.
 * Whatever dies on the way, nothing is seen; what a dead process left is removed when the same output is written again.
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
import { basename, dirname, join } from "node:path";
import { GnistaError } from "../errors.ts";
import { localPath } from "./local-path.ts";
import { guardDirectory, isAbandoned, ownName } from "./owned-directory.ts";

export interface Output {
  readonly path: string;
  /** Where the tasks write: hidden from whoever reads the folder that it is in. */
  readonly work: string;
  /** Ends the watch over `work`. */
  readonly endGuard: () => void;
}

export function beginOutput(where: string): Output {
  const path = localPath(where);
  const [parent, prefix] = [dirname(path), `_temporary-${basename(path)}-`];
  return attempt(path, () => {
    mkdirSync(parent, { recursive: true });
    for (const name of readdirSync(parent))
      if (isAbandoned(join(parent, name), name, prefix)) remove(join(parent, name));
    if (existsSync(path)) throw outputExists(path);
    const work = join(parent, ownName(prefix));
    mkdirSync(work);
    return { path, work, endGuard: guardDirectory(work) };
  });
}

/** Where a task's part goes. */
export interface PartFile {
  /** Written so far. */
  readonly bytes: number;
  append(views: readonly Uint8Array[]): void;
}

export function partName(index: number, extension = ""): string {
  return `part-${String(index).padStart(5, "0")}${extension}`;
}

/** Writes one part in a task. Returns where it is, for `commitOutput`. */
export function writePart(
  work: string,
  index: number,
  extension: string,
  blocks: Iterable<Uint8Array>,
): string {
  return writePartBy(work, index, extension, (part) => {
    for (const block of blocks) part.append([block]);
  });
}

/** The same for who does not have its blocks one by one. */
export function writePartBy(
  work: string,
  index: number,
  extension: string,
  write: (part: PartFile) => void,
): string {
  const name = partName(index, extension);
  const directory = attempt(work, () => mkdtempSync(join(work, "attempt-")));
  const path = join(directory, name);
  const file = attempt(path, () => openSync(path, "wx"));
  let bytes = 0;
  try {
    write({
      get bytes() {
        return bytes;
      },
      append(views) {
        for (const view of views)
          for (let at = 0; at < view.length; ) {
            const written = attempt(path, () =>
              writeSync(file, view, at, Math.min(view.length - at, 1 << 30)),
            );
            at += written;
            bytes += written;
          }
      },
    });
  } catch (error) {
    closeSync(file);
    remove(directory);
    throw error;
  }
  closeSync(file);
  return join(basename(directory), name);
}

/** With the parts of the attempts that count. */
export function commitOutput({ path, work, endGuard }: Output, parts: readonly string[]): void {
  attempt(path, () => {
    const whole = join(work, "whole");
    mkdirSync(whole);
    for (const part of parts) renameSync(join(work, part), join(whole, basename(part)));
    writeFileSync(join(whole, "_SUCCESS"), "");
    renameSync(whole, path);
    remove(work);
  });
  endGuard();
}

export function abortOutput({ work, endGuard }: Output): void {
  remove(work);
  endGuard();
}

/** Also while tasks that have not heard of it begin files. */
function remove(directory: string): void {
  rmSync(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 10 });
}

function outputExists(path: string): GnistaError {
  return new GnistaError(
    "OUTPUT_EXISTS",
    `the output directory ${path} already exists; remove it or choose another`,
    { file: path },
  );
}

function attempt<T>(path: string, step: () => T): T {
  try {
    return step();
  } catch (error) {
    if (GnistaError.is(error)) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    // It was made while the job ran.
    if (code === "ENOTEMPTY" || code === "EEXIST" || code === "ENOTDIR") throw outputExists(path);
    throw new GnistaError(
      "DISK_FAILED",
      `the output ${path} could not be written: ${message}; free the disk, or choose a place that can be written`,
      { file: path },
      error,
    );
  }
}
