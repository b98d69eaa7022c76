/** Spark's first example: how often each word of a text occurs. */
import { readFileSync } from "node:fs";
import { wordnetFiles } from "./datasets.ts";
import { prepared, type Workload } from "./workload.ts";

export const wordCount: Workload = {
  name: "word count",
  about: "How often each word of more than three letters occurs in the text of WordNet.",
  prepare() {
    const files = wordnetFiles();
    const text = (): string[] => files.flatMap((file) => readFileSync(file, "utf8").trimEnd().split("\n"));
    return prepared<Map<string, number>>({
      rows: text().length,
      plain() {
        const counts = new Map<string, number>();
        for (const line of text())
          for (const word of line.toLowerCase().split(/\W+/))
            if (word.length > 3) counts.set(word, (counts.get(word) ?? 0) + 1);
        return counts;
      },
      async run(sc, cached, start) {
        const lines = sc.textFile(files.join(","));
        if (cached) await lines.persist().count();
        start();
        const counts = lines
          .flatMap((line) => line.toLowerCase().split(/\W+/))
          .filter((word) => word.length > 3)
          .map((word) => [word, 1] as const)
          .reduceByKey((a, b) => a + b);
        const answer = await counts.collectAsMap();
        lines.unpersist();
        return answer;
      },
      agree: (a, b) => a.size === b.size && [...a].every(([word, n]) => b.get(word) === n),
      show(counts) {
        const top = [...counts].filter(([word]) => /^[a-z]+$/.test(word)).sort((a, b) => b[1] - a[1]);
        return [
          `${counts.size.toLocaleString("en")} different words; most often: ${top
            .slice(0, 6)
            .map(([word, n]) => `${word} ${n.toLocaleString("en")}`)
            .join(", ")}`,
        ];
      },
    });
  },
};
