/** What holds the memory when a task finds none, in bytes, as far as the driver can tell. Plain data. */
export interface MemoryHolders {
  /** The task itself; null where it cannot be told from other things. */
  readonly task: number | null;
  readonly otherTasks: number;
  /** Cached partitions that are protected or read. */
  readonly cached: number;
  /** The dataset that has most of them: its name, or where it was made. */
  readonly largestCached: string | null;
  readonly mapOutputs: number;
  /** Why some of them could not be written to disk. */
  readonly notWritten: string | null;
  readonly collections: number;
}
