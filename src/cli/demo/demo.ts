/** `gnista demo`: each workload on each backend, from its source and from memory, timed and checked against plain JavaScript. */
import { availableParallelism } from "node:os";
import { Context } from "../../context.ts";
import { GnistaError } from "../../errors.ts";
import { requirePackages } from "./datasets.ts";
import { invertedIndex } from "./inverted-index.ts";
import { kMeans } from "./k-means.ts";
import { pageRank } from "./page-rank.ts";
import { statusLine } from "./status-line.ts";
import { type Column, tableHeader, tableRow } from "./table.ts";
import { wordCount } from "./word-count.ts";
import { count, type Prepared, type Workload } from "./workload.ts";

/** By the names that the command takes. */
const WORKLOADS: Readonly<Record<string, Workload>> = {
  "word-count": wordCount,
  "inverted-index": invertedIndex,
  "page-rank": pageRank,
  "k-means": kMeans,
};
const QUICK = "--quick";
const BACKENDS = ["js", "wasm"] as const;

const AGAINST_PLAIN = "vs plain";
const COLUMNS: readonly Column[] = [
  { title: "workload", align: "left", width: 14 },
  { title: "backend", align: "left", width: 10 },
  { title: "cached?", align: "left", width: 7 },
  { title: "rows", align: "right", width: 9 },
  { title: "time", align: "right", width: 8 },
  { title: "rows/s", align: "right", width: 11 },
  { title: AGAINST_PLAIN, align: "right", width: 8 },
  { title: "agrees?", align: "left", width: 7 },
];

interface Timed {
  readonly milliseconds: number;
  readonly answer: unknown;
}

export async function demo(args: readonly string[]): Promise<number> {
  const { workloads, quick } = parse(args);
  requirePackages(new Set(workloads.map(({ data }) => data)));
  const begin = performance.now();
  const status = statusLine(process.stderr);
  const print = (text: string): void => {
    status.clear();
    process.stdout.write(`${text}\n`);
  };
  const cores = availableParallelism();
  print(
    `gnista: Spark's programming model in one Node.js process, here with ${cores} worker thread${cores === 1 ? "" : "s"}.

Each program runs with its kernels in JavaScript and in WebAssembly, with its input read from its source and kept in
memory (cached). The same is done by a plain JavaScript loop on one thread, and all answers are compared with that one's.
${quick ? "With small data and a single run each, times show how long it takes to start, not how fast gnista is." : "Times are the better of two runs."}`,
  );
  // Of small data a ratio would say nothing.
  const columns = COLUMNS.filter(({ title }) => !quick || title !== AGAINST_PLAIN);
  const printRow = (cells: Readonly<Record<string, string>>): void =>
    print(
      tableRow(
        columns,
        columns.map(({ title }) => cells[title] ?? ""),
      ),
    );
  let wrong = 0;
  let checked = 0;
  for (const workload of workloads) {
    status.set(`${workload.name}: reading the data`);
    const data = workload.prepare(quick);
    print(`\n${workload.name}: ${workload.about}\n(${data.input})\n`);
    for (const text of tableHeader(columns)) print(text);
    status.set(`${workload.name}: plain JavaScript`);
    const plain = timePlain(data);
    printRow({ workload: workload.name, backend: "plain loop", ...timing(data, plain) });
    for (const backend of BACKENDS)
      for (const cached of [false, true]) {
        status.set(`${workload.name}: backend ${backend}, ${cached ? "from memory" : "from its source"}`);
        const timed = await timeRun(data, backend, cached, quick ? 1 : 2);
        const agrees = data.agree(timed.answer, plain.answer);
        checked++;
        if (!agrees) wrong++;
        printRow({
          workload: workload.name,
          backend,
          "cached?": cached ? "yes" : "no",
          ...timing(data, timed),
          [AGAINST_PLAIN]: `${(plain.milliseconds / timed.milliseconds).toFixed(1)}x`,
          "agrees?": agrees ? "yes" : "NO",
        });
      }
    print("");
    for (const text of data.show(plain.answer)) print(`  ${text}`);
  }
  const verdict = wrong === 0 ? `All ${checked} answers agree.` : `${wrong} of ${checked} answers differ.`;
  print(`\n${verdict} The demo took ${((performance.now() - begin) / 1000).toFixed(0)} s.`);
  return wrong === 0 ? 0 : 1;
}

function parse(args: readonly string[]): {
  readonly workloads: readonly Workload[];
  readonly quick: boolean;
} {
  const names = args.filter((arg) => arg !== QUICK);
  const unknown = names.find((name) => name.startsWith("-"));
  if (unknown !== undefined)
    throw new GnistaError("INVALID_ARGUMENT", `the demo has no option ${unknown}; its only one is ${QUICK}`);
  const workloads = names.length > 0 ? names.map(workloadOf) : Object.values(WORKLOADS);
  return { workloads, quick: names.length < args.length };
}

function workloadOf(name: string): Workload {
  if (Object.hasOwn(WORKLOADS, name)) return WORKLOADS[name];
  throw new GnistaError(
    "INVALID_ARGUMENT",
    `the demo has no workload "${name}"; it has ${Object.keys(WORKLOADS).join(", ")}`,
  );
}

function timePlain(data: Prepared): Timed {
  const start = performance.now();
  const answer = data.plain();
  return { milliseconds: performance.now() - start, answer };
}

/** The best of some runs in one context: the first also warms up the engine's compilers, as the plain loop's many turns do. */
async function timeRun(
  data: Prepared,
  backend: "js" | "wasm",
  cached: boolean,
  runs: number,
): Promise<Timed> {
  await using sc = await Context.create({ appName: "demo", backend });
  let best: Timed | null = null;
  for (let i = 0; i < runs; i++) {
    let start = 0;
    const answer = await data.run(sc, cached, () => {
      start = performance.now();
    });
    const milliseconds = performance.now() - start;
    if (best === null || milliseconds < best.milliseconds) best = { milliseconds, answer };
  }
  return best!;
}

function timing({ rows }: Prepared, { milliseconds }: Timed): Readonly<Record<string, string>> {
  return {
    rows: count(rows),
    time: `${milliseconds.toFixed(0)} ms`,
    "rows/s": count(Math.round(rows / (milliseconds / 1000))),
  };
}
