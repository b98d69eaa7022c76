/**
 * `npm run bench:kernels`: column operations on one thread, the JavaScript backend against WebAssembly. `--rows N`, `--time MS` a
 * case and backend, `--only NAME` (a part of the name).
 */
import { parseArgs } from "node:util";
import { Bench } from "tinybench";
import { createCompute } from "../../src/kernels/create-compute.ts";
import { SharedHeap } from "../../src/memory/shared-heap.ts";
import { aggregateCases } from "./aggregate.ts";
import { compressCases } from "./compress.ts";
import { hashCases } from "./hash.ts";
import { joinCases } from "./join.ts";
import { pairCases } from "./pairs.ts";
import { partitionCases } from "./partition.ts";
import { selectCases } from "./select.ts";
import { sortCases } from "./sort.ts";

const { values } = parseArgs({
  options: {
    rows: { type: "string", default: "1000000" },
    time: { type: "string", default: "300" },
    only: { type: "string", default: "" },
  },
});
const rows = Number(values.rows);
const cases = [
  ...hashCases(rows),
  ...partitionCases(rows),
  ...aggregateCases(rows),
  ...pairCases(rows),
  ...sortCases(rows),
  ...joinCases(rows),
  ...selectCases(rows),
  ...compressCases(rows),
].filter(({ name }) => name.includes(values.only));

const heap = SharedHeap.create({ limit: 2 ** 31 });
const table: Record<string, Record<string, string>> = {};
for (const { name, rows: n, prepare } of cases) {
  const bench = new Bench({ time: Number(values.time), warmupTime: Number(values.time) / 3, iterations: 3 });
  const inputs = heap.arena();
  const out = heap.arena(inputs.segment.id);
  for (const backend of ["js", "wasm"] as const) {
    const run = prepare(createCompute(heap, backend), inputs);
    bench.add(backend, () => {
      run(out);
      out.release();
    });
  }
  await bench.run();
  inputs.release();
  const [js, wasm] = bench.tasks.map((task) => {
    if (task.result.state !== "completed") throw new Error(`${name} (${task.name}): ${task.result.state}`);
    return task.result.latency;
  });
  table[name] = {
    "js ns/row": ((js.p50 * 1e6) / n).toFixed(2),
    "wasm ns/row": ((wasm.p50 * 1e6) / n).toFixed(2),
    "wasm best": ((wasm.min * 1e6) / n).toFixed(2),
    "wasm is": `${(js.p50 / wasm.p50).toFixed(2)} x`,
  };
}
console.table(table);
