/**
 * Runs one workload: all contenders in turn, in alternating order, so that a drift of the machine meets all alike; garbage is collected
 * before each run (unless runs are to follow in quick succession), outside the clock. Answers are compared in the warm-up and after the last round.
 */
import type { Contender, Digest, Outcome, Setting, Workload } from "./workload.ts";

export interface Series {
  readonly contender: string;
  /** A named part of the contender's run, or null for the whole. */
  readonly part: string | null;
  readonly samples: readonly number[];
}

const WARM_UPS = 2;

export async function runWorkload(
  workload: Workload,
  setting: Setting,
  samples: number,
): Promise<readonly Series[]> {
  const { contenders, close } = await workload.prepare(setting);
  try {
    const warmUps = setting.smoke ? 0 : WARM_UPS;
    const series = new Map<string, { contender: string; part: string | null; samples: number[] }>();
    const note = (contender: string, part: string | null, elapsed: number): void => {
      const key = `${contender}\0${part ?? ""}`;
      let known = series.get(key);
      if (known === undefined) {
        known = { contender, part, samples: [] };
        series.set(key, known);
      }
      known.samples.push(elapsed);
    };
    for (let round = -warmUps; round < samples; round++) {
      const digests: [string, Digest][] = [];
      for (const contender of round % 2 === 0 ? contenders : [...contenders].reverse()) {
        const { elapsed, outcome } = await timed(contender, workload.inQuickSuccession === true && round > 0);
        if (round < 0 || round === samples - 1) digests.push([contender.name, await outcome.digest()]);
        if (round < 0) continue;
        note(contender.name, null, elapsed);
        for (const [part, ms] of Object.entries(outcome.parts ?? {})) note(contender.name, part, ms);
      }
      agree(workload.name, digests);
    }
    return [...series.values()];
  } finally {
    await close();
  }
}

async function timed(contender: Contender, warm: boolean): Promise<{ elapsed: number; outcome: Outcome }> {
  if (!warm) globalThis.gc?.();
  const start = performance.now();
  const outcome = await contender.run();
  const elapsed = performance.now() - start;
  return { elapsed: outcome.elapsed ?? elapsed, outcome };
}

function agree(workload: string, digests: readonly (readonly [string, Digest])[]): void {
  const [first, ...others] = digests;
  for (const [name, digest] of others)
    if (digest.length !== first[1].length || !digest.every((value, i) => close(value, first[1][i])))
      throw new Error(
        `${workload}: ${name} and ${first[0]} disagree: [${digest.join(", ")}] and [${first[1].join(", ")}]`,
      );
}

function close(a: number, b: number): boolean {
  return a === b || Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b));
}
