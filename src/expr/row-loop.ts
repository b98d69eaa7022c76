/**
 * A chain of plain JavaScript functions over rows as one generated loop: a loop a chain, so that each call site sees one function and V8
 * can inline it. Rows of numeric columns are read from the typed array directly, and what comes out of the last function is added,
 * counted or reduced on the spot where that is all an action wants of it.
 */
import { type Chunk, isRows } from "../column/chunk.ts";
import type { Heap } from "../memory/heap.ts";
import { type ColumnSink, type Shape, sinkCode } from "./column-sink.ts";
import { type Leaf, type RowInput, rowInput } from "./row-input.ts";

// biome-ignore lint/suspicious/noExplicitAny: user functions are typed at the API
export type RowFunction = (...args: any[]) => any;

export interface RowStep {
  readonly op: "map" | "filter" | "flatMap" | "mapValues" | "flatMapValues" | "keyBy";
  readonly fn: RowFunction;
}

/** What becomes of the rows after the last step. */
export type RowEnd =
  | { readonly kind: "rows" | "count" | "sum" }
  | { readonly kind: "reduce"; readonly fn: RowFunction }
  /** Merged into a combiner a group; the first value of a group makes it. */
  | { readonly kind: "groups"; readonly create: RowFunction; readonly merge: RowFunction }
  | { readonly kind: "columns"; readonly shape: Shape };

/** Where a loop leaves its results: appended to an array, put into columns, or one value and how many rows went into it. */
export type RowSink = unknown[] | ColumnSink | Folded | Grouped;

export interface Folded {
  rows: number;
  value: unknown;
}

/** Of a loop without steps: row i of a run belongs to group ids[i]; groups are numbered as they appear. */
export interface Grouped {
  readonly ids: Uint32Array;
  readonly combined: unknown[];
}

export interface RowLoop {
  /** How many steps it runs. */
  readonly steps: number;
  /** Adds what rows `from` to `to` become to `sink`, which is of the kind that the loop's end asks for. */
  run(heap: Heap, chunk: Chunk, from: number, to: number, sink: RowSink): void;
  /** The step that was running when `run` threw; their number when it was the end's function. */
  failedStep(): number;
}

const ROWS = rowInput("rows");

export function compileRowLoop(
  steps: readonly RowStep[],
  input: RowInput = ROWS,
  end: RowEnd = { kind: "rows" },
): RowLoop {
  const at = { step: 0 };
  const fns = steps.map((s) => s.fn);
  const loop = loopMaker(steps, input, end)([...fns, ...endFunctions(end)], at);
  return {
    steps: steps.length,
    run(heap, chunk, from, to, sink) {
      if (isRows(chunk)) loop([chunk], from, to, sink);
      else loop(input.read(heap, chunk, from, to), 0, to - from, sink);
    },
    failedStep: () => at.step,
  };
}

type LoopMaker = (
  fns: readonly RowFunction[],
  at: { step: number },
) => (leaves: readonly Leaf[], from: number, to: number, sink: RowSink) => void;

const MOST_MAKERS = 1000;
const makers = new Map<string, LoopMaker>();

/** One maker for the same functions in later stages, so that V8 keeps what it has learnt; other functions get another, so that it stays true. */
function loopMaker(steps: readonly RowStep[], input: RowInput, end: RowEnd): LoopMaker {
  const code = source(steps, input, end);
  const fns = [...steps.map(({ fn }) => fn), ...endFunctions(end)];
  const key = [...fns.map(String), input.key, code].join("\0");
  let known = makers.get(key);
  if (known === undefined) {
    if (makers.size === MOST_MAKERS) makers.clear();
    known = new Function("fns", "at", code) as LoopMaker;
    makers.set(key, known);
  }
  return known;
}

/** JavaScript before the loop, for each finished row, and after it. */
interface EndCode {
  readonly before: string;
  readonly put: (value: string) => string;
  readonly after: string;
}

function endCode(end: RowEnd, mark: string): EndCode {
  switch (end.kind) {
    case "rows":
      return { before: "", put: (value) => `sink.push(${value});`, after: "" };
    case "columns":
      return sinkCode(end.shape);
    case "count":
      return { before: "let rows = sink.rows;", put: () => "rows++;", after: "sink.rows = rows;" };
    case "sum":
      return {
        before: "let total = sink.value;",
        put: (value) => `total += Number(${value});`,
        after: "sink.value = total;",
      };
    case "reduce":
      return {
        before: "let rows = sink.rows, total = sink.value;",
        put: (value) => `const next = ${value}; ${mark} total = rows++ === 0 ? next : g0(total, next);`,
        after: "sink.rows = rows; sink.value = total;",
      };
    case "groups":
      return {
        before: "const { ids, combined } = sink;",
        put: (value) =>
          `const id = ids[i]; combined[id] = id === combined.length ? g0(${value}) : g1(combined[id], ${value});`,
        after: "",
      };
  }
}

/** The functions that the end calls. */
function endFunctions(end: RowEnd): readonly RowFunction[] {
  return end.kind === "reduce" ? [end.fn] : end.kind === "groups" ? [end.create, end.merge] : [];
}

function source(steps: readonly RowStep[], input: RowInput, end: RowEnd): string {
  const names = steps.map((_, i) => `const f${i} = fns[${i}];`).join(" ");
  const last = endFunctions(end).map((_, i) => `const g${i} = fns[${steps.length + i}];`);
  // Whose function is running is marked where there are several.
  const called = endFunctions(end).length > 0;
  const mark = (at: number): string => (steps.length + Number(called) > 1 ? `at.step = ${at};` : "");
  const { before, put, after } = endCode(end, called ? mark(steps.length) : "");
  const leaves = Array.from({ length: input.leaves }, (_, i) => `c${i} = leaves[${i}]`).join(", ");
  return `"use strict"; ${names} ${last.join(" ")}
return (leaves, from, to, sink) => {
  const ${leaves};
  ${before}
  for (let i = from; i < to; i++) {
    ${body(steps, 0, input.row, put, mark)}
  }
  ${after}
};`;
}

function body(
  steps: readonly RowStep[],
  at: number,
  value: string,
  end: (value: string) => string,
  markOf: (at: number) => string,
): string {
  if (at === steps.length) return end(value);
  const next = `v${at}`;
  const mark = markOf(at);
  const rest = (result: string): string => body(steps, at + 1, result, end, markOf);
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
