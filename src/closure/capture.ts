/**
 * A user's function becomes plain data, on the driver, when a transformation is called with it: its source, the values of its free variables
 * at this moment, and, where they are simple enough, its meaning and the shape of what it returns.
 */
import { GnistaError } from "../errors.ts";
import { type CapturePlace, GraphCapture } from "./graph-capture.ts";
import { returnedLiteral } from "./returned-literal.ts";
import type { ClosureSpec } from "./spec.ts";
import { translate } from "./translate.ts";

export function captureFunction(fn: Function, place: CapturePlace): ClosureSpec {
  if (typeof fn !== "function")
    throw new GnistaError("INVALID_ARGUMENT", `${place.operation} needs a function, got ${typeof fn}`);
  const capture = new GraphCapture(place);
  const graph = capture.graph(fn);
  const env = { graph, broadcasts: [...capture.broadcasts], accumulators: [...capture.accumulators] };
  const known = capture.functions.get(fn);
  const root = graph.nodes[graph.root];
  if (known === undefined || root.kind !== "function")
    return {
      kind: "closure",
      source: fn.name,
      location: place.source ?? "",
      env,
      meaning: { kind: "javascript", reason: `${fn.name || "it"} is a function of the runtime` },
      returns: null,
    };
  if ("async" in known.node && known.node.async === true)
    throw new GnistaError(
      "INVALID_ARGUMENT",
      `the function given to ${place.operation} is async, but tasks do not wait: await before, on the driver, and pass what came of it`,
      { operation: place.operation, ...(place.source === undefined ? {} : { source: place.source }) },
    );
  return {
    kind: "closure",
    source: root.source,
    location: `${root.file}:${root.line + 1}:${root.column + 1}`,
    env,
    meaning: translate(known.node, known.captured, (called) => capture.functions.get(called) ?? null),
    returns: returnedLiteral(known.node),
  };
}
