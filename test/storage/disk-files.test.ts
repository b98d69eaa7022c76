import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { DiskFiles } from "../../src/storage/disk-files.ts";

const parent = mkdtempSync(join(tmpdir(), "gnista-files-"));
afterAll(() => rmSync(parent, { recursive: true }));

it("says once that there are files, when there are, though the first attempt to make one failed", () => {
  const directory = join(parent, "spilled");
  let begun = 0;
  const files = new DiskFiles(directory, 0, () => begun++);
  writeFileSync(directory, "in the way");
  expect(() => files.create()).toThrow(expect.objectContaining({ code: "DISK_FAILED" }));
  expect(begun).toBe(0);
  rmSync(directory);
  files.create().close();
  files.create().close();
  expect(begun).toBe(1);
});
