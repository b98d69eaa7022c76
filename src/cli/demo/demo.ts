/** `gnista demo`: each workload on each backend, from the source and from memory, timed and checked against plain JavaScript. */
import { availableParallelism } from "node:os";
import { Context } from "../../context.ts";
import { GnistaError } from "../../errors.ts";
import { invertedIndex } from "./inverted-index.ts";
import { kMeans } from "./k-means.ts";
import { pageRank } from "./page-rank.ts";
import { type Column, table } from "./table.ts";
import { wordCount } from "./word-count.ts";
import type { Prepared, Workload } from "./workload.ts";

const WORKLOADS: readonly Workload[] = [wordCount, invertedIndex, pageRank, kMeans];
const BACKENDS = ["js", "wasm"] as const;

const COLUMNS: readonly Column[] = [
  { title: "", align: "left" },
  { title: "input", align: "left" },
  { title: "time", align: "right" },
  { title: "rows/s", align: "right" },
  { title: "speed-up", align: "right" },
  { title: "answer", align: "left" },
];

interface Timed {
  readonly milliseconds: number;
  readonly answer: unknown;
}

export async function demo(names: readonly string[]): Promise<number> {
  const chosen = names.map(workloadOf);
  const print = (text = ""): void => {
    process.stdout.write(`${text}\n`);
  };
  print(
    `gnista on real data, ${availableParallelism()} cores. Every answer is checked against a plain JavaScript loop.`,
  );
  let wrong = 0;
  for (const workload of chosen.length > 0 ? chosen : WORKLOADS) {
    const data = await workload.prepare();
    print(`\n${workload.name}: ${workload.about}`);
    const plain = timePlain(data);
    const rows = [line("plain JavaScript, one thread", "source", data, plain, plain, "")];
    for (const backend of BACKENDS)
      for (const cached of [false, true]) {
        const timed = await timeRun(data, backend, cached);
        const agrees = data.agree(timed.answer, plain.answer);
        if (!agrees) wrong++;
        rows.push(
          line(
            `gnista, ${backend}`,
            cached ? "memory" : "source",
            data,
            timed,
            plain,
            agrees ? "agrees" : "DIFFERS",
          ),
        );
      }
    for (const text of table(COLUMNS, rows)) print(`  ${text}`);
    for (const text of data.show(plain.answer)) print(`  -> ${text}`);
  }
  print(wrong === 0 ? "\nAll answers agree." : `\n${wrong} answers differ.`);
  return wrong === 0 ? 0 : 1;
}

function workloadOf(name: string): Workload {
  const found = WORKLOADS.find((workload) => workload.name.toLowerCase().replaceAll(" ", "-") === name);
  if (found !== undefined) return found;
  const known = WORKLOADS.map((workload) => workload.name.toLowerCase().replaceAll(" ", "-"));
  throw new GnistaError("INVALID_ARGUMENT", `the demo has no workload "${name}"; it has ${known.join(", ")}`);
}

function timePlain(data: Prepared): Timed {
  const start = performance.now();
  const answer = data.plain();
  return { milliseconds: performance.now() - start, answer };
}

/** The better of two runs: the first also warms up the engine's compilers, as the plain loop's many turns do. */
async function timeRun(data: Prepared, backend: "js" | "wasm", cached: boolean): Promise<Timed> {
  await using sc = await Context.create({ appName: "demo", backend });
  let best: Timed | null = null;
  for (let i = 0; i < 2; i++) {
    let start = 0;
    const answer = await data.run(sc, cached, () => {
      start = performance.now();
    });
    const milliseconds = performance.now() - start;
    if (best === null || milliseconds < best.milliseconds) best = { milliseconds, answer };
  }
  return best!;
}

function line(
  who: string,
  input: string,
  data: Prepared,
  timed: Timed,
  plain: Timed,
  agrees: string,
): readonly string[] {
  const perSecond = data.rows / (timed.milliseconds / 1000);
  return [
    who,
    input,
    `${timed.milliseconds.toFixed(0)} ms`,
    Math.round(perSecond).toLocaleString("en"),
    timed === plain ? "" : `${(plain.milliseconds / timed.milliseconds).toFixed(1)}x`,
    agrees,
  ];
}
