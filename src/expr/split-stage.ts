/** flatMap and flatMapValues by `split`: one kernel call a chunk, pieces and, for pairs, the keys gathered beside them. */
import { pairColumn } from "../column/pair.ts";
import { type DataType, pairType } from "../column/type.ts";
import { gatherColumn } from "../kernels/select.ts";
import { splitColumn } from "../kernels/strings.ts";
import type { Step } from "./compose.ts";
import type { CompiledSteps } from "./fuse.ts";
import { NotLowered } from "./not-lowered.ts";
import { sourceColumn, stringSource } from "./source.ts";

const UTF8: DataType = { kind: "utf8" };

export function compileSplit({ op, lambda }: Step, input: DataType): CompiledSteps {
  if (lambda.body.kind !== "split") throw new NotLowered(`a ${op} that is no split`);
  const { of, separator } = lambda.body;
  const keyed = op === "flatMapValues";
  if (keyed && (input.kind !== "struct" || input.form !== "tuple" || input.fields.length !== 2))
    throw new NotLowered("rows that are no pairs");
  const row = keyed && input.kind === "struct" ? input.fields[1].type : input;
  const source = stringSource(of, row);
  const key = keyed && input.kind === "struct" ? input.fields[0].type : null;
  return {
    output: key === null ? UTF8 : pairType(key, UTF8),
    run(c, column, out) {
      const scratch = c.heap.arena(column.segment);
      try {
        const rows = keyed ? column.children[1] : column;
        const { column: pieces, parents } = splitColumn(
          c,
          sourceColumn(c, source, rows, scratch),
          separator,
          out,
          keyed,
        );
        if (key === null) return pieces;
        return pairColumn({
          keys: gatherColumn(c, column.children[0], parents, pieces.length, out),
          values: pieces,
        });
      } finally {
        scratch.release();
      }
    },
  };
}
