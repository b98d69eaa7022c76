/**
 * Where a partition of a union comes from: unions of unions are looked through, so that one which was made in many thousands of steps is neither
 * a stack as deep nor a walk as long for each of its partitions.
 */
import type { StageSpec } from "./protocol.ts";

export class FlatUnion {
  /** Indices into the stage's nodes. */
  readonly #inputs: number[] = [];
  /** The first partition of each input. */
  readonly #starts: number[] = [];

  constructor(spec: StageSpec, root: number) {
    const stack = inputsOf(spec, root).reverse();
    let start = 0;
    for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
      const { operator, level, numPartitions } = spec.nodes[at];
      if (operator.kind === "union" && !operator.aligned && level === null) {
        for (const input of inputsOf(spec, at).reverse()) stack.push(input);
        continue;
      }
      this.#inputs.push(at);
      this.#starts.push(start);
      start += numPartitions;
    }
  }

  /** The node that a partition comes from, and which of that node's it is. */
  find(partition: number): readonly [at: number, partition: number] {
    let [low, high] = [0, this.#starts.length];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (this.#starts[middle] <= partition) low = middle;
      else high = middle;
    }
    return [this.#inputs[low], partition - this.#starts[low]];
  }
}

function inputsOf(spec: StageSpec, at: number): number[] {
  return spec.nodes[at].inputs.flatMap((input) => (input.kind === "node" ? [input.at] : []));
}
