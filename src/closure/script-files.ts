/**
 * Which file a function comes from. V8 tells the id of its script for little, the script's name only through its debugger, which takes tens of
 * milliseconds to ask. So functions written where they are used tell the name of their script, others travel under the name
 * `/gnista-script/<id>`, and the debugger is asked when such a name has got into an error.
 */
import { Session } from "node:inspector";
import { fileURLToPath } from "node:url";

const PLACEHOLDER = /\/gnista-script\/(\d+)/g;
const files = new Map<string, string>();

export function learnFile(scriptId: string, file: string): void {
  if (!files.has(scriptId)) files.set(scriptId, file);
}

export function fileOf(scriptId: string): string {
  return files.get(scriptId) ?? `/gnista-script/${scriptId}`;
}

/** A text with the names of files for those that stand for them. */
export function withFileNames(text: string): string {
  const unknown = [...text.matchAll(PLACEHOLDER)].some(([, id]) => !files.has(id));
  if (unknown) askForFiles();
  return text.replace(PLACEHOLDER, (_, id: string) => files.get(id) ?? "evaluated-code.js");
}

function askForFiles(): void {
  const session = new Session();
  session.connect();
  session.on("Debugger.scriptParsed", ({ params: { scriptId, url } }) => {
    if (url !== "") learnFile(scriptId, url.startsWith("file://") ? fileURLToPath(url) : url);
  });
  session.post("Debugger.enable");
  session.disconnect();
}
