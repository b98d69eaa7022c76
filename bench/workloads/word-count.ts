/** Word count over a text file, against what one would write without any library. */
import { readFileSync } from "node:fs";
import { wordsDigest } from "../digest.ts";
import { openContext } from "../peers/gnista.ts";
import { wordnetText } from "../wordnet-text.ts";
import type { Setting, Workload } from "../workload.ts";

const bytes = ({ rows }: Setting): number => 5.5 * rows;

export const wordCount: Workload = {
  name: "word-count",
  title: (setting) => `word count of ${(bytes(setting) / 1e6).toPrecision(3)} MB of text (rows: bytes)`,
  rows: bytes,
  floor: (setting) => ({ kind: "memory", read: bytes(setting), written: 0 }),
  targets: [{ contender: "gnista", than: "Map", times: 5 }],
  samples: 5,
  prepare: async (setting) => {
    const text = wordnetText(bytes(setting));
    const sc = await openContext(setting);
    return {
      contenders: [
        {
          name: "gnista",
          run: async () => {
            const counts = await sc
              .textFile(text.path)
              .flatMap((line) => line.toLowerCase().split(/\W+/))
              .map((word) => [word, 1])
              .reduceByKey((a, b) => a + b)
              .collectColumns();
            return { digest: () => wordsDigest(counts[0] as string[], counts[1] as Float64Array) };
          },
        },
        {
          name: "Map",
          run: () => {
            const counts = countWords(text.path);
            return { digest: () => wordsDigest([...counts.keys()], [...counts.values()]) };
          },
        },
      ],
      close: async () => {
        await sc.stop();
        text.remove();
      },
    };
  },
};

function countWords(path: string): Map<string, number> {
  const counts = new Map<string, number>();
  const lines = readFileSync(path, "utf8").split("\n");
  if (lines.at(-1) === "") lines.pop();
  for (const line of lines)
    for (const word of line.toLowerCase().split(/\W+/)) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}
