/**
 * A progress bar on the terminal: one line on stderr while stages run, redrawn a few times a second and wiped when they end. A listener of the
 * event bus and nothing else; it shows up only once a job has lasted half a second.
 */
import type { EventBus, GnistaEvent } from "./events.ts";

export interface StageProgress {
  readonly name: string;
  readonly tasks: number;
  done: number;
  running: number;
  rows: number;
  readonly since: number;
}

/** Where the line is drawn: `process.stderr`, or anything like it. */
export interface Terminal {
  readonly columns?: number;
  write(text: string): unknown;
}

const DELAY = 500;
const INTERVAL = 200;
const WIPE = "\r\x1b[K";

export function showProgress(bus: EventBus, terminal: Terminal, usedBytes: () => number): () => void {
  const stages = new Map<number, StageProgress>();
  let timer: NodeJS.Timeout | null = null;
  let drawn = false;

  const wipe = (): void => {
    if (drawn) terminal.write(WIPE);
    drawn = false;
  };
  const draw = (): void => {
    const now = performance.now();
    const [stage] = stages.values();
    if (stage === undefined || now - stage.since < DELAY) return;
    terminal.write(WIPE + progressLine([...stages.values()], usedBytes(), now, terminal.columns ?? 80));
    drawn = true;
  };
  const stopTimer = (): void => {
    if (timer !== null) clearInterval(timer);
    timer = null;
    wipe();
  };

  const unsubscribe = bus.subscribe((event) => {
    update(stages, event);
    if (stages.size === 0) stopTimer();
    else if (timer === null) timer = setInterval(draw, INTERVAL).unref();
  });
  return () => {
    unsubscribe();
    stopTimer();
  };
}

function update(stages: Map<number, StageProgress>, event: GnistaEvent): void {
  switch (event.type) {
    case "stageStart":
      stages.set(event.stage, {
        name: event.name,
        tasks: event.tasks,
        done: 0,
        running: 0,
        rows: 0,
        since: performance.now(),
      });
      return;
    case "stageEnd":
      stages.delete(event.stage);
      return;
    case "taskStart": {
      const stage = stages.get(event.stage);
      if (stage !== undefined) stage.running++;
      return;
    }
    case "taskEnd": {
      const stage = stages.get(event.stage);
      if (stage === undefined) return;
      stage.running--;
      if (event.outcome === "succeeded") stage.done++;
      if (event.metrics !== null) stage.rows += event.metrics.rowsRead + event.metrics.shuffleRowsRead;
      return;
    }
  }
}

/** `[reduceByKey at app.ts:7:4 ====>      (3 + 2) / 8]  1.2 M rows/s  240 MB`, no wider than the terminal. */
export function progressLine(
  stages: readonly StageProgress[],
  usedBytes: number,
  now: number,
  columns: number,
): string {
  const seconds = Math.max(0.001, (now - Math.min(...stages.map((s) => s.since))) / 1000);
  const rows = stages.reduce((sum, s) => sum + s.rows, 0);
  const tail = `${rows === 0 ? "" : `  ${rate(rows / seconds)}`}  ${bytes(usedBytes)}`;
  const room = Math.max(20, Math.floor((columns - 1 - tail.length) / stages.length));
  return `${stages.map((stage) => bar(stage, room)).join("")}${tail}`.slice(0, columns - 1);
}

function bar({ name, tasks, done, running }: StageProgress, width: number): string {
  const counts = ` (${done} + ${running}) / ${tasks}]`;
  const head = `[${name} `.slice(0, Math.max(2, width - counts.length - 6));
  const room = width - head.length - counts.length;
  if (room < 1) return head + counts;
  const filled = Math.floor((room * done) / Math.max(1, tasks));
  return head + `${"=".repeat(filled)}${filled < room ? ">" : ""}`.padEnd(room) + counts;
}

function rate(rows: number): string {
  const [number, prefix] = scaled(rows);
  return `${number}${prefix === "" ? "" : ` ${prefix}`} rows/s`;
}

function bytes(used: number): string {
  const [number, prefix] = scaled(used);
  return `${number} ${prefix}B`;
}

/** A number of at most three digits or so, and the prefix of its unit. */
function scaled(value: number): readonly [number: string, prefix: string] {
  for (const [prefix, size] of [
    ["G", 1e9],
    ["M", 1e6],
    ["k", 1e3],
  ] as const)
    if (value >= size) return [(value / size).toFixed(value >= 10 * size ? 0 : 1), prefix];
  return [String(Math.round(value)), ""];
}
