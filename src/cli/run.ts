/**
 * `gnista run`: a program in a process of its own, with this package where `import "gnista"` looks for it. Node's own type stripping runs
 * TypeScript. Arguments, standard streams, exit code and signals pass through.
 */
import { spawn } from "node:child_process";
import { statSync } from "node:fs";
import { constants } from "node:os";
import { resolve } from "node:path";
import { GnistaError } from "../errors.ts";
import { EXTENSION, ROOT } from "../location.ts";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
/** What a terminal sends to all its processes, the program included. */
const FROM_TERMINAL: ReadonlySet<NodeJS.Signals> = new Set(["SIGINT", "SIGHUP"]);

export async function run([file, ...args]: readonly string[]): Promise<number> {
  if (file === undefined || file.startsWith("-"))
    throw new GnistaError("INVALID_ARGUMENT", "gnista run needs a file first");
  const path = resolve(file);
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true)
    throw new GnistaError("INPUT_NOT_FOUND", `there is no file ${path}`, { file: path });
  const hook = new URL(`cli/resolve-gnista${EXTENSION}`, ROOT).href;
  // Before 22.18 Node strips types only when asked; later ones ignore the flag.
  const flags = ["--disable-warning=ExperimentalWarning", "--experimental-strip-types", "--import", hook];
  const child = spawn(process.execPath, [...flags, path, ...args], { stdio: "inherit" });
  const forward = (signal: NodeJS.Signals): void => {
    // A second one would end a program that is still tidying up after the first.
    if (!(process.stdin.isTTY && FROM_TERMINAL.has(signal))) child.kill(signal);
  };
  for (const signal of SIGNALS) process.on(signal, forward);
  try {
    return await new Promise<number>((done, fail) => {
      child.on("error", fail);
      child.on("exit", (code, signal) =>
        done(code ?? (signal === null ? 1 : 128 + constants.signals[signal])),
      );
    });
  } finally {
    for (const signal of SIGNALS) process.off(signal, forward);
  }
}
