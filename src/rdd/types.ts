/** The types of rows that the signatures of RDD share. */

/** What pair operations need: rows that are tuples of a key and a value, writable or not. */
export type Pair<K, V> = readonly [K, V];

/** The rows of a partition, as functions that see a whole partition get them: to be walked once. */
export type Rows<T> = IteratorObject<T, undefined>;

/**
 * The bound of inferred row types. It excludes nothing but `void`; the tuples in it make TypeScript infer `[word, [line, 1]]` as
 * a pair of a string and a pair, and not as an array of everything.
 */
export type Row = readonly [] | readonly [Inner, ...Inner[]] | {} | null | undefined;
type Inner = readonly [] | {} | null | undefined;

/** Zero values written as tuples, `["", 0]`, are taken for tuples and not for arrays of everything. */
export type Tuple = readonly [unknown, ...unknown[]];

/**
 * The row type of what a function returns. A list of one item is an array, not a tuple of one, so that `[word, [line]]` can grow; pairs written
 * `as const` become ordinary pairs, so that `[word, 1] as const` can be summed. Everything else stays as it is.
 */
export type Plain<U> = U extends [infer A]
  ? A[]
  : U extends [infer K, infer V]
    ? [K, List<V>]
    : U extends [unknown, ...unknown[]]
      ? U
      : U extends readonly [infer A, infer B]
        ? [Widen<A>, Widen<B>]
        : U;

type List<V> = V extends [infer A] ? A[] : V;

type Widen<T> = T extends string
  ? string
  : T extends number
    ? number
    : T extends boolean
      ? boolean
      : T extends bigint
        ? bigint
        : T;
