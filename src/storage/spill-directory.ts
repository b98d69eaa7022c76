/**
 * The directory of a context's temporary files, which is gone when the context stops, and when the process ends in whatever way: once there are
 * files, a small process of its own waits for the end of ours and removes them. What a crash of the machine left is removed by the next
 * context. Nothing is made before the first file is.
 */
import { existsSync } from "node:fs";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { guardDirectory, isAbandoned, ownName } from "../io/owned-directory.ts";
import { ownerPrefix } from "./disk-files.ts";

const PREFIX = "gnista-";

export class SpillDirectory {
  readonly path: string;
  #endGuard: (() => void) | null = null;
  /** Files that threads have handed over. */
  readonly #files = new Set<string>();

  /** In `parent`, where what dead processes left is removed. */
  constructor(parent: string) {
    this.path = join(parent, ownName(PREFIX));
    void sweep(parent);
  }

  /** Must be called when there are files: from now on they do not outlive the process. */
  guard(): void {
    this.#endGuard ??= guardDirectory(this.path);
  }

  /** Takes over files from the thread that made them. */
  adopt(names: readonly string[]): void {
    for (const name of names) this.#files.add(name);
  }

  /** Removes files that were handed over. */
  async free(names: readonly string[]): Promise<void> {
    const ours = names.filter((name) => this.#files.delete(name));
    await Promise.all(ours.map((name) => rm(join(this.path, name), { force: true })));
  }

  /** Removes what a thread which has ended had not handed over. */
  async freeAllOf(owner: number): Promise<void> {
    if (this.#endGuard === null) return;
    // Somebody else may have removed it.
    for (const name of await readdir(this.path).catch(() => []))
      if (name.startsWith(ownerPrefix(owner)) && !this.#files.has(name))
        await rm(join(this.path, name), { force: true });
  }

  async remove(): Promise<void> {
    // Where no directory could be made there is none to remove.
    if (existsSync(this.path)) await rm(this.path, { recursive: true, force: true });
    this.#endGuard?.();
  }
}

async function sweep(parent: string): Promise<void> {
  try {
    for (const name of await readdir(parent)) {
      const path = join(parent, name);
      if (isAbandoned(path, name, PREFIX)) await rm(path, { recursive: true, force: true });
    }
  } catch {
    // The directory is not there, or another process removes the same.
  }
}
