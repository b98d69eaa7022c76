/** From the start of a process to the first result of a ten-row job, in a fresh process each time, with the built library. */
import { spawn } from "node:child_process";
import type { Contender, Workload } from "../workload.ts";

const LIBRARY = new URL("../../dist/index.js", import.meta.url).href;

export const startUp: Workload = {
  name: "start-up",
  title: () => "process start to the first result of a ten-row job",
  rows: () => 10,
  floor: () => null,
  targets: [{ contender: "gnista", below: 300 }],
  samples: 15,
  prepare: async ({ threads, backend }) => ({
    contenders: [
      program(
        "gnista",
        `import { Context } from ${JSON.stringify(LIBRARY)};
const sc = await Context.create({ master: "local[${threads}]", backend: "${backend}" });
const rows = sc.parallelize([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
const result = await rows.map((x) => x * x).filter((x) => x % 2 === 1).collect();
console.log(result.join(" "));
await sc.stop();`,
      ),
      program("node alone", 'console.log("1 9 25 49 81");'),
    ],
    close: async () => {},
  }),
};

function program(name: string, source: string): Contender {
  return {
    name,
    run: async () => {
      const start = performance.now();
      const child = spawn(process.execPath, ["--input-type=module", "-e", source], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      let elapsed = Number.NaN;
      let output = "";
      child.stdout.setEncoding("utf8").on("data", (text: string) => {
        if (Number.isNaN(elapsed)) elapsed = performance.now() - start;
        output += text;
      });
      const code = await new Promise((resolve) => child.once("close", resolve));
      if (code !== 0) throw new Error(`the program of ${name} ended with code ${code}`);
      return {
        elapsed,
        parts: { "to the end of the process": performance.now() - start },
        digest: () => output.trim().split(" ").map(Number),
      };
    },
  };
}
