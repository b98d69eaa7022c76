/** A thread of the floor measurement: waits for a command, does its part, says so. */
import { workerData } from "node:worker_threads";
import { COMMAND, type FloorThread } from "./command.ts";
import { readKernel } from "./read-kernel.ts";

const { memory, control, index, from, to } = workerData as FloorThread;
const read = readKernel(memory);
const bytes = new Uint8Array(memory.buffer);
const middle = from + (to - from) / 2;

for (let seen = 0; ; seen++) {
  Atomics.wait(control, 0, seen);
  const command = Atomics.load(control, 1);
  if (command === COMMAND.end) break;
  if (index < Atomics.load(control, 2)) {
    if (command === COMMAND.read) read(from, to);
    else if (command === COMMAND.copy) bytes.copyWithin(middle, from, middle);
    Atomics.add(control, 3, 1);
    Atomics.notify(control, 3);
  }
}
