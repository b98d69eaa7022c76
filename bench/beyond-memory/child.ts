/** The entry of a child process: runs one program in the memory it is given, and sends what it took to its parent. */
import { Context } from "../../src/index.ts";
import { WORKS } from "./works.ts";

export type Measured =
  | {
      readonly ms: number;
      /** Bytes of rows that went to disk, and of the files. */
      readonly spilled: number;
      readonly written: number;
      /** The most that was resident at a time, beyond what the process had before the context. */
      readonly held: number;
    }
  | { readonly error: string };

export interface Task {
  readonly name: string;
  readonly memory: number;
  readonly rows: number;
  readonly threads: number;
}

const { name, memory, rows, threads } = JSON.parse(process.argv[2]) as Task;
const before = process.memoryUsage.rss();
let measured: Measured;
try {
  await using sc = await Context.create({ master: `local[${threads}]`, memory });
  const start = performance.now();
  await WORKS.find((work) => work.name === name)!.run(sc, rows, 8 * threads);
  const ms = performance.now() - start;
  const jobs = sc.metrics();
  const sum = (key: "memoryBytesSpilled" | "diskBytesSpilled"): number =>
    jobs.reduce((all, { totals }) => all + totals[key], 0);
  measured = {
    ms,
    spilled: sum("memoryBytesSpilled"),
    written: sum("diskBytesSpilled"),
    held: process.resourceUsage().maxRSS * 1024 - before,
  };
} catch (error) {
  measured = { error: String(error) };
}
process.send!(measured, () => process.exit(0));
