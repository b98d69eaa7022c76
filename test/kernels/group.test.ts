import { expect, test } from "vitest";
import { GroupTable } from "../../src/kernels/group.ts";
import { withBackends } from "./support.ts";

test("a table of more bytes than 31 bits can tell is refused, not made too small", () => {
  withBackends((c, arena) => {
    expect(() => new GroupTable(c, { kind: "utf8" }, arena, 27)).toThrow(
      /2147483648 bytes in one piece are more than the whole memory/,
    );
    expect(() => new GroupTable(c, { kind: "u32" }, arena, 29)).toThrow(
      /4294967296 bytes in one piece are more than the whole memory/,
    );
  });
});
