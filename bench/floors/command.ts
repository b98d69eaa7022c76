/** What the measuring thread and the threads that do the work share. */
export interface FloorThread {
  readonly memory: WebAssembly.Memory;
  /** [0] the command's number, then the command, its two operands, and how many threads have finished. */
  readonly control: Int32Array;
  readonly index: number;
  readonly from: number;
  readonly to: number;
}

export const COMMAND = { read: 1, copy: 2, nothing: 3, end: 4 } as const;
