/**
 * `npm run bench:memory`: programs whose data is several times the memory they are given. Each runs in a process of its own, its answer is checked,
 * and what the process held in memory at most is shown beside the budget.
 */
import { parseArgs } from "node:util";
import { inChild } from "./in-child.ts";
import { WORKS } from "./works.ts";

const HELP = `Usage: npm run bench:memory -- [options] [work...]

Programs whose data is several times the memory that they are given.

  --memory N   megabytes that the context is given (256)
  --times N    bytes of data for each byte of memory (4)
  --threads N  worker threads (2)
  --help`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    memory: { type: "string", default: "256" },
    times: { type: "string", default: "4" },
    threads: { type: "string", default: "2" },
    help: { type: "boolean", default: false },
  },
});

if (values.help) console.log(HELP);
else {
  const memory = Number(values.memory) * 2 ** 20;
  const times = Number(values.times);
  const threads = Number(values.threads);
  console.log(`memory ${values.memory} MB, data ${times} times as much, ${threads} threads`);
  console.log(row(["", "data", "time", "rows/s", "spilled", "on disk", "held", "beyond the budget"]));
  for (const { name, rowBytes } of WORKS) {
    if (positionals.length > 0 && !positionals.some((wanted) => name.startsWith(wanted))) continue;
    const rows = Math.floor((memory * times) / rowBytes);
    const measured = await inChild({ name, memory, rows, threads });
    if ("error" in measured) console.log(`${name.padEnd(18)} ${measured.error}`);
    else
      console.log(
        row([
          name,
          megabytes(rows * rowBytes),
          `${(measured.ms / 1000).toFixed(1)} s`,
          `${((rows / measured.ms) * 1e-3).toFixed(1)} M`,
          megabytes(measured.spilled),
          megabytes(measured.written),
          megabytes(measured.held),
          megabytes(measured.held - memory),
        ]),
      );
  }
}

function row(cells: readonly string[]): string {
  return cells.map((cell, i) => (i === 0 ? cell.padEnd(18) : cell.padStart(i === 7 ? 18 : 10))).join(" ");
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 2 ** 20)} MB`;
}
