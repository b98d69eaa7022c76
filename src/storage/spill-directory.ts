/**
 * The directory of a context's temporary files, which is gone when the context stops, and when the process ends in whatever way: once there are
 * files, a small process of its own waits for the end of ours and removes them. What a crash of the machine left is removed by the next
 * context. Nothing is made before the first file is.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { readdir, rm, stat } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { ownerPrefix } from "./disk-files.ts";

/** Machines may share a directory, and a process cannot know what runs on another. */
const OURS = `gnista-${hostname()}-`;

export class SpillDirectory {
  readonly path: string;
  #reaper: ChildProcess | null = null;
  /** Files that threads have handed over. */
  readonly #files = new Set<string>();

  /** In `parent`, where what dead processes left is removed. */
  constructor(parent: string) {
    this.path = join(parent, `${OURS}${process.pid}-${randomUUID().slice(0, 8)}`);
    void sweep(parent);
  }

  /** Must be called when there are files: from now on they do not outlive the process. */
  guard(): void {
    if (this.#reaper !== null) return;
    // Its input ends with us. In a session of its own, so that the terminal's Ctrl-C does not end it before.
    const reaper = spawn("/bin/sh", ["-c", 'cat; exec rm -rf -- "$0"', this.path], {
      stdio: ["pipe", "ignore", "ignore"],
      detached: true,
    });
    // Where there is no shell, the next context removes what is left.
    reaper.on("error", () => {});
    reaper.stdin.on("error", () => {});
    reaper.unref();
    (reaper.stdin as unknown as { unref(): void }).unref();
    this.#reaper = reaper;
  }

  /** Takes over files from the thread that made them. */
  adopt(names: readonly string[]): void {
    for (const name of names) this.#files.add(name);
  }

  /** Removes files that were handed over. */
  free(names: readonly string[]): void {
    for (const name of names) if (this.#files.delete(name)) void rm(join(this.path, name), { force: true });
  }

  /** Removes what a thread which has ended had not handed over. */
  async freeAllOf(owner: number): Promise<void> {
    if (this.#reaper === null) return;
    for (const name of await readdir(this.path))
      if (name.startsWith(ownerPrefix(owner)) && !this.#files.has(name))
        await rm(join(this.path, name), { force: true });
  }

  async remove(): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
    this.#reaper?.stdin?.destroy();
  }
}

async function sweep(parent: string): Promise<void> {
  try {
    for (const name of await readdir(parent)) {
      if (!name.startsWith(OURS)) continue;
      const path = join(parent, name);
      if (!(await isUsed(path, Number(name.slice(OURS.length).split("-")[0]))))
        await rm(path, { recursive: true, force: true });
    }
  } catch {
    // The directory is not there, or another process removes the same.
  }
}

async function isUsed(path: string, pid: number): Promise<boolean> {
  // In a container every process may have the same number; but what it left is older than we are.
  if (pid === process.pid) return (await stat(path)).mtimeMs > Date.now() - 1000 * process.uptime() - 1000;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
