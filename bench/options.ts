/** The command line of the benchmarks. */
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { BACKENDS, type Backend } from "../src/kernels/compute.ts";

export interface BenchOptions {
  /** Tiny sizes, every workload once, answers checked: for continuous integration. */
  readonly smoke: boolean;
  /** Names, or beginnings of names, of the workloads to run; empty for all. */
  readonly only: readonly string[];
  readonly rows: number;
  /** Timed runs of each contender; null for what each workload prefers. */
  readonly samples: number | null;
  readonly threads: number;
  readonly backend: Backend;
  readonly json: string | null;
  /** Measures on a busy machine too. */
  readonly force: boolean;
  readonly list: boolean;
}

export const HELP = `Usage: npm run bench -- [workload...] [options]

Workloads go by name, or by how the name begins; all of them when none is given.

  --list             the names, and nothing else
  --rows N           rows of the large workloads (default 20000000)
  --samples N        timed runs of each contender (default 7, more for short workloads)
  --threads N        worker threads, for the peers too (default: the machine's cores)
  --backend B        js, wasm or native (default wasm)
  --json FILE        where to write the results (default bench/results/<time>.json)
  --smoke            tiny sizes, once each, answers checked
  --force            measure although the machine is busy`;

export function parseOptions(args: readonly string[]): BenchOptions | null {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      smoke: { type: "boolean", default: false },
      rows: { type: "string" },
      samples: { type: "string" },
      threads: { type: "string" },
      backend: { type: "string", default: "wasm" },
      json: { type: "string" },
      force: { type: "boolean", default: false },
      list: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return null;
  const { smoke, backend } = values;
  const found = BACKENDS.find((known) => known === backend);
  if (found === undefined) throw new Error(`--backend is one of ${BACKENDS.join(", ")}, not ${backend}`);
  return {
    smoke,
    only: positionals,
    rows: count("--rows", values.rows, smoke ? 20_000 : 20_000_000),
    samples: values.samples === undefined && !smoke ? null : count("--samples", values.samples, 1),
    threads: count("--threads", values.threads, availableParallelism()),
    backend: found,
    json: values.json ?? null,
    force: values.force || smoke,
    list: values.list,
  };
}

function count(name: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new Error(`${name} is a whole number above 0, not ${text}`);
  return value;
}
