/** The entry of a child process: measures one workload, or the machine's floors, and sends the result to its parent. */
import { measureFloors } from "./floors/measure.ts";
import { runWorkload } from "./runner.ts";
import type { Setting } from "./workload.ts";
import { WORKLOADS } from "./workloads/index.ts";

export type ChildTask =
  | { readonly kind: "floors"; readonly threads: number; readonly smoke: boolean }
  | {
      readonly kind: "workload";
      readonly name: string;
      readonly setting: Setting;
      readonly samples: number;
    };

const task = JSON.parse(process.argv[2]) as ChildTask;
const result =
  task.kind === "floors"
    ? await measureFloors(task.threads, task.smoke)
    : await runWorkload(WORKLOADS.find((w) => w.name === task.name)!, task.setting, task.samples);
process.send!(result, () => process.exit(0));
