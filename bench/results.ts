/** From samples to the numbers that are printed and kept: ratios to peers of the same run, targets, the share of the machine's floor. */
import type { Floors } from "./floors/measure.ts";
import type { Series } from "./runner.ts";
import { type Summary, summarize } from "./statistics.ts";
import type { Floor, Setting, Workload } from "./workload.ts";

export interface ContenderResult extends Summary {
  readonly contender: string;
  readonly part: string | null;
  readonly rowsPerSecond: number;
  readonly samples: readonly number[];
}

export interface Comparison {
  readonly contender: string;
  readonly than: string;
  /** How many times faster, by the medians and by the minima. */
  readonly ratio: number;
  readonly ratioOfMinima: number;
}

export interface TargetResult {
  readonly contender: string;
  readonly text: string;
  readonly value: number;
  readonly reached: boolean;
}

export interface WorkloadResult {
  readonly workload: string;
  readonly title: string;
  readonly rows: number;
  readonly contenders: readonly ContenderResult[];
  readonly comparisons: readonly Comparison[];
  readonly targets: readonly TargetResult[];
  /** The least time in milliseconds that this machine needs for what must be done, and that as a share of gnista's best time. */
  readonly floor: { readonly milliseconds: number; readonly fraction: number } | null;
}

export function workloadResult(
  workload: Workload,
  setting: Setting,
  series: readonly Series[],
  floors: Floors,
): WorkloadResult {
  const rows = workload.rows(setting);
  const contenders = series.map(({ contender, part, samples }): ContenderResult => {
    const summary = summarize(samples);
    return { contender, part, ...summary, rowsPerSecond: (rows / summary.median) * 1000, samples };
  });
  const whole = (name: string): ContenderResult =>
    contenders.find((c) => c.contender === name && c.part === null)!;
  const ours = contenders.filter((c) => isOurs(c) && c.part === null);
  const peers = contenders.filter((c) => !isOurs(c));
  const comparisons = ours.flatMap((subject) =>
    [...peers, ...ours.slice(ours.indexOf(subject) + 1)].map((peer) => ({
      contender: subject.contender,
      than: label(peer),
      ratio: peer.median / subject.median,
      ratioOfMinima: peer.min / subject.min,
    })),
  );
  const targets = workload.targets.map((target): TargetResult => {
    const { contender } = target;
    const { median } = whole(contender);
    if ("below" in target)
      return { contender, text: `< ${target.below} ms`, value: median, reached: median < target.below };
    const value = whole(target.than).median / median;
    return {
      contender,
      text: `${Number(target.times.toFixed(2))} x ${target.than}`,
      value,
      reached: value >= target.times,
    };
  });
  const least = floorTime(workload.floor(setting), floors);
  const floor = least === null ? null : { milliseconds: least, fraction: least / ours[0].min };
  return {
    workload: workload.name,
    title: workload.title(setting),
    rows,
    contenders,
    comparisons,
    targets,
    floor,
  };
}

export function label({
  contender,
  part,
}: {
  readonly contender: string;
  readonly part: string | null;
}): string {
  return part === null ? contender : `${contender}, ${part}`;
}

function isOurs({ contender }: { readonly contender: string }): boolean {
  return contender.startsWith("gnista");
}

/** What is both read and written goes at the speed of copying, the rest at that of reading. */
function floorTime(floor: Floor, floors: Floors): number | null {
  if (floor === null) return null;
  if (floor.kind === "wake") return floors.wake;
  const copied = 2 * Math.min(floor.read, floor.written);
  const rest = floor.read + floor.written - copied;
  return 1000 * (copied / floors.copyAll + rest / floors.readAll);
}
