/** The codecs of compressed files, under the names, extensions and classes that Hadoop has for them. */
import { GnistaError } from "../../errors.ts";

export type Codec = "none" | "deflate" | "gzip" | "bzip2" | "snappy" | "lz4" | "zstd";

interface CodecNames {
  readonly extension: string;
  /** In org.apache.hadoop.io.compress. */
  readonly hadoopClass: string;
}

export const CODECS: Readonly<Record<Exclude<Codec, "none">, CodecNames>> = {
  deflate: { extension: ".deflate", hadoopClass: "DefaultCodec" },
  gzip: { extension: ".gz", hadoopClass: "GzipCodec" },
  bzip2: { extension: ".bz2", hadoopClass: "BZip2Codec" },
  snappy: { extension: ".snappy", hadoopClass: "SnappyCodec" },
  lz4: { extension: ".lz4", hadoopClass: "Lz4Codec" },
  zstd: { extension: ".zst", hadoopClass: "ZStandardCodec" },
};

const PACKAGE = "org.apache.hadoop.io.compress.";
const ENTRIES = Object.entries(CODECS) as readonly [Exclude<Codec, "none">, CodecNames][];

/** What a file's name says of its contents. */
export function codecOf(path: string): Codec {
  return ENTRIES.find(([, { extension }]) => path.endsWith(extension))?.[0] ?? "none";
}

/** The codec of a Hadoop class; null when it is none of ours. */
export function codecOfClass(name: string): Codec | null {
  const short = name.startsWith(PACKAGE) ? name.slice(PACKAGE.length) : name;
  if (short === "DeflateCodec") return "deflate";
  return ENTRIES.find(([, { hadoopClass }]) => short === hadoopClass)?.[0] ?? null;
}

export function classOfCodec(codec: Exclude<Codec, "none">): string {
  return PACKAGE + CODECS[codec].hadoopClass;
}

/** The codec that a user named, by our name or Hadoop's. */
export function codecNamed(name: string, operation: string): Codec {
  const codec = name === "none" || name in CODECS ? (name as Codec) : codecOfClass(name);
  if (codec !== null) return codec;
  const known = ["none", ...Object.keys(CODECS)].map((each) => `"${each}"`).join(", ");
  throw new GnistaError(
    "INVALID_ARGUMENT",
    `${operation} does not know the codec "${String(name)}"; use one of ${known}`,
  );
}

export function extensionOf(codec: Codec): string {
  return codec === "none" ? "" : CODECS[codec].extension;
}
