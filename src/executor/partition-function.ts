/**
 * gnista's own partition functions, by name: what `mapPartitions`, `zipPartitions` and `call` run when the function is not the user's
 * (sampling, zipWithIndex, tree merges, statistics). A builtin gets its arguments (values as they are, function specs
 * already revived) and returns the function over a partition's rows; for zipPartitions, over the array of iterators.
 */
export type PartitionFunction = (index: number, rows: IterableIterator<unknown>) => unknown;

// biome-ignore lint/suspicious/noExplicitAny: arguments are checked where each builtin is named
export type Builtin = (...args: any[]) => PartitionFunction;
