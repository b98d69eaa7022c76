/**
 * The input files of a path as Hadoop reads one: a comma-separated list, globs, directories (their direct files, or all below), hidden files (`_x`,
 * `.x`) left out; paths in the order given, what each stands for in path order. A folder in a directory is an error, since leaving it out would
 * lose its rows without a word.
 */
import { globSync, readdirSync, type Stats, statSync } from "node:fs";
import { join, sep } from "node:path";
import { GnistaError } from "../errors.ts";
import { withoutScheme } from "./local-path.ts";

export interface FileEntry {
  readonly path: string;
  readonly size: number;
}

export interface Listing {
  /** What becomes of folders in a directory: all files below, or their file `data`, as Hadoop's MapFiles have one. */
  readonly folders?: "recurse" | "mapFiles";
}

/** Spark's name for the setting. */
export const RECURSIVE = "spark.hadoop.mapreduce.input.fileinputformat.input.dir.recursive";

export function listFiles(paths: string, listing: Listing = {}): FileEntry[] {
  const files: FileEntry[] = [];
  for (const part of splitPaths(paths)) {
    const pattern = withoutScheme(part);
    const found = MAGIC.test(pattern) ? globSync(pattern).filter(visibleIn(pattern)) : [pattern];
    if (found.length === 0)
      throw notFound(
        pattern,
        `no file matches ${pattern}; check the path and the working directory (${process.cwd()})`,
      );
    const listed = found.flatMap((path) => expand(path, listing));
    files.push(...listed.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0)));
  }
  return files;
}

const MAGIC = /[*?[{]/;
const HIDDEN = /^[_.]/;

/** Commas inside braces belong to the glob. */
function splitPaths(paths: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let from = 0;
  for (let i = 0; i <= paths.length; i++) {
    const c = paths[i];
    if (c === "{") depth++;
    else if (c === "}") depth--;
    else if (i === paths.length || (c === "," && depth === 0)) {
      if (i > from) parts.push(paths.slice(from, i).trim());
      from = i + 1;
    }
  }
  return parts;
}

/** Wildcards match no hidden names; those that are spelled out are meant. */
function visibleIn(pattern: string): (path: string) => boolean {
  const pieces = pattern.split("/");
  const fixed = pieces.findIndex((piece) => MAGIC.test(piece));
  const named = pieces.slice(fixed).some((piece) => HIDDEN.test(piece) && piece !== "." && piece !== "..");
  // Without a leading "./", which a path that was found does not have.
  const start = pieces.slice(0, fixed).filter((piece) => piece !== ".").length;
  return (path) =>
    named ||
    !path
      .split(sep)
      .slice(start)
      .some((piece) => HIDDEN.test(piece));
}

function expand(path: string, listing: Listing): FileEntry[] {
  const stat = look(path);
  return stat.isDirectory() ? inDirectory(path, listing) : [{ path, size: stat.size }];
}

function inDirectory(directory: string, listing: Listing): FileEntry[] {
  return read(directory)
    .filter((name) => !HIDDEN.test(name))
    .flatMap((name) => {
      const path = join(directory, name);
      const stat = look(path);
      if (stat.isFile()) return [{ path, size: stat.size }];
      if (!stat.isDirectory()) return [];
      if (listing.folders === "recurse") return inDirectory(path, listing);
      if (listing.folders === "mapFiles")
        return [{ path: join(path, "data"), size: look(join(path, "data")).size }];
      throw new GnistaError(
        "INVALID_ARGUMENT",
        `the input ${directory} has the folder ${name} in it, whose files would be left out; name the files by a glob (${join(directory, "*")} reads those in its folders), or set "${RECURSIVE}" to "true" in the context's conf`,
        { file: path },
      );
    });
}

function look(path: string): Stats {
  try {
    return statSync(path);
  } catch (error) {
    throw cannotRead(path, error);
  }
}

function read(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    throw cannotRead(directory, error);
  }
}

/** For what the system says when a file is opened or looked at. */
export function cannotRead(path: string, error: unknown): GnistaError {
  const { code, message } = error as NodeJS.ErrnoException;
  return notFound(
    path,
    code === "ENOENT" || code === "ENOTDIR"
      ? `the input ${path} does not exist; check the path and the working directory (${process.cwd()})`
      : `the input ${path} cannot be read: ${message}`,
    error,
  );
}

function notFound(path: string, message: string, cause?: unknown): GnistaError {
  return new GnistaError("INPUT_NOT_FOUND", message, { file: path }, cause);
}
