/**
 * A chain of plain JavaScript functions over rows as one generated loop: a loop a chain, so that each call site sees one function and V8
 * can inline it. Rows of numeric columns are read from the typed array directly.
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

export interface RowLoop {
  /** How many steps it runs. */
  readonly steps: number;
  /** Appends what rows `from` to `to` become to `out`. */
  run(heap: Heap, chunk: Column | readonly unknown[], from: number, to: number, out: unknown[]): void;
  /** The step that was running when `run` threw. */
  failedStep(): number;
}

const DIRECT: ReadonlySet<string> = new Set(["f64", "f32", "i32", "u32"]);

export function compileRowLoop(steps: readonly RowStep[], input: DataType | "rows"): RowLoop {
  const direct = input !== "rows" && DIRECT.has(input.kind);
  const at = { step: 0 };
  const make = new Function("fns", "at", source(steps)) as (
    fns: readonly RowFunction[],
    at: { step: number },
  ) => (rows: ArrayLike<unknown>, from: number, to: number, out: unknown[]) => void;
  const loop = make(
    steps.map((s) => s.fn),
    at,
  );
  const width = input !== "rows" && input.kind === "f64" ? 8 : 4;
  return {
    steps: steps.length,
    run(heap, chunk, from, to, out) {
      if (Array.isArray(chunk)) loop(chunk as unknown[], from, to, out);
      else {
        const column = chunk as Column;
        if (direct && column.nullCount === 0) {
          const start = column.values / width;
          loop(
            heap.segment(column.segment)[column.type.kind as "f64"].subarray(start, start + column.length),
            from,
            to,
            out,
          );
          return;
        }
        const scratch = heap.arena(column.segment);
        try {
          loop(readColumn(heap, sliceColumn(heap, column, from, to, scratch)), 0, to - from, out);
        } finally {
          scratch.release();
        }
      }
    },
    failedStep: () => at.step,
  };
}

function source(steps: readonly RowStep[]): string {
  const names = steps.map((_, i) => `const f${i} = fns[${i}];`).join(" ");
  return `"use strict"; ${names}
return (rows, from, to, out) => {
  for (let i = from; i < to; i++) {
    ${body(steps, 0, "rows[i]")}
  }
};`;
}

function body(steps: readonly RowStep[], at: number, value: string): string {
  if (at === steps.length) return `out.push(${value});`;
  const next = `v${at}`;
  const mark = steps.length > 1 ? `at.step = ${at}; ` : "";
  const rest = (result: string): string => body(steps, at + 1, result);
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
