// Puts the modules in dist/ together, so that a process reads a few files, each of its workers two, not some 250 each: a good part of the time that
// starting takes. location.js stays by itself, as it knows where the library lies.
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { rolldown } from "rolldown";

/** Where the compiler has put them. */
const dist = process.argv[2] ?? "dist";
const KEPT = "location.js";
const PROGRAMS = [["index", "cli/main", "cli/resolve-gnista"], ["executor/worker"]];

/** Under a name that package.json maps to it, wherever the file lies that imports it. */
const keep = {
  name: "keep",
  resolveId: (id) =>
    id.endsWith(`/${KEPT}`) || id === "#location" ? { id: "#location", external: true } : null,
};
const chunks = [];
for (const names of PROGRAMS) {
  const bundle = await rolldown({
    input: Object.fromEntries(names.map((name) => [name, join(dist, `${name}.js`)])),
    external: ["acorn"],
    platform: "node",
    plugins: [keep],
  });
  const options = { dir: dist, entryFileNames: "[name].js", chunkFileNames: "chunks/[name].js" };
  const { output } = await bundle.generate(options);
  chunks.push(...output);
  await bundle.close();
}

const written = new Set([KEPT, ...chunks.map(({ fileName }) => fileName)]);
for (const { fileName, code } of chunks) {
  mkdirSync(dirname(join(dist, fileName)), { recursive: true });
  writeFileSync(join(dist, fileName), code);
}
for (const name of readdirSync(dist, { recursive: true }))
  if (name.endsWith(".js") && !written.has(name)) rmSync(join(dist, name));
