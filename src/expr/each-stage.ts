/**
 * flatMap by `list.map(item => ...)` over a column of lists: what does not depend on the item is computed once a row and gathered beside the
 * items, which lie one after the other already; one loop over all items computes the rest.
 */
import { type Column, plainColumn } from "../column/column.ts";
import { sliceColumn } from "../column/slice.ts";
import type { DataType } from "../column/type.ts";
import type { Backend } from "../kernels/compute.ts";
import { gatherColumn } from "../kernels/select.ts";
import { dependsOn, mapParts, pick, ROW, type Step, substitute } from "./compose.ts";
import type { CompiledSteps } from "./fuse.ts";
import type { Expr } from "./ir.ts";
import { compileMap } from "./map-stage.ts";
import { NotLowered } from "./not-lowered.ts";
import { listSource, sourceColumn } from "./source.ts";

export function compileEach({ op, lambda }: Step, input: DataType, backend: Backend): CompiledSteps {
  const whole = op === "flatMapValues" ? keyed(lambda.body) : lambda.body;
  if (whole.kind !== "each") throw new NotLowered(`a ${op} that makes no list from a list`);
  const list = listSource(whole.list, input);
  if (list.type.kind !== "list") throw new NotLowered("a value that is no list");
  // Rows of the loop: the item, then what its row gives to it.
  const outer: Expr[] = [];
  const body = split(whole.body, outer);
  const before =
    outer.length === 0
      ? null
      : compileMap(
          [{ op: "map", lambda: { params: 1, body: { kind: "tuple", items: outer } } }],
          input,
          backend,
        );
  const type: DataType = {
    kind: "struct",
    form: "tuple",
    fields: [list.type.item, ...(before === null ? [] : fieldTypes(before.output))].map((field, i) => ({
      name: String(i),
      type: field,
    })),
  };
  const after = compileMap([{ op: "map", lambda: { params: 1, body } }], type, backend);
  return {
    output: after.output,
    run(c, column, out) {
      const scratch = c.heap.arena(column.segment);
      try {
        const lists = sourceColumn(c, list, column, scratch);
        const { i32, u32 } = scratch.segment;
        const at = lists.offsets / 4;
        const [from, to] = column.length === 0 ? [0, 0] : [i32[at], i32[at + column.length]];
        const items = sliceColumn(c.heap, lists.children[0], from, to, scratch);
        const n = items.length;
        let given: readonly Column[] = [];
        if (before !== null) {
          const parents = scratch.allocate(n * 4);
          for (let row = 0, i = parents / 4, end = i; row < column.length; row++)
            for (end += i32[at + row + 1] - i32[at + row]; i < end; i++) u32[i] = row;
          given = before
            .run(c, column, scratch)
            .children.map((field) => gatherColumn(c, field, parents, n, out));
        }
        const { segment } = column;
        return after.run(c, plainColumn({ type, length: n, segment, children: [items, ...given] }), out);
      } finally {
        scratch.release();
      }
    },
  };
}

/** `v => list` over values as a function of pairs. */
function keyed(body: Expr): Expr {
  const of = substitute(body, [pick(ROW, 1)]);
  return of.kind === "each"
    ? { kind: "each", list: of.list, body: { kind: "tuple", items: [pick(ROW, 0), of.body] } }
    : of;
}

/** The expression over a tuple of the item and of what is added to `outer`: all that does not depend on the item. */
function split(expr: Expr, outer: Expr[]): Expr {
  if (expr.kind === "item") return pick(ROW, 0);
  if (expr.kind === "const" || expr.kind === "capture") return expr;
  if (!dependsOn(expr, "item"))
    return pick(ROW, 1 + (outer.includes(expr) ? outer.indexOf(expr) : outer.push(expr) - 1));
  return mapParts(expr, (part) => split(part, outer));
}

function fieldTypes(type: DataType): DataType[] {
  return type.kind === "struct" ? type.fields.map((field) => field.type) : [];
}
