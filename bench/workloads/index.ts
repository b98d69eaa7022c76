/** All workloads, in the order of the table. */
import type { Workload } from "../workload.ts";
import { aggregateByKey } from "./aggregate-by-key.ts";
import { aggregateByWord } from "./aggregate-by-word.ts";
import { cachedIterations } from "./cached-iterations.ts";
import { emptyJob } from "./empty-job.ts";
import { filterMapSum } from "./filter-map-sum.ts";
import { javascriptClosure } from "./javascript-closure.ts";
import { join } from "./join.ts";
import { sortU32, sortU64 } from "./sort.ts";
import { startUp } from "./start-up.ts";
import { wordCount } from "./word-count.ts";

export const WORKLOADS: readonly Workload[] = [
  aggregateByKey("aggregate-100", 100, 2),
  aggregateByKey("aggregate-1m", 1_000_000, 8),
  aggregateByKey("aggregate-10m", 10_000_000, 8),
  aggregateByWord("aggregate-words", "dictionary", 3),
  aggregateByWord("aggregate-plain-words", "plain", 3),
  sortU32,
  sortU64,
  join,
  filterMapSum,
  wordCount,
  emptyJob,
  startUp,
  cachedIterations,
  javascriptClosure,
];
