/** What one task did; sums of these are what `sc.metrics()` shows. */
export interface TaskMetrics {
  /** Milliseconds in the worker. */
  readonly runTime: number;
  /** Rows and bytes that came from files, collections and cached partitions. */
  readonly rowsRead: number;
  readonly bytesRead: number;
  /** Rows that went back to the driver as columns. */
  readonly rowsWritten: number;
  readonly shuffleRowsRead: number;
  readonly shuffleBytesRead: number;
  readonly shuffleRowsWritten: number;
  readonly shuffleBytesWritten: number;
  /** What a shuffle or an operator had gathered and wrote to disk: bytes of its columns, and of the files. */
  readonly memoryBytesSpilled: number;
  readonly diskBytesSpilled: number;
  /** Partitions taken from the cache instead of being computed. */
  readonly cacheHits: number;
}

export type MutableMetrics = { -readonly [K in keyof TaskMetrics]: TaskMetrics[K] };

export const NO_METRICS: TaskMetrics = Object.freeze({
  runTime: 0,
  rowsRead: 0,
  bytesRead: 0,
  rowsWritten: 0,
  shuffleRowsRead: 0,
  shuffleBytesRead: 0,
  shuffleRowsWritten: 0,
  shuffleBytesWritten: 0,
  memoryBytesSpilled: 0,
  diskBytesSpilled: 0,
  cacheHits: 0,
});

export function addMetrics(into: MutableMetrics, more: TaskMetrics): void {
  for (const key of Object.keys(NO_METRICS) as (keyof TaskMetrics)[]) into[key] += more[key];
}
