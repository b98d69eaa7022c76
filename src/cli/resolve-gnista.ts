/** Loaded before a program by `gnista run`: resolves "gnista" to this copy of the package when the program has none of its own. */
import { register } from "node:module";

const extension = import.meta.filename.endsWith(".ts") ? ".ts" : ".js";
const index = new URL(`../index${extension}`, import.meta.url).href;

const hook = `
export async function resolve(specifier, context, next) {
  if (specifier !== "gnista") return next(specifier, context);
  try {
    return await next(specifier, context);
  } catch {
    return { url: ${JSON.stringify(index)}, shortCircuit: true };
  }
}`;

register(`data:text/javascript,${encodeURIComponent(hook)}`);
