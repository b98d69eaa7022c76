import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { abortOutput, commitOutput, setupOutput, writePart } from "../../src/io/output-committer.ts";

const folder = mkdtempSync(join(tmpdir(), "gnista-output-"));
afterAll(() => rmSync(folder, { recursive: true }));

it("a task of an aborted job that goes on writing leaves nothing in the output of the next job", () => {
  const path = join(folder, "out");
  const first = setupOutput(path);
  let second = "";
  const parts: string[] = [];
  function* blocks(): Generator<Uint8Array> {
    yield Buffer.from("old");
    abortOutput(path);
    second = setupOutput(path);
    parts.push(writePart(path, 0, second, "", [Buffer.from("new")]));
    yield Buffer.from("old");
  }
  expect(() => writePart(path, 0, first, "", blocks())).toThrow("ENOENT");
  commitOutput(path, second, parts);
  expect(readdirSync(path).sort()).toEqual(["_SUCCESS", "part-00000"]);
  expect(readFileSync(join(path, "part-00000"), "utf8")).toBe("new");
});
