/** For JSON.stringify, which knows no -0, NaN or Infinity. */
export function exactNumbers(_key: string, value: unknown): unknown {
  if (typeof value !== "number" || (Number.isFinite(value) && !Object.is(value, -0))) return value;
  return Object.is(value, -0) ? "-0" : String(value);
}
