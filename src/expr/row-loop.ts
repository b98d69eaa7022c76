/**
 * A chain of plain JavaScript functions over rows as one generated loop: a loop a chain, so that each call site sees one function and V8
 * can inline it. Rows of numeric columns are read from the typed array directly, and what comes out of the last function is added,
 * counted or reduced on the spot where that is all an action wants of it.
 */
import type { Column } from "../column/column.ts";
import { readColumn } from "../column/reader.ts";
import { sliceColumn } from "../column/slice.ts";
import type { DataType } from "../column/type.ts";
import type { Heap } from "../memory/heap.ts";

// biome-ignore lint/suspicious/noExplicitAny: user functions are typed at the API
export type RowFunction = (...args: any[]) => any;

export interface RowStep {
  readonly op: "map" | "filter" | "flatMap" | "mapValues" | "flatMapValues" | "keyBy";
  readonly fn: RowFunction;
}

/** What becomes of the rows after the last step. */
export type RowEnd =
  | { readonly kind: "rows" | "count" | "sum" }
  | { readonly kind: "reduce"; readonly fn: RowFunction };

/** Where a loop leaves its results: appended to an array, or one value and how many rows went into it. */
export type RowSink = unknown[] | Folded;

export interface Folded {
  rows: number;
  value: unknown;
}

export interface RowLoop {
  /** How many steps it runs. */
  readonly steps: number;
  /** Adds what rows `from` to `to` become to `sink`, which is an array when the loop ends in rows. */
  run(heap: Heap, chunk: Column | readonly unknown[], from: number, to: number, sink: RowSink): void;
  /** The step that was running when `run` threw. */
  failedStep(): number;
}

const DIRECT: ReadonlySet<string> = new Set(["f64", "f32", "i32", "u32"]);

export function compileRowLoop(
  steps: readonly RowStep[],
  input: DataType | "rows",
  end: RowEnd = { kind: "rows" },
): RowLoop {
  const direct = input !== "rows" && DIRECT.has(input.kind);
  const at = { step: 0 };
  const fns = steps.map((s) => s.fn);
  const loop = loopMaker(steps, end)(end.kind === "reduce" ? [...fns, end.fn] : fns, at);
  const width = input !== "rows" && input.kind === "f64" ? 8 : 4;
  return {
    steps: steps.length,
    run(heap, chunk, from, to, sink) {
      if (Array.isArray(chunk)) loop(chunk as unknown[], from, to, sink);
      else {
        const column = chunk as Column;
        if (direct && column.nullCount === 0) {
          const start = column.values / width;
          loop(
            heap.segment(column.segment)[column.type.kind as "f64"].subarray(start, start + column.length),
            from,
            to,
            sink,
          );
          return;
        }
        const scratch = heap.arena(column.segment);
        try {
          loop(readColumn(heap, sliceColumn(heap, column, from, to, scratch)), 0, to - from, sink);
        } finally {
          scratch.release();
        }
      }
    },
    failedStep: () => at.step,
  };
}

type LoopMaker = (
  fns: readonly RowFunction[],
  at: { step: number },
) => (rows: ArrayLike<unknown>, from: number, to: number, sink: RowSink) => void;

const MOST_MAKERS = 1000;
const makers = new Map<string, LoopMaker>();

/** One maker for the same functions in later stages, so that V8 keeps what it has learnt; other functions get another, so that it stays true. */
function loopMaker(steps: readonly RowStep[], end: RowEnd): LoopMaker {
  const last = end.kind === "reduce" ? `reduce ${String(end.fn)}` : end.kind;
  const key = [...steps.map(({ op, fn }) => `${op} ${String(fn)}`), last].join("\0");
  let known = makers.get(key);
  if (known === undefined) {
    if (makers.size === MOST_MAKERS) makers.clear();
    known = new Function("fns", "at", source(steps, end)) as LoopMaker;
    makers.set(key, known);
  }
  return known;
}

interface EndCode {
  readonly before: string;
  /** What is done with a finished row. */
  readonly row: (value: string) => string;
  readonly after: string;
}

const ENDS: Readonly<Record<RowEnd["kind"], EndCode>> = {
  rows: { before: "", row: (value) => `sink.push(${value});`, after: "" },
  count: { before: "let rows = sink.rows;", row: () => "rows++;", after: "sink.rows = rows;" },
  sum: {
    before: "let total = sink.value;",
    row: (value) => `total += Number(${value});`,
    after: "sink.value = total;",
  },
  reduce: {
    before: "let rows = sink.rows, total = sink.value;",
    row: (value) => `const next = ${value}; total = rows++ === 0 ? next : merge(total, next);`,
    after: "sink.rows = rows; sink.value = total;",
  },
};

function source(steps: readonly RowStep[], end: RowEnd): string {
  const names = steps.map((_, i) => `const f${i} = fns[${i}];`).join(" ");
  const merge = end.kind === "reduce" ? `const merge = fns[${steps.length}];` : "";
  const { before, row, after } = ENDS[end.kind];
  return `"use strict"; ${names} ${merge}
return (input, from, to, sink) => {
  ${before}
  for (let i = from; i < to; i++) {
    ${body(steps, 0, "input[i]", row)}
  }
  ${after}
};`;
}

function body(steps: readonly RowStep[], at: number, value: string, end: (value: string) => string): string {
  if (at === steps.length) return end(value);
  const next = `v${at}`;
  const mark = steps.length > 1 ? `at.step = ${at}; ` : "";
  const rest = (result: string): string => body(steps, at + 1, result, end);
  switch (steps[at].op) {
    case "map":
      return `${mark}const ${next} = f${at}(${value}); ${rest(next)}`;
    case "filter":
      return `const ${next} = ${value}; ${mark}if (f${at}(${next})) { ${rest(next)} }`;
    case "flatMap":
      return `${mark}for (const ${next} of f${at}(${value})) { ${rest(next)} }`;
    case "mapValues":
      return `const p${at} = ${value}; ${mark}const ${next} = [p${at}[0], f${at}(p${at}[1])]; ${rest(next)}`;
    case "flatMapValues":
      return `const p${at} = ${value}; ${mark}for (const w${at} of f${at}(p${at}[1])) { const ${next} = [p${at}[0], w${at}]; ${rest(next)} }`;
    case "keyBy":
      return `const p${at} = ${value}; ${mark}const ${next} = [f${at}(p${at}), p${at}]; ${rest(next)}`;
  }
}
