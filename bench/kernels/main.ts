/**
 * `npm run bench:kernels`: column operations on one thread, in every backend. `--rows N`, `--time MS` a
 * case and backend, `--only NAME` (a part of the name).
 */
import { parseArgs } from "node:util";
import { Bench } from "tinybench";
import { BACKENDS } from "../../src/kernels/compute.ts";
import { createCompute } from "../../src/kernels/create-compute.ts";
import { nativeAddon } from "../../src/kernels/native/load.ts";
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

const backends = BACKENDS.filter((backend) => backend !== "native" || nativeAddon().kind === "loaded");
const heap = SharedHeap.create({ limit: 2 ** 31 });
const table: Record<string, Record<string, string>> = {};
for (const { name, rows: n, prepare } of cases) {
  const bench = new Bench({ time: Number(values.time), warmupTime: Number(values.time) / 3, iterations: 3 });
  const inputs = heap.arena();
  const out = heap.arena(inputs.segment.id);
  for (const backend of backends) {
    const run = prepare(createCompute(heap, backend), inputs);
    bench.add(backend, () => {
      run(out);
      out.release();
    });
  }
  await bench.run();
  inputs.release();
  const times = bench.tasks.map((task) => {
    if (task.result.state !== "completed") throw new Error(`${name} (${task.name}): ${task.result.state}`);
    return task.result.latency;
  });
  table[name] = Object.fromEntries(
    times.flatMap(({ p50, min }, i) => {
      const backend = backends[i];
      const perRow: [string, string] = [`${backend} ns/row`, ((p50 * 1e6) / n).toFixed(2)];
      if (i === 0) return [perRow];
      return [
        perRow,
        [`${backend} best`, ((min * 1e6) / n).toFixed(2)],
        [`is x ${backends[i - 1]}`, (times[i - 1].p50 / p50).toFixed(2)],
      ];
    }),
  );
}
console.table(table);
