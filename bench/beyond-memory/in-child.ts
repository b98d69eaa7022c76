/** Runs a program in a process of its own; with `preload`, the URL of a module, in all of its threads first. */
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Measured, Task } from "./child.ts";

export function inChild(task: Task, preload?: string): Promise<Measured> {
  return new Promise((resolve) => {
    const child = fork(fileURLToPath(new URL("./child.ts", import.meta.url)), [JSON.stringify(task)], {
      env: preload === undefined ? process.env : { ...process.env, NODE_OPTIONS: `--import=${preload}` },
    });
    let result: Measured = { error: "ended without a result" };
    child.on("message", (message) => {
      result = message as Measured;
    });
    child.on("exit", () => resolve(result));
  });
}
