/** For each word, the entries whose definition uses it: what a search engine looks up. */
import { readFileSync } from "node:fs";
import { wordnetFiles } from "./datasets.ts";
import { prepared, type Workload } from "./workload.ts";

/** The words of an entry's definition, each once, and the entry's number. */
function postings(line: string): [string, string][] {
  const definition = line.slice(line.indexOf("|") + 1);
  return [...new Set(definition.toLowerCase().split(/\W+/))].map((word) => [word, line.slice(0, 8)]);
}

export const invertedIndex: Workload = {
  name: "inverted index",
  about: "For every word, the list of WordNet's verb, adjective and adverb entries whose definition uses it.",
  prepare() {
    const files = wordnetFiles().slice(1);
    const text = (): string[] => files.flatMap((file) => readFileSync(file, "utf8").trimEnd().split("\n"));
    return prepared<Map<string, string[]>>({
      rows: text().length,
      plain() {
        const index = new Map<string, string[]>();
        for (const line of text())
          for (const [word, entry] of postings(line)) {
            const entries = index.get(word);
            if (entries === undefined) index.set(word, [entry]);
            else entries.push(entry);
          }
        return index;
      },
      async run(sc, cached, start) {
        const lines = sc.textFile(files.join(","));
        if (cached) await lines.persist().count();
        start();
        const index = await lines.flatMap(postings).groupByKey().collectAsMap();
        lines.unpersist();
        return index;
      },
      agree: (a, b) =>
        a.size === b.size && [...a].every(([word, entries]) => entries.join() === b.get(word)?.join()),
      show(index) {
        const word = "swiftly";
        const longest = [...index].sort((a, b) => b[1].length - a[1].length)[0];
        return [
          `${index.size.toLocaleString("en")} words; "${word}" is in ${index.get(word)?.length ?? 0} definitions, ` +
            `"${longest[0]}" in ${longest[1].length.toLocaleString("en")}`,
        ];
      },
    });
  },
};
