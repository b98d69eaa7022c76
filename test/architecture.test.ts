import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, test } from "vitest";

const root = resolve(import.meta.dirname, "../src");
/** From the bottom up: a folder imports only from those before it. */
const layers = layersOf(readFileSync(resolve(root, "../ARCHITECTURE.md"), "utf8"));

function layersOf(page: string): Map<string, number> {
  const rows = [...page.matchAll(/^\| ((?:`[\w./-]+`(?:, )?)+) +\|/gm)].map((m) =>
    [...m[1].matchAll(/`([\w./-]+)`/g)].map((n) => n[1]),
  );
  return new Map(rows.flatMap((names, i) => names.map((name) => [name.replace(/\/$/, ""), i] as const)));
}

function files(dir: string): string[] {
  return readdirSync(dir).flatMap((name) => {
    const path = join(dir, name);
    return statSync(path).isDirectory() ? files(path) : path.endsWith(".ts") ? [path] : [];
  });
}

function layerOf(path: string): number | undefined {
  const name = relative(root, path);
  return layers.get(name) ?? layers.get(name.split("/")[0]);
}

/** Imports of values; types are erased and bind nothing at run time, but they count too. */
function imports(path: string): string[] {
  const text = readFileSync(path, "utf8");
  return [...text.matchAll(/(?:from|import\()\s*"(\.[^"]+)"/g)].map((m) => resolve(dirname(path), m[1]));
}

describe("the layers of ARCHITECTURE.md", () => {
  test("are there", () => {
    expect(layers.size).toBeGreaterThan(10);
    for (const name of readdirSync(root))
      if (name !== "index.ts") expect(layers.has(name), `${name} is missing from the table`).toBe(true);
  });

  test("every folder imports only from the layers above it in the table", () => {
    const wrong: string[] = [];
    for (const path of files(root)) {
      const own = layerOf(path);
      if (own === undefined) continue;
      for (const target of imports(path)) {
        const other = layerOf(target);
        if (other !== undefined && other > own)
          wrong.push(`${relative(root, path)} imports ${relative(root, target)}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  test("no file is longer than 450 lines", () => {
    const long = files(root)
      .map((path) => ({ path, lines: readFileSync(path, "utf8").split("\n").length }))
      .filter(({ lines }) => lines > 450);
    expect(long.map(({ path, lines }) => `${relative(root, path)}: ${lines}`)).toEqual([]);
  });
});
