/**
 * Ten passes over a parsed text file, as an iterative algorithm makes them. Uncached, each pass reads the file again, cuts it into lines
 * and parses them; cached, the first of the ten does that and stores the parsed rows.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { randomF64 } from "../data.ts";
import { openContext } from "../peers/gnista.ts";
import type { Contender, Setting, Workload } from "../workload.ts";

const PASSES = 10;
const lines = ({ rows }: Setting): number => Math.ceil(rows / 20);

export const cachedIterations: Workload = {
  name: "cached-iterations",
  title: (setting) => `${PASSES} passes over ${lines(setting)} lines, parsed once against each time`,
  rows: (setting) => PASSES * lines(setting),
  floor: (setting) => ({ kind: "memory", read: PASSES * 16 * lines(setting), written: 16 * lines(setting) }),
  targets: [{ contender: "gnista", than: "gnista uncached", times: 5 }],
  samples: 5,
  prepare: async (setting) => {
    const dir = mkdtempSync(join(tmpdir(), "gnista-bench-"));
    const path = join(dir, "points.csv");
    const coordinates = randomF64(2 * lines(setting), 12);
    const text = Array.from(
      { length: lines(setting) },
      (_, i) => `${coordinates[2 * i].toFixed(6)},${coordinates[2 * i + 1].toFixed(6)}`,
    );
    writeFileSync(path, `${text.join("\n")}\n`);
    const sc = await openContext(setting);
    const points = () =>
      sc.textFile(path, setting.threads).map((line) => {
        const [x, y] = line.split(",");
        return [Number(x), Number(y)] as const;
      });
    const passes = (name: string, cached: boolean): Contender => ({
      name,
      run: async () => {
        const data = cached ? points().cache() : points();
        let w = 0.5;
        for (let i = 0; i < PASSES; i++) {
          const gradient = await data.map(([x, y]) => (x * w - y) * x).sum();
          w -= gradient / lines(setting);
        }
        if (cached) data.unpersist();
        return { digest: () => [w] };
      },
    });
    return {
      contenders: [passes("gnista", true), passes("gnista uncached", false)],
      close: async () => {
        await sc.stop();
        rmSync(dir, { recursive: true });
      },
    };
  },
};
