/** What a job costs that has nothing to do: eight tasks on warm workers. */
import { openContext } from "../peers/gnista.ts";
import type { Workload } from "../workload.ts";

export const emptyJob: Workload = {
  name: "empty-job",
  title: () => "a job of 8 empty tasks, warm workers",
  rows: () => 8,
  floor: () => ({ kind: "wake" }),
  targets: [{ contender: "gnista", below: 1 }],
  samples: 300,
  inQuickSuccession: true,
  prepare: async (setting) => {
    const sc = await openContext(setting);
    const empty = sc.parallelize<number>([], 8);
    for (let i = 0; i < 20; i++) await empty.count();
    return {
      contenders: [
        {
          name: "gnista",
          run: async () => {
            const rows = await empty.count();
            return { digest: () => [rows] };
          },
        },
      ],
      close: () => sc.stop(),
    };
  },
};
