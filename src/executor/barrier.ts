/**
 * Where the tasks of a barrier stage wait for each other, in shared memory. Words: [0] how many have arrived, [1] how often all have, [2] more than 0
 * when one has failed, so that the others need not wait, [3] how many have ended, [4 + 3 i] segment, pointer and length of what task i says.
 */
import { GnistaError } from "../errors.ts";
import type { BarrierSpec } from "./protocol.ts";
import { TaskCancelled, type TaskRuntime } from "./task-runtime.ts";

const [ARRIVED, ROUND, BROKEN, ENDED, MESSAGES] = [0, 1, 2, 3, 4];
const LOOK_EVERY_MS = 50;

export function barrierState(tasks: number): SharedArrayBuffer {
  return new SharedArrayBuffer(4 * (MESSAGES + 3 * tasks));
}

/** Wakes the tasks that wait: they end, and all are tried again. */
export function breakBarrier(state: SharedArrayBuffer): void {
  const words = new Int32Array(state);
  Atomics.store(words, BROKEN, 1);
  Atomics.notify(words, ROUND);
}

export class Barrier {
  readonly tasks: number;
  readonly #task: TaskRuntime;
  readonly #at: number;
  readonly #slots: number;
  readonly #words: Int32Array;

  constructor(task: TaskRuntime, at: number, tasks: number, { state, slots }: BarrierSpec) {
    this.tasks = tasks;
    this.#task = task;
    this.#at = at;
    this.#slots = slots;
    this.#words = new Int32Array(state);
  }

  wait(): void {
    if (this.tasks > this.#slots)
      throw new GnistaError(
        "UNSUPPORTED_OPERATION",
        `barrier() needs all ${this.tasks} tasks of the stage to run at once, but there are only ${this.#slots} workers; use fewer partitions, or master "local[${this.tasks}]"`,
      );
    const words = this.#words;
    const round = Atomics.load(words, ROUND);
    if (Atomics.add(words, ARRIVED, 1) + 1 === this.tasks) {
      Atomics.store(words, ARRIVED, 0);
      Atomics.add(words, ROUND, 1);
      Atomics.notify(words, ROUND);
      return;
    }
    while (Atomics.load(words, ROUND) === round) {
      if (this.#task.cancelled || Atomics.load(words, BROKEN) !== 0) throw new TaskCancelled();
      // Who has ended after this round has seen it full, as it then is here.
      if (Atomics.load(words, ENDED) > 0 && Atomics.load(words, ROUND) === round)
        throw new GnistaError(
          "UNSUPPORTED_OPERATION",
          "a task waits at barrier(), but another has ended without coming there; all tasks must call it equally often",
        );
      Atomics.wait(words, ROUND, round, LOOK_EVERY_MS);
    }
  }

  /** What each task says, in the order of the tasks. */
  gather(message: string): string[] {
    const { heap } = this.#task;
    const bytes = Buffer.from(message);
    const arena = heap.arena();
    try {
      const ptr = arena.allocate(bytes.length);
      arena.segment.u8.set(bytes, ptr);
      this.#words.set([arena.segment.id, ptr, bytes.length], MESSAGES + 3 * this.#at);
      this.wait();
      const messages = Array.from({ length: this.tasks }, (_, i) => {
        const [segment, from, length] = this.#words.subarray(MESSAGES + 3 * i);
        return Buffer.from(
          heap.segment(segment as never).u8.subarray(from >>> 0, (from >>> 0) + length),
        ).toString();
      });
      // Nobody takes its words away before all have read them.
      this.wait();
      return messages;
    } finally {
      arena.release();
    }
  }

  /** The task is over: who waits for it waits in vain. */
  leave(succeeded: boolean): void {
    Atomics.add(this.#words, succeeded ? ENDED : BROKEN, 1);
    Atomics.notify(this.#words, ROUND);
  }
}
