/**
 * Rows on their way into columns, field by field and without being kept as rows: numbers go to typed arrays, everything else to arrays that
 * become columns at the end. Which fields there are is promised by the source of the function that makes the rows; which are
 * numbers is guessed from the first row. Rows after one that does not fit are kept as rows, until the guess is mended.
 */
import { buildColumn } from "../column/builder.ts";
import { type Column, plainColumn } from "../column/column.ts";
import type { Arena } from "../memory/arena.ts";
import type { Literal } from "./literal.ts";

export type Shape =
  | { readonly kind: "number" }
  | { readonly kind: "any" }
  | { readonly kind: "tuple"; readonly items: readonly Shape[] }
  | { readonly kind: "record"; readonly names: readonly string[]; readonly items: readonly Shape[] };

const MOST_ITEMS = 8;
const MOST_FIELDS = 64;

/** The shape of a row that is what `literal` promises. */
export function shapeOf(row: unknown, literal: Literal | null): Shape {
  if (literal === null) return { kind: typeof row === "number" ? "number" : "any" };
  const { items } = literal;
  if (items.length === 0 || items.length > (literal.kind === "array" ? MOST_ITEMS : MOST_FIELDS))
    return { kind: "any" };
  if (literal.kind === "array")
    return { kind: "tuple", items: items.map((item, i) => shapeOf((row as unknown[])[i], item)) };
  const { names } = literal;
  const record = row as Readonly<Record<string, unknown>>;
  return { kind: "record", names, items: items.map((item, i) => shapeOf(record[names[i]], item)) };
}

/** The shape that both fit, of two for one literal. */
export function commonShape(a: Shape, b: Shape): Shape {
  if (a.kind === "number" || a.kind === "any" || b.kind === "number" || b.kind === "any")
    return a.kind === b.kind ? a : { kind: "any" };
  const items = a.items.map((item, i) => commonShape(item, b.items[i]));
  return a.kind === "tuple" ? { kind: "tuple", items } : { ...a, items };
}

export class ColumnSink {
  readonly shape: Shape;
  /** Rows in the leaves. */
  rows = 0;
  room = 4096;
  readonly leaves: (Float64Array | unknown[])[];
  /** Rows after the first that did not fit. */
  rest: unknown[] = [];

  constructor(shape: Shape) {
    this.shape = shape;
    this.leaves = leafKinds(shape).map((kind) => (kind === "number" ? new Float64Array(this.room) : []));
  }

  /** Makes room for more rows than are there. */
  grow(): number {
    this.room *= 2;
    this.leaves.forEach((leaf, i) => {
      if (!(leaf instanceof Float64Array)) return;
      const larger = new Float64Array(this.room);
      larger.set(leaf);
      this.leaves[i] = larger;
    });
    return this.room;
  }

  /** The rows in the leaves as one column; the leaves are empty afterwards. */
  take(out: Arena): Column {
    const n = this.rows;
    let next = 0;
    const build = (shape: Shape): Column => {
      if (shape.kind === "tuple" || shape.kind === "record") {
        const children = shape.items.map(build);
        const names = shape.kind === "record" ? shape.names : children.map((_, i) => String(i));
        const fields = children.map(({ type }, i) => ({ name: names[i], type }));
        const form = shape.kind === "record" ? "object" : "tuple";
        return plainColumn({
          type: { kind: "struct", form, fields },
          length: n,
          segment: out.segment.id,
          children,
        });
      }
      const at = next++;
      const leaf = this.leaves[at];
      if (!(leaf instanceof Float64Array)) {
        this.leaves[at] = [];
        return buildColumn(leaf, out);
      }
      const values = out.allocate(n * 8);
      out.segment.f64.set(leaf.subarray(0, n), values / 8);
      return plainColumn({ type: { kind: "f64" }, length: n, segment: out.segment.id, values });
    };
    const column = build(this.shape);
    this.rows = 0;
    return column;
  }
}

function leafKinds(shape: Shape): ("number" | "any")[] {
  return shape.kind === "tuple" || shape.kind === "record" ? shape.items.flatMap(leafKinds) : [shape.kind];
}

/** What a loop does to put rows into a sink: JavaScript around its rows. `put` is a statement that puts the value of an expression there. */
export function sinkCode(shape: Shape): {
  readonly before: string;
  readonly put: (value: string) => string;
  readonly after: string;
} {
  const statements: string[] = [];
  const stores: string[] = [];
  const visit = (at: Shape, value: string): void => {
    if (at.kind === "tuple" || at.kind === "record") {
      at.items.forEach((item, i) => {
        const key = at.kind === "record" ? JSON.stringify(at.names[i]) : String(i);
        statements.push(`const ${value}_${i} = ${value}[${key}];`);
        visit(item, `${value}_${i}`);
      });
      return;
    }
    if (at.kind === "number") statements.push(`if (typeof ${value} !== "number") break fits;`);
    stores.push(`o${stores.length}[n] = ${value};`);
  };
  visit(shape, "r");
  const views = stores.map((_, i) => `o${i} = sink.leaves[${i}]`).join(", ");
  return {
    before: `let n = sink.rows, room = sink.room, ${views}; const rest = sink.rest;`,
    put: (value) => `const r = ${value};
    put: {
      fits: {
        ${statements.join(" ")}
        if (rest.length > 0) break fits;
        if (n === room) { room = sink.grow(); ${views}; }
        ${stores.join(" ")}
        n++;
        break put;
      }
      rest.push(r);
    }`,
    after: "sink.rows = n;",
  };
}
