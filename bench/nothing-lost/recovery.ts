/**
 * What a killed worker costs: PageRank over a cached graph, ten iterations in one job, undisturbed and with a worker that ends in the middle of
 * the fifth. Contexts of their own, in turn; both must give the same ranks.
 */
import { summarize } from "../statistics.ts";

// As it is built: a new worker has to load it.
const { Context, HashPartitioner, TaskContext } = (await import(
  new URL("../../dist/index.js", import.meta.url).href
)) as typeof import("../../src/index.ts");

const ITERATIONS = 10;
const DEATH = 4;

export interface Recovery {
  readonly ms: number;
  readonly killedMs: number;
  /** What came on top, each sample against its neighbour. */
  readonly addedMs: number;
  /** Tasks that were run again. */
  readonly tasks: number;
  readonly again: number;
}

interface Sample {
  readonly ms: number;
  readonly tasks: number;
  readonly sum: number;
}

export async function recovery(options: {
  readonly edges: number;
  readonly threads: number;
  readonly samples: number;
}): Promise<Recovery> {
  const calm: Sample[] = [];
  const killed: Sample[] = [];
  for (let i = 0; i <= options.samples; i++) {
    // Who is first has no advantage.
    const first = await pageRank(options, i % 2 === 0 ? -1 : 3);
    const second = await pageRank(options, i % 2 === 0 ? 3 : -1);
    const pair = i % 2 === 0 ? [first, second] : [second, first];
    // The first warms up.
    if (i === 0) continue;
    calm.push(pair[0]);
    killed.push(pair[1]);
    if (pair[0].sum !== pair[1].sum) throw new Error(`the ranks differ: ${pair[0].sum} and ${pair[1].sum}`);
  }
  return {
    ms: median(calm.map(({ ms }) => ms)),
    killedMs: median(killed.map(({ ms }) => ms)),
    addedMs: median(killed.map(({ ms }, i) => ms - calm[i].ms)),
    tasks: calm[0].tasks,
    again: median(killed.map(({ tasks }, i) => tasks - calm[i].tasks)),
  };
}

/** `dies` is the partition whose task ends its worker, once; -1 for none. */
async function pageRank(
  { edges, threads }: { readonly edges: number; readonly threads: number },
  dies: number,
): Promise<Sample> {
  await using sc = await Context.create({ master: `local[${threads}]`, memory: "2g" });
  const nodes = Math.ceil(edges / 10);
  const partitioner = new HashPartitioner(4 * threads);
  const links = sc
    .range(0, edges, 1, 4 * threads)
    .map((i) => [i % nodes, (i * 48_271 + 11) % nodes] as [number, number])
    .partitionBy(partitioner)
    .cache();
  let ranks = sc
    .range(0, nodes, 1, 4 * threads)
    .map((node) => [node, 1] as [number, number])
    .partitionBy(partitioner);
  await links.count();
  await ranks.count();
  for (let i = 0; i < ITERATIONS; i++) {
    const joined =
      i === DEATH
        ? links.join(ranks).mapPartitionsWithIndex((partition, rows) => {
            if (partition === dies && TaskContext.get()!.attemptNumber() === 0) process.exit(1);
            return rows;
          }, true)
        : links.join(ranks);
    ranks = joined
      .map(([, [to, rank]]) => [to, rank / 10] as [number, number])
      .reduceByKey((a, b) => a + b, partitioner)
      .mapValues((sum) => 0.15 + 0.85 * sum);
  }
  let tasks = 0;
  const stop = sc.events.subscribe((event) => {
    if (event.type === "taskStart") tasks++;
  });
  const start = performance.now();
  const sum = await ranks.map(([node, rank]) => rank * (1 + (node % 7))).sum();
  const ms = performance.now() - start;
  stop();
  return { ms, tasks, sum };
}

function median(samples: readonly number[]): number {
  return summarize(samples).median;
}
