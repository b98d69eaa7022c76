/** A task for tests of what shuffles are made of: a heap, a directory for files, and a share. */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createCompute } from "../../src/kernels/create-compute.ts";
import { SharedHeap } from "../../src/memory/shared-heap.ts";
import type { ShuffleTask } from "../../src/shuffle/task.ts";
import { DiskFiles } from "../../src/storage/disk-files.ts";
import { TaskFiles } from "../../src/storage/task-files.ts";

export interface TestTask extends ShuffleTask {
  readonly files: TaskFiles;
  /** What is left: bytes of memory, and files. */
  left(): { readonly bytes: number; readonly files: readonly string[] };
  end(): void;
}

export function shuffleTask(share: number, limit = 256 << 20): TestTask {
  const heap = SharedHeap.create({ limit });
  const tracked: { end(): void }[] = [];
  const directory = mkdtempSync(join(tmpdir(), "gnista-shuffle-"));
  return {
    heap,
    compute: createCompute(heap, "wasm"),
    files: new TaskFiles(new DiskFiles(directory, 0)),
    share,
    metrics: { memoryBytesSpilled: 0, diskBytesSpilled: 0 },
    fn: () => {
      throw new Error("no functions here");
    },
    checkCancelled: () => {},
    track: (held) => {
      tracked.push(held);
      return held;
    },
    left: () => ({ bytes: heap.used, files: readdirSync(directory) }),
    end: () => {
      for (const held of tracked) held.end();
      heap.close();
      rmSync(directory, { recursive: true });
    },
  };
}
