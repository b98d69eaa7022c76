/**
 * What checksums cost: programs that work on four times the memory they are given, as they are and in processes in which what goes to disk has no
 * checksums, in turn.
 */
import { inChild } from "../beyond-memory/in-child.ts";
import { WORKS } from "../beyond-memory/works.ts";
import { summarize } from "../statistics.ts";

const WITHOUT = new URL("./without-checksums.ts", import.meta.url).href;

export interface Checksums {
  readonly name: string;
  readonly ms: number;
  readonly withoutMs: number;
  /** Of each sample over that of its neighbour: the median, the least and the most. */
  readonly times: readonly [number, number, number];
}

export async function checksums(
  name: string,
  options: { readonly memory: number; readonly threads: number; readonly samples: number },
): Promise<Checksums> {
  const { rowBytes } = WORKS.find((work) => work.name === name)!;
  const task = { name, ...options, rows: Math.floor((4 * options.memory) / rowBytes) };
  const time = async (preload?: string): Promise<number> => {
    const measured = await inChild(task, preload);
    if ("error" in measured) throw new Error(`${name}: ${measured.error}`);
    return measured.ms;
  };
  const [plain, without]: [number[], number[]] = [[], []];
  for (let i = 0; i < options.samples; i++) {
    // Who is first has no advantage.
    if (i % 2 === 0) plain.push(await time());
    without.push(await time(WITHOUT));
    if (i % 2 === 1) plain.push(await time());
  }
  const times = plain.map((ms, i) => ms / without[i]).sort((a, b) => a - b);
  return {
    name,
    ms: summarize(plain).median,
    withoutMs: summarize(without).median,
    times: [summarize(times).median, times[0], times.at(-1)!],
  };
}
