#!/usr/bin/env node
/** The command `gnista`: a table of commands, one a file. */
import { readFileSync } from "node:fs";
import { GnistaError } from "../errors.ts";
import { ROOT } from "../location.ts";

interface Command {
  readonly usage: string;
  readonly about: string;
  run(args: readonly string[]): Promise<number>;
}

const COMMANDS: Readonly<Record<string, Command>> = {
  backends: {
    usage: "backends",
    about: "which backends this machine can run, and why not the others",
    run: async () => (await import("./backends.ts")).backends(),
  },
  demo: {
    usage: "demo [workload...] [--quick]",
    about: "word-count, inverted-index, page-rank and k-means on real data, in JavaScript and in WebAssembly",
    run: async (args) => (await import("./demo/demo.ts")).demo(args),
  },
  run: {
    usage: "run <file.ts> [arguments...]",
    about: 'run a program; import { Context } from "gnista" works wherever the file lies',
    run: async (args) => (await import("./run.ts")).run(args),
  },
};

function help(): string {
  const commands = Object.values(COMMANDS).map(({ usage, about }) => `  gnista ${usage.padEnd(31)} ${about}`);
  return `gnista: Spark's programming model in one Node.js process.

Usage:
${commands.join("\n")}
  gnista --help                          this text
  gnista --version                       the version

A first program (first.ts):

  import { Context } from "gnista";
  const sc = await Context.create();
  const counts = sc.textFile("README.md")
    .flatMap((line) => line.toLowerCase().split(/\\W+/))
    .map((word) => [word, 1] as const)
    .reduceByKey((a, b) => a + b);
  console.log(await counts.takeOrdered(5, ([, n]) => -n));
  await sc.stop();

  gnista run first.ts
`;
}

function version(): string {
  const file = new URL("../package.json", ROOT);
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}

const OLDEST_NODE = [22, 12] as const;

function isTooOld(): boolean {
  const [major, minor] = process.versions.node.split(".").map(Number);
  return major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1]);
}

async function main([name, ...args]: readonly string[]): Promise<number> {
  if (name === undefined || name === "--help" || name === "-h" || name === "help") {
    process.stdout.write(help());
    return name === undefined ? 2 : 0;
  }
  if (name === "--version" || name === "-v") {
    console.log(version());
    return 0;
  }
  // A reader that has seen enough, as head, is no error.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    process.exit(0);
  });
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined) {
    process.stderr.write(`gnista has no command "${name}"; gnista --help lists them\n`);
    return 2;
  }
  if (args[0] === "--help" || args[0] === "-h") {
    process.stdout.write(`gnista ${command.usage}\n  ${command.about}\n`);
    return 0;
  }
  if (isTooOld()) {
    process.stderr.write(
      `gnista needs Node.js ${OLDEST_NODE.join(".")} or newer; this is ${process.versions.node}\n`,
    );
    return 1;
  }
  try {
    return await command.run(args);
  } catch (error) {
    if (!GnistaError.is(error)) throw error;
    // A command that was given wrongly ends with 2, one that failed with 1.
    if (error.code === "INVALID_ARGUMENT") {
      process.stderr.write(`${error.message}\nusage: gnista ${command.usage}\n`);
      return 2;
    }
    process.stderr.write(`${error.name}: ${error.message}\n`);
    return 1;
  }
}

process.exitCode = await main(process.argv.slice(2));
