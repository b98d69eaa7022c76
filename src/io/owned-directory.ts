/**
 * Temporary directories that belong to a process. Their names say whose they are, so that what a dead process left can be told from what a living
 * one needs; and a small process of its own, which waits for the end of ours, removes those that are guarded, however ours ends.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { statSync } from "node:fs";
import { hostname } from "node:os";

/** Machines may share a directory, and a process cannot know what runs on another. */
export function ownPrefix(prefix: string): string {
  return `${prefix}${hostname()}-`;
}

/** A name that no other directory has. */
export function ownName(prefix: string): string {
  return `${ownPrefix(prefix)}${process.pid}-${randomUUID().slice(0, 8)}`;
}

/** Whether `path`, whose last part is `name`, was made by `ownName(prefix)` in a process of this machine that is no more. */
export function isAbandoned(path: string, name: string, prefix: string): boolean {
  const ours = ownPrefix(prefix);
  const match = name.startsWith(ours) ? /^(\d+)-[0-9a-f]{8}$/.exec(name.slice(ours.length)) : null;
  if (match === null) return false;
  const pid = Number(match[1]);
  // In a container every process may have the same number; but what it left is older than we are.
  if (pid === process.pid) return statSync(path).mtimeMs < Date.now() - 1000 * process.uptime() - 1000;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "EPERM";
  }
}

/** From now on the directory does not outlive the process. Returns what ends that, to be called when the directory is gone. */
export function guardDirectory(path: string): () => void {
  // Its input ends with us. In a session of its own, so that the terminal's Ctrl-C does not end it before.
  const reaper: ChildProcess = spawn("/bin/sh", ["-c", 'cat; exec rm -rf -- "$0"', path], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
  });
  // Where there is no shell, whoever makes the next directory of the kind removes what is left.
  reaper.on("error", () => {});
  reaper.stdin?.on("error", () => {});
  reaper.unref();
  (reaper.stdin as unknown as { unref(): void }).unref();
  return () => void reaper.stdin?.destroy();
}
