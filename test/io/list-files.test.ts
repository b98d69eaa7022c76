import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, relative } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { type Listing, listFiles } from "../../src/io/list-files.ts";

const folder = mkdtempSync(join(tmpdir(), "gnista-list-"));
afterAll(() => rmSync(folder, { recursive: true }));
for (const sub of ["sub/deep", "flat", "sub/_temporary", "map/one"])
  mkdirSync(join(folder, sub), { recursive: true });
const FILES = ["b.txt", "a.txt", "_SUCCESS", ".hidden", "c.log"];
for (const name of [
  ...FILES,
  ...FILES.map((name) => `flat/${name}`),
  "sub/d.txt",
  "sub/deep/e.txt",
  "sub/_temporary/f.txt",
  "map/one/data",
  "map/one/index",
])
  writeFileSync(join(folder, name), name);
const names = (paths: string): string[] => listFiles(paths).map(({ path }) => basename(path));
const below = (path: string, listing?: Listing): string[] =>
  listFiles(join(folder, path), listing).map((file) => relative(folder, file.path));

describe("listFiles", () => {
  it("takes the direct files of a folder, without hidden ones, in order", () => {
    expect(names(join(folder, "flat"))).toEqual(["a.txt", "b.txt", "c.log"]);
  });
  it("takes globs, with braces", () => {
    expect(names(join(folder, "*.txt"))).toEqual(["a.txt", "b.txt"]);
    expect(names(join(folder, "{b,a}.txt"))).toEqual(["a.txt", "b.txt"]);
    expect(names(join(folder, "[a-b].t?t"))).toEqual(["a.txt", "b.txt"]);
    expect(below("*/*.txt")).toEqual(["flat/a.txt", "flat/b.txt", "sub/d.txt"]);
    expect(names(relative(process.cwd(), join(folder, "*.txt")))).toEqual(["a.txt", "b.txt"]);
  });
  it("has no hidden files in globs, unless they are meant", () => {
    expect(below("{flat,*.log}")).toEqual(["c.log", "flat/a.txt", "flat/b.txt", "flat/c.log"]);
    expect(below("sub/*/*.txt")).toEqual(["sub/deep/e.txt"]);
    expect(names(join(folder, "_S*"))).toEqual(["_SUCCESS"]);
    expect(names(join(folder, "_SUCCESS"))).toEqual(["_SUCCESS"]);
    expect(below("sub/_*/*.txt")).toEqual(["sub/_temporary/f.txt"]);
  });
  it("keeps the order of a list, and what is listed twice", () => {
    const [a, b] = ["a.txt", "b.txt"].map((name) => join(folder, name));
    expect(names(`${b},${a}, ${b}`)).toEqual(["b.txt", "a.txt", "b.txt"]);
  });
  it("takes URLs of files", () => {
    expect(names(`file://${folder}/*.txt`)).toEqual(["a.txt", "b.txt"]);
    expect(names(`file:${folder}/a.txt,file://localhost${folder}/b%2Etxt`)).toEqual(["a.txt", "b.txt"]);
    expect(() => listFiles("hdfs://host/a.txt")).toThrow(
      expect.objectContaining({ code: "UNSUPPORTED_OPERATION" }),
    );
  });
  it("does not leave out folders without a word", () => {
    expect(() => listFiles(folder)).toThrow(
      expect.objectContaining({
        code: "INVALID_ARGUMENT",
        message: expect.stringContaining("dir.recursive"),
      }),
    );
    expect(below("sub", { folders: "recurse" })).toEqual(["sub/d.txt", "sub/deep/e.txt"]);
    expect(below("map", { folders: "mapFiles" })).toEqual(["map/one/data"]);
  });
  it("follows links", () => {
    symlinkSync(join(folder, "flat"), join(folder, "sub/deep/link"));
    symlinkSync(join(folder, "a.txt"), join(folder, "sub/deep/a.txt"));
    expect(below("sub/deep", { folders: "recurse" })).toEqual([
      "sub/deep/a.txt",
      "sub/deep/e.txt",
      ...["a.txt", "b.txt", "c.log"].map((name) => `sub/deep/link/${name}`),
    ]);
    symlinkSync(join(folder, "gone"), join(folder, "sub/deep/broken"));
    expect(() => below("sub/deep/broken")).toThrow(/sub\/deep\/broken does not exist/);
  });
  it("says what is missing", () => {
    expect(() => listFiles(join(folder, "none.txt"))).toThrow(
      expect.objectContaining({ code: "INPUT_NOT_FOUND" }),
    );
    expect(() => listFiles(join(folder, "*.none"))).toThrow(/no file matches/);
  });
  it.skipIf(process.getuid?.() === 0)("says what may not be read", () => {
    mkdirSync(join(folder, "locked"));
    chmodSync(join(folder, "locked"), 0);
    expect(() => listFiles(join(folder, "locked"))).toThrow(/cannot be read/);
  });
});
