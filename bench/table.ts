/** The results for a person to read; what was missed stands beside what was reached. */
import type { Floors } from "./floors/measure.ts";
import { type ContenderResult, label, type WorkloadResult } from "./results.ts";

const HEADER = [
  "",
  "min ms",
  "median",
  "p95",
  "spread",
  "M rows/s",
  "gnista is",
  "target",
  "",
  "floor ms",
  "of floor",
];

/** Without `judged` no target is held against the times: tiny inputs say nothing about large ones. */
export function printTable(results: readonly WorkloadResult[], judged: boolean): void {
  const lines = results.flatMap((result) => [
    [result.title],
    ...result.contenders.map((c) => row(result, c, judged)),
  ]);
  const widths = HEADER.map((title, i) =>
    Math.max(title.length, ...lines.filter((l) => l.length > 1).map((l) => l[i].length)),
  );
  const format = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => (i === 0 || i === 7 || i === 8 ? cell.padEnd(widths[i]) : cell.padStart(widths[i])))
      .join("  ")
      .trimEnd();
  console.log(format(HEADER));
  for (const line of lines) console.log(line.length === 1 ? `\n${line[0]}` : format(line));
  if (!judged) return;
  const targets = results.flatMap((r) => r.targets);
  const missed = targets.filter((t) => !t.reached).length;
  console.log(`\n${targets.length - missed} of ${targets.length} targets reached, ${missed} missed`);
}

function row(result: WorkloadResult, c: ContenderResult, judged: boolean): string[] {
  const { contenders, comparisons, floor } = result;
  const first = contenders[0];
  const against = comparisons.find((x) => x.contender === first.contender && x.than === label(c));
  const targets = judged && c.part === null ? result.targets.filter((t) => t.contender === c.contender) : [];
  return [
    `  ${label(c)}`,
    milliseconds(c.min),
    milliseconds(c.median),
    milliseconds(c.p95),
    `${Math.round(100 * c.spread)} %`,
    throughput(c.rowsPerSecond),
    against === undefined ? "" : times(against.ratio),
    targets.map((t) => t.text).join("; "),
    targets.map((t) => `${t.reached ? "reached" : "MISSED"} (${number(t.value)})`).join("; "),
    c === first && floor !== null ? milliseconds(floor.milliseconds) : "",
    c === first && floor !== null ? `${(100 * floor.fraction).toPrecision(2)} %` : "",
  ];
}

/** "3.1 x faster" or "2 x slower": a loss is called one. */
function times(ratio: number): string {
  return ratio >= 1 ? `${number(ratio)} x faster` : `${number(1 / ratio)} x slower`;
}

function number(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

function milliseconds(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 1 ? value.toFixed(1) : value.toFixed(3);
}

function throughput(rowsPerSecond: number): string {
  const millions = rowsPerSecond / 1e6;
  return millions < 0.01 ? "" : number(millions);
}

export function floorsText(floors: Floors, threads: number): string {
  const gb = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB/s`;
  return [
    `read ${gb(floors.readOne)} on one thread, ${gb(floors.readAll)} on ${threads}`,
    `copy ${gb(floors.copyOne)} and ${gb(floors.copyAll)} (counted both ways)`,
    `a worker wakes in ${(1000 * floors.wake).toFixed(0)} us`,
  ].join("; ");
}
