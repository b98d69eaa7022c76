/**
 * The input files of a path as Hadoop reads one: a comma-separated list, globs, directories (their direct files), hidden files (`_x`,
 * `.x`) left out; paths in the order given, what each stands for in path order.
 */
import { globSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { GnistaError } from "../errors.ts";

export interface FileEntry {
  readonly path: string;
  readonly size: number;
}

export function listFiles(paths: string): FileEntry[] {
  const files: FileEntry[] = [];
  for (const part of splitPaths(paths)) {
    const pattern = part.startsWith("file://") ? fileURLToPath(part) : part;
    const found = /[*?[{]/.test(pattern) ? globSync(pattern) : [pattern];
    const listed = found.flatMap((path) => expand(path, pattern));
    if (found.length === 0)
      throw new GnistaError(
        "INPUT_NOT_FOUND",
        `no file matches ${pattern}; check the path and the working directory (${process.cwd()})`,
        { file: pattern },
      );
    files.push(...listed.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0)));
  }
  return files;
}

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

function expand(path: string, pattern: string): FileEntry[] {
  let stat: ReturnType<typeof statSync>;
  try {
    stat = statSync(path);
  } catch (error) {
    throw new GnistaError(
      "INPUT_NOT_FOUND",
      `the input ${pattern} does not exist; check the path and the working directory (${process.cwd()})`,
      { file: path },
      error,
    );
  }
  if (!stat.isDirectory()) return [{ path, size: stat.size }];
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => !entry.isDirectory() && !/^[_.]/.test(entry.name))
    .map((entry) => ({ path: join(path, entry.name), size: statSync(join(path, entry.name)).size }));
}
