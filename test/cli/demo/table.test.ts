import { describe, expect, it } from "vitest";
import { type Column, tableHeader, tableRow } from "../../../src/cli/demo/table.ts";

const columns: readonly Column[] = [
  { title: "name", align: "left", width: 6 },
  { title: "rows", align: "right", width: 5 },
];

describe("the demo's table", () => {
  it("aligns the cells of its columns", () => {
    expect(tableHeader(columns)).toEqual(["name     rows", "------  -----"]);
    expect(tableRow(columns, ["a", "12"])).toBe("a          12");
  });

  it("cuts nothing and leaves no blanks at the end", () => {
    expect(tableRow(columns, ["very long", "123456"])).toBe("very long  123456");
    expect(tableRow([...columns].reverse(), ["1", ""])).toBe("    1");
  });
});
