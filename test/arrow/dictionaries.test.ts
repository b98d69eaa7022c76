import * as arrow from "apache-arrow";
import { describe, expect, test } from "vitest";
import { readRows } from "./support.ts";

const words = new arrow.Dictionary(new arrow.Utf8(), new arrow.Int32());

/** A column of codes into a dictionary. */
function vectorOf(
  codes: readonly (number | null)[],
  strings: arrow.Vector<arrow.Utf8> | readonly (string | null)[],
  type = words,
): arrow.Vector {
  const nullBitmap = new Uint8Array((codes.length + 7) >> 3);
  codes.forEach((code, i) => {
    if (code !== null) nullBitmap[i >> 3] |= 1 << (i & 7);
  });
  return arrow.makeVector(
    arrow.makeData({
      type,
      length: codes.length,
      nullCount: codes.filter((code) => code === null).length,
      nullBitmap,
      data: new (type.indices.ArrayType as typeof Int32Array)(codes.map((code) => code ?? 99)),
      dictionary: strings instanceof arrow.Vector ? strings : stringsOf(strings),
    }),
  );
}

const stringsOf = (strings: readonly (string | null)[]): arrow.Vector<arrow.Utf8> =>
  arrow.vectorFromArray(strings as string[], new arrow.Utf8());

function tableOf(...vectors: readonly arrow.Vector[]): arrow.Table {
  const schema = new arrow.Schema([new arrow.Field("word", vectors[0].type, true)]);
  return new arrow.Table(
    schema,
    vectors.map((vector) => {
      const type = new arrow.Struct(schema.fields);
      return new arrow.RecordBatch(
        schema,
        arrow.makeData({ type, length: vector.length, nullCount: 0, children: [vector.data[0]] }),
      );
    }),
  );
}

const read = (bytes: Uint8Array): unknown[] =>
  readRows(bytes).flatMap((rows) => rows.map((row) => (row as { readonly word: unknown }).word));

describe("dictionaries", () => {
  test("that grow are deltas, in streams and in files", () => {
    const few = stringsOf(["a", "é"]);
    const more = few.concat(stringsOf(["c", "a"]));
    const table = tableOf(vectorOf([0, 1, null], few), vectorOf([2, 0, 3, 1], more));
    for (const format of ["stream", "file"] as const)
      expect(read(arrow.tableToIPC(table, format))).toEqual(["a", "é", null, "c", "a", "a", "é"]);
  });

  test("that are replaced hold for the batches behind them", () => {
    const table = tableOf(vectorOf([0, 1], ["a", "b"]), vectorOf([0, 1, 1], ["x", "y"]));
    expect(read(arrow.tableToIPC(table, "stream"))).toEqual(["a", "b", "x", "y", "y"]);
  });

  test("may have doubles, nulls, and codes under nulls that are none", () => {
    const table = tableOf(vectorOf([0, 1, 2, 3, 4, null], ["a", null, "a", "b", null]));
    expect(read(arrow.tableToIPC(table, "stream"))).toEqual(["a", null, "a", "b", null, null]);
  });

  test("may be empty when all rows are null", () => {
    expect(read(arrow.tableToIPC(tableOf(vectorOf([null, null], [])), "stream"))).toEqual([null, null]);
  });

  test.each([new arrow.Int8(), new arrow.Uint8(), new arrow.Int16(), new arrow.Uint16(), new arrow.Uint32()])(
    "have codes of type %s",
    (indices) => {
      const type = new arrow.Dictionary(new arrow.Utf8(), indices as never) as unknown as typeof words;
      const bytes = arrow.tableToIPC(tableOf(vectorOf([1, null, 0], ["a", "b"], type)), "stream");
      expect(read(bytes)).toEqual(["b", null, "a"]);
    },
  );

  test("without the code of a row are corrupt", () => {
    for (const code of [2, -1])
      expect(() => read(arrow.tableToIPC(tableOf(vectorOf([0, code], ["a", "b"])), "stream"))).toThrow(
        expect.objectContaining({ code: "CORRUPT_INPUT" }),
      );
  });
});
