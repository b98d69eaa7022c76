/** How many of `n` draws will be distinct when of the first `rows` so many were: by the repeats among them, as with birthdays. */
export function expectedDistinct(rows: number, distinct: number, n: number): number {
  if (rows === n) return distinct;
  if (rows === distinct) return n;
  const population = rows ** 2 / (2 * (rows - distinct));
  return population * (1 - Math.exp(-n / population));
}
