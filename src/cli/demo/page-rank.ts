/** PageRank as in Spark's own example: links joined with ranks, contributions summed by target, again and again. */
import { readFileSync } from "node:fs";
import type { RDD } from "../../rdd/rdd.ts";
import { wordnetFiles } from "./datasets.ts";
import { close, prepared, type Workload } from "./workload.ts";

const ITERATIONS = 10;

/** The entry that a line describes and those it points to, as numbers: a digit for the part of speech, then the offset. */
function edges(line: string): [number, number][] {
  if (line.startsWith(" ")) return [];
  const fields = line.slice(0, line.indexOf("|")).split(" ");
  const kind = (letter: string): number => "nvar".indexOf(letter === "s" ? "a" : letter) + 1;
  const from = kind(fields[2]) * 1e8 + Number(fields[0]);
  const words = Number.parseInt(fields[3], 16);
  let at = 4 + words * 2;
  const count = Number(fields[at++]);
  const result: [number, number][] = [];
  for (let i = 0; i < count; i++, at += 4)
    result.push([from, kind(fields[at + 2]) * 1e8 + Number(fields[at + 1])]);
  return result;
}

export const pageRank: Workload = {
  name: "PageRank",
  about: `Which of WordNet's entries the others point to, ${ITERATIONS} iterations with join, flatMap and reduceByKey.`,
  prepare() {
    const files = wordnetFiles();
    const text = files.map((file) => readFileSync(file, "utf8").split("\n"));
    const graph = text.flatMap((lines) => lines.flatMap(edges));
    return prepared<Map<number, number>>({
      rows: graph.length * ITERATIONS,
      plain() {
        const links = new Map<number, number[]>();
        for (const [from, to] of text.flatMap((lines) => lines.flatMap(edges))) {
          const targets = links.get(from);
          if (targets === undefined) links.set(from, [to]);
          else targets.push(to);
        }
        let ranks = new Map<number, number>([...links.keys()].map((entry) => [entry, 1]));
        for (let i = 0; i < ITERATIONS; i++) {
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
        const links = sc.textFile(files.join(",")).flatMap(edges).groupByKey();
        if (cached) await links.persist().count();
        start();
        let ranks: RDD<[number, number]> = links.mapValues(() => 1);
        for (let i = 0; i < ITERATIONS; i++)
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
        const top = [...ranks].sort((a, b) => b[1] - a[1]).slice(0, 5);
        const name = (entry: number): string => {
          const kind = Math.floor(entry / 1e8) - 1;
          const file = "nvar"[kind] === "a" ? 2 : "nvar"[kind] === "r" ? 3 : kind;
          const offset = String(entry % 1e8).padStart(8, "0");
          return text[file].find((line) => line.startsWith(offset))?.split(" ")[4] ?? offset;
        };
        return [
          `most central: ${top.map(([entry, rank]) => `${name(entry)} ${rank.toFixed(0)}`).join(", ")}`,
        ];
      },
    });
  },
};
