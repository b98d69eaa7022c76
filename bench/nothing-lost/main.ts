/** `npm run bench:faults`: what it costs that nothing is lost, when a worker dies, when columns go to disk, and when all goes well. */
import { parseArgs } from "node:util";
import { checksums } from "./checksums.ts";
import { recovery } from "./recovery.ts";
import { spilling } from "./spilling.ts";

const PARTS = ["recovery", "spilling", "checksums"] as const;

const HELP = `Usage: npm run bench:faults -- [options] [${PARTS.join("|")}...]

  --samples N  of each (7)
  --edges N    of the graph of the job whose worker dies (2000000)
  --rows N     of a column that goes to disk (8000000)
  --memory N   megabytes for programs that work on four times as much (256)
  --threads N  worker threads (2)
  --help`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    samples: { type: "string", default: "7" },
    edges: { type: "string", default: "2000000" },
    rows: { type: "string", default: "8000000" },
    memory: { type: "string", default: "256" },
    threads: { type: "string", default: "2" },
    help: { type: "boolean", default: false },
  },
});
const samples = Number(values.samples);
const threads = Number(values.threads);
const wanted = (part: (typeof PARTS)[number]): boolean =>
  positionals.length === 0 || positionals.includes(part);

if (values.help) console.log(HELP);
else {
  if (wanted("recovery")) await showRecovery();
  if (wanted("spilling")) showSpilling();
  if (wanted("checksums")) await showChecksums();
}

async function showRecovery(): Promise<void> {
  const edges = Number(values.edges);
  console.log(`PageRank, 10 iterations over ${edges} edges, ${threads} threads; a worker dies in the fifth`);
  const { ms, killedMs, addedMs, tasks, again } = await recovery({ edges, threads, samples });
  console.log(
    `undisturbed ${ms.toFixed(0)} ms (${tasks} tasks), with the death ${killedMs.toFixed(0)} ms, ` +
      `added ${addedMs.toFixed(0)} ms (${percent(addedMs / ms)}), ${again} tasks run again\n`,
  );
}

function showSpilling(): void {
  console.log("Columns to disk and back, GB/s of columns in one thread, beside a plain file");
  console.log(row(["", "data", "on disk", "written", "plain", "share", "read", "plain", "share"]));
  for (const each of spilling(Number(values.rows), samples))
    console.log(
      row([
        each.name,
        megabytes(each.bytes),
        megabytes(each.onDisk),
        speed(each.write),
        speed(each.plainWrite),
        percent(each.write / each.plainWrite),
        speed(each.read),
        speed(each.plainRead),
        percent(each.read / each.plainRead),
      ]),
    );
  console.log("");
}

async function showChecksums(): Promise<void> {
  console.log(`Checksums, in ${values.memory} MB with four times as much data, ${threads} threads`);
  for (const name of ["reduceByKey", "sortByKey"]) {
    const memory = Number(values.memory) * 2 ** 20;
    const { ms, withoutMs, times } = await checksums(name, { memory, threads, samples });
    const [median, least, most] = times.map((times) => percent(times - 1));
    console.log(
      `${name}: ${ms.toFixed(0)} ms, without ${withoutMs.toFixed(0)} ms: ${median} more (${least} to ${most})`,
    );
  }
}

function row(cells: readonly string[]): string {
  return cells.map((cell, i) => (i === 0 ? cell.padEnd(22) : cell.padStart(9))).join(" ");
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 2 ** 20)} MB`;
}

function speed(bytesPerMs: number): string {
  return (bytesPerMs / 1e6).toFixed(2);
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
