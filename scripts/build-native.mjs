// Compiles native/ to prebuilds/<platform>-<arch>/gnista.node, where node-gyp-build finds it. The kernels are compiled once for each instruction set.
// Without a C++ compiler that can, nothing is built and the reason is told: the library then runs on WebAssembly (but not in continuous integration,
// where CI is set: there warnings are errors, and errors end it). With the name of a sanitizer (address,
// undefined, thread) as its argument it builds beside that, in build/<sanitizer>, for GNISTA_PREBUILD.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { arch, platform } from "node:os";
import { join } from "node:path";

const require = createRequire(import.meta.url);
const { include_dir: nodeApi } = require("node-api-headers");
const [cxx, ...cxxFlags] = (process.env["CXX"] ?? "c++").split(" ");
const isStrict = process.env["CI"] !== undefined;
const [sanitizer] = process.argv.slice(2);

const SETS = {
  x64: {
    baseline: [],
    avx2: ["-march=x86-64-v3"],
    avx512: ["-march=x86-64-v4", "-mprefer-vector-width=512"],
  },
  arm64: { baseline: [] },
};

const root = sanitizer === undefined ? "." : join("build", sanitizer);
const folder = join(root, "prebuilds", `${platform()}-${arch()}`);
const target = join(folder, "gnista.node");
const objects = join("build", sanitizer ?? "native", "objects");

const files = (path) =>
  readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
const newest = Math.max(...[...files("native"), import.meta.filename].map((path) => statSync(path).mtimeMs));

if (spawnSync(cxx, [...cxxFlags, "--version"]).status !== 0)
  console.error(
    `native kernels are not built: there is no C++ compiler ${cxx}; install one, or name one in CXX`,
  );
else if (!existsSync(target) || statSync(target).mtimeMs < newest)
  try {
    build();
  } catch (error) {
    if (isStrict) throw error;
    rmSync(target, { force: true });
    console.error(`native kernels are not built: ${cxx} could not compile them`);
  }

function build() {
  rmSync(objects, { recursive: true, force: true });
  for (const path of [objects, folder]) mkdirSync(path, { recursive: true });
  const common = [
    "-std=c++20",
    "-O3",
    "-fPIC",
    "-fvisibility=hidden",
    "-fno-strict-aliasing",
    "-fno-math-errno",
    "-ffp-contract=off",
    "-Wall",
    "-Wextra",
    ...(isStrict ? ["-Werror"] : []),
    "-Wno-cast-function-type",
    "-DNAPI_VERSION=8",
    "-isystem",
    nodeApi,
    "-isystem",
    require("node-addon-api").include_dir,
    ...(sanitizer === undefined
      ? []
      : [`-fsanitize=${sanitizer}`, "-fno-sanitize-recover=all", "-fno-omit-frame-pointer", "-g"]),
  ];
  const compile = (source, object, flags) => {
    execFileSync(cxx, [...cxxFlags, ...common, ...flags, "-c", source, "-o", join(objects, object)], {
      stdio: "inherit",
    });
    return join(objects, object);
  };
  const compiled = [compile("native/addon.cpp", "addon.o", ["-DNAPI_CPP_EXCEPTIONS", "-fexceptions"])];
  for (const [isa, flags] of Object.entries(SETS[arch()] ?? { baseline: [] }))
    compiled.push(
      compile("native/isa.cpp", `${isa}.o`, [
        ...flags,
        "-fno-exceptions",
        "-fno-rtti",
        `-DGNISTA_ISA=${isa}`,
        `-DGNISTA_TABLE=${isa}Table`,
      ]),
    );
  const link =
    sanitizer !== undefined
      ? [`-fsanitize=${sanitizer}`]
      : platform() === "darwin"
        ? ["-undefined", "dynamic_lookup"]
        : ["-s", "-static-libstdc++", "-static-libgcc"];
  const linked = join(objects, "gnista.node");
  execFileSync(cxx, [...cxxFlags, "-shared", ...link, ...compiled, "-o", linked], { stdio: "inherit" });
  renameSync(linked, target);
}
