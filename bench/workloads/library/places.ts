/** Stands for a library that a user's function calls: objects, a Map and strings, nothing that an expression compiler would take. */
export interface Place {
  readonly x: number;
  readonly y: number;
  readonly tags: Map<string, string>;
}

export function placeOf(id: number): Place {
  const tags = new Map<string, string>();
  if (id % 7 !== 0) tags.set("name", `place ${(id % 9973).toString(36)}`);
  return { x: id % 1000, y: id % 331, tags };
}
