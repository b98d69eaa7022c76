/** What is going on now, as one line on a terminal's stderr that gives way to what is printed next; nothing where stderr is no terminal. */
export interface StatusLine {
  set(text: string): void;
  clear(): void;
}

const WIPE = "\r\x1b[K";

export function statusLine(stream: NodeJS.WriteStream): StatusLine {
  if (!stream.isTTY) return { set: () => {}, clear: () => {} };
  return {
    set: (text) => stream.write(WIPE + text.slice(0, Math.max(0, stream.columns - 1))),
    clear: () => stream.write(WIPE),
  };
}
