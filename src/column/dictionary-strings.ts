/**
 * The JavaScript strings of dictionary codes. What was decoded is kept for as long as the garbage collector leaves it, so that the rows of
 * one dictionary share their strings, in however many chunks and jobs they come. A string is decoded when it first occurs, or all of
 * them at once where that is cheaper.
 */
import type { Segments } from "../memory/segment.ts";
import type { Column } from "./column.ts";
import { readString, readStrings } from "./read-strings.ts";

/** By code; what is not decoded yet is undefined. */
interface Decoded {
  readonly strings: (string | undefined)[];
  missing: number;
}

const lasting = new Map<number, WeakRef<Decoded>>();
const others = new WeakMap<Column, Decoded>();
const gone = new FinalizationRegistry<number>((id) => {
  if (lasting.get(id)?.deref() === undefined) lasting.delete(id);
});

function decodedOf(dictionary: Column): Decoded {
  const id = dictionary.lasting?.id;
  const known = id === undefined ? others.get(dictionary) : lasting.get(id)?.deref();
  if (known !== undefined) return known;
  const fresh: Decoded = {
    strings: new Array<string | undefined>(dictionary.length).fill(undefined),
    missing: dictionary.length,
  };
  if (id === undefined) others.set(dictionary, fresh);
  else {
    lasting.set(id, new WeakRef(fresh));
    gone.register(fresh, id);
  }
  return fresh;
}

/** into[at + i] = the string of codes[i]. */
export function readCodes(
  heap: Segments,
  dictionary: Column,
  codes: Uint32Array,
  into: unknown[],
  at: number,
): void {
  const decoded = decodedOf(dictionary);
  const { strings } = decoded;
  const segment = heap.segment(dictionary.segment);
  if (decoded.missing > 0 && codes.length * 2 >= decoded.missing) {
    const all = readStrings(segment, dictionary, 0, dictionary.length);
    for (let code = 0; code < all.length; code++) strings[code] ??= all[code];
    decoded.missing = 0;
  }
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i];
    let string = strings[code];
    if (string === undefined) {
      string = readString(segment, dictionary, code);
      strings[code] = string;
      decoded.missing--;
    }
    into[at + i] = string;
  }
}
