import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { listFiles } from "../../src/io/list-files.ts";

const folder = mkdtempSync(join(tmpdir(), "gnista-list-"));
afterAll(() => rmSync(folder, { recursive: true }));
mkdirSync(join(folder, "sub"));
for (const name of ["b.txt", "a.txt", "_SUCCESS", ".hidden", "c.log", "sub/d.txt"])
  writeFileSync(join(folder, name), name);
const names = (paths: string): string[] => listFiles(paths).map(({ path }) => basename(path));

describe("listFiles", () => {
  it("takes the direct files of a folder, without hidden ones, in order", () => {
    expect(names(folder)).toEqual(["a.txt", "b.txt", "c.log"]);
  });
  it("takes globs, with braces", () => {
    expect(names(join(folder, "*.txt"))).toEqual(["a.txt", "b.txt"]);
    expect(names(join(folder, "{b,a}.txt"))).toEqual(["a.txt", "b.txt"]);
  });
  it("keeps the order of a list, and what is listed twice", () => {
    const [a, b] = ["a.txt", "b.txt"].map((name) => join(folder, name));
    expect(names(`${b},${a}, ${b}`)).toEqual(["b.txt", "a.txt", "b.txt"]);
  });
  it("says what is missing", () => {
    expect(() => listFiles(join(folder, "none.txt"))).toThrow(
      expect.objectContaining({ code: "INPUT_NOT_FOUND" }),
    );
    expect(() => listFiles(join(folder, "*.none"))).toThrow(/no file matches/);
  });
});
