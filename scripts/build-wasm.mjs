// Compiles assembly/index.ts twice (with relaxed SIMD, and a baseline without) next to the loader, in src/ and dist/.
// A kernel module must not carry data segments: with one shared memory, every instantiation would write them again.
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import asc from "assemblyscript/asc";

const out = "src/kernels/wasm";
const builds = [
  { file: "gnista.wasm", features: ["simd", "threads", "bulk-memory", "relaxed-simd"], define: "RELAXED=1" },
  { file: "gnista-baseline.wasm", features: ["simd", "threads", "bulk-memory"], define: "RELAXED=0" },
];
const sources = readdirSync("assembly").filter((f) => f.endsWith(".ts"));
const newest = Math.max(
  statSync(import.meta.filename).mtimeMs,
  ...sources.map((f) => statSync(join("assembly", f)).mtimeMs),
);

for (const { file, features, define } of builds) {
  const target = join(out, file);
  if (!existsSync(target) || statSync(target).mtimeMs < newest) {
    const args = [
      "assembly/index.ts",
      "--outFile",
      target,
      "-O3",
      "--noAssert",
      "--runtime",
      "stub",
      "--importMemory",
      "--sharedMemory",
      "--initialMemory",
      "1",
      "--maximumMemory",
      "65536",
      "--use",
      "abort=",
      "--use",
      define,
      ...features.flatMap((f) => ["--enable", f]),
    ];
    const { error, stderr } = await asc.main(args);
    if (error) {
      process.stderr.write(stderr.toString());
      process.exit(1);
    }
    if (hasSection(readFileSync(target), 11)) {
      process.stderr.write(`${file} has a data segment: no string literals or static data in assembly/\n`);
      process.exit(1);
    }
  }
  mkdirSync(join("dist", "kernels", "wasm"), { recursive: true });
  copyFileSync(target, join("dist", "kernels", "wasm", file));
}

function hasSection(bytes, wanted) {
  let at = 8;
  while (at < bytes.length) {
    const id = bytes[at++];
    let size = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++];
      size |= (byte & 127) << shift;
      if (byte < 128) break;
    }
    if (id === wanted) return true;
    at += size;
  }
  return false;
}
