/** Rows out of files. They are listed and read when a job needs them. */
import { planArrowSplits } from "../io/arrow-file.ts";
import { planByteSplits } from "../io/byte-splits.ts";
import { type FileEntry, listFiles, RECURSIVE } from "../io/list-files.ts";
import { planRecordSplits } from "../io/records.ts";
import { planSequenceSplits } from "../io/sequence/read-sequence.ts";
import { planTextSplits } from "../io/text-splits.ts";
import { planWholeFiles } from "../io/whole-files.ts";
import { Lazy, PlanNode, type SourceReader } from "../plan/node.ts";
import { callSite } from "../rdd/call-site.ts";
import type { RDD } from "../rdd/rdd.ts";
import { Sources } from "./sources.ts";

/** What `sequenceFile` can be told. */
export interface SequenceFileInput {
  /** 2 by default, or 1 when there is one worker. */
  readonly minPartitions?: number;
  /** Which standard class a class of your own is written like: `{ "com.acme.Numbers": "ArrayWritable<IntWritable>" }`. */
  readonly writables?: Readonly<Record<string, string>>;
}

export class FileSources extends Sources {
  /**
   * The lines of text files: a path, several with commas between, globs, directories (but not their files named `_x` or `.x`). Plain files are read in at least
   * `minPartitions` parts, cut at line ends; .gz, .zst, .bz2, .deflate, and .snappy and .lz4 as Hadoop frames them, are unpacked, whole. A folder in a directory is
   * INVALID_ARGUMENT, as its files would be left out, unless the setting spark.hadoop.mapreduce.input.fileinputformat.input.dir.recursive is "true": then
   * all files below are read. LF, CRLF and CR end a line; invalid UTF-8 becomes U+FFFD.
   * INPUT_NOT_FOUND when nothing is there, CORRUPT_INPUT when it cannot be unpacked. The path is the RDD's name.
   *
   * @example
   * await sc.parallelize(["to be", "or not"], 1).saveAsTextFile(`${dir}/lines`);
   * await sc.textFile(`${dir}/lines`).collect() // => ["to be", "or not"]
   * await sc.textFile(`${dir}/missing`).collect() // => throws INPUT_NOT_FOUND
   */
  textFile(path: string, minPartitions: number = this.defaultMinPartitions): RDD<string> {
    return this.#source("textFile", path, "text", () => planTextSplits(this.#list(path), minPartitions));
  }

  /**
   * [path, text] of each file, several files a partition, of about as many bytes; at least `minPartitions` of them if there are as many files. Compressed files
   * are unpacked; an empty file is an empty text. Errors are as for `textFile`, and UNSUPPORTED_OPERATION for a text of more than 512 MB, which no string holds.
   *
   * @example
   * await sc.parallelize(["a", "b"], 2).saveAsTextFile(`${dir}/whole`);
   * await sc.wholeTextFiles(`${dir}/whole`).values().collect() // => ["a\n", "b\n"]
   */
  wholeTextFiles(path: string, minPartitions: number = this.defaultMinPartitions): RDD<[string, string]> {
    return this.#source("wholeTextFiles", path, "wholeText", () =>
      planWholeFiles(this.#list(path), minPartitions),
    );
  }

  /**
   * [path, bytes] of each file, as they are, compressed or not; partitions and errors are as for `wholeTextFiles`.
   *
   * @example
   * await sc.parallelize(["a"], 1).saveAsTextFile(`${dir}/bytes`);
   * await sc.binaryFiles(`${dir}/bytes`).mapValues((bytes) => bytes.length).values().collect() // => [2]
   */
  binaryFiles(path: string, minPartitions: number = this.defaultMinPartitions): RDD<[string, Buffer]> {
    return this.#source("binaryFiles", path, "binaryFile", () =>
      planWholeFiles(this.#list(path), minPartitions),
    );
  }

  /**
   * Records of `recordLength` bytes. Plain files are cut between records, compressed ones are unpacked, whole. CORRUPT_INPUT, with file and offset, when
   * a file ends inside a record.
   *
   * @example
   * await sc.parallelize(["abc", "def"], 1).saveAsTextFile(`${dir}/records`);
   * await sc.binaryRecords(`${dir}/records`, 4).map((record) => String(record)).collect() // => ["abc\n", "def\n"]
   */
  binaryRecords(path: string, recordLength: number): RDD<Buffer> {
    return this.#source("binaryRecords", path, "records", () =>
      planRecordSplits(this.#list(path), recordLength, this.defaultMinPartitions),
    );
  }

  /**
   * The rows that `saveAsObjectFile` wrote, in at least `minPartitions` parts if the files have as many blocks (of 8192 rows). CORRUPT_INPUT, with file and
   * offset, when a file is damaged or cut off.
   *
   * @example
   * await sc.parallelize([new Date(0), undefined], 1).saveAsObjectFile(`${dir}/dates`);
   * await sc.objectFile(`${dir}/dates`).collect() // => [new Date(0), undefined]
   */
  objectFile<T>(path: string, minPartitions: number = this.defaultMinPartitions): RDD<T> {
    return this.#source("objectFile", path, "object", () =>
      planByteSplits(this.#list(path), minPartitions, () => true),
    );
  }

  /**
   * The pairs of Hadoop SequenceFiles, whatever they are compressed by (record or block; DefaultCodec, GzipCodec, BZip2Codec, SnappyCodec, Lz4Codec,
   * ZStandardCodec); a path, several with commas between, globs, directories. Files are read in at least `minPartitions` parts, cut at sync marks.
   *
   * | Writable                                 | value                                         |
   * | ---------------------------------------- | --------------------------------------------- |
   * | NullWritable                             | null                                          |
   * | BooleanWritable                          | boolean                                       |
   * | Byte-, Short-, Int- and VIntWritable     | number                                        |
   * | Long- and VLongWritable                  | bigint                                        |
   * | Float- and DoubleWritable                | number                                        |
   * | Text                                     | string                                        |
   * | BytesWritable, MD5Hash                   | Buffer                                        |
   * | MapWritable, SortedMapWritable           | Map                                           |
   * | ArrayPrimitiveWritable                   | typed array (of booleans: array)              |
   * | ArrayWritable, TwoDArrayWritable, others | array, when `writables` says what is in them  |
   *
   * Classes of your own are read like the one that `writables` names; without it, and for ObjectWritable, it is UNSUPPORTED_OPERATION, as are other codecs.
   * CORRUPT_INPUT, with file and offset, for a file that is damaged or cut off inside a record.
   *
   * @example
   * await sc.parallelize([["a", 1], ["b", 2]], 1).saveAsSequenceFile(`${dir}/counts`);
   * await sc.sequenceFile<string, number>(`${dir}/counts`).mapValues((n) => n + 1).collect() // => [["a", 2], ["b", 3]]
   */
  sequenceFile<K, V>(path: string, options: SequenceFileInput = {}): RDD<[K, V]> {
    const { minPartitions = this.defaultMinPartitions, writables = {} } = options;
    return this.#source("sequenceFile", path, "sequence", () =>
      planSequenceSplits(this.#list(path, "mapFiles"), minPartitions, writables),
    );
  }

  /**
   * The rows of Arrow IPC files, of the stream or the file format: a path, several with commas between, globs, directories. Tasks read record batches, one or
   * several a partition, so that batches are not cut and files with several can be read in parallel. Rows, values and errors are as for `fromArrow`.
   *
   * @example
   * await sc.parallelize([["a", 1], ["b", 2]], 2).saveAsArrowFile(`${dir}/pairs`);
   * await sc.arrowFile(`${dir}/pairs`).mapValues((n) => n * 10).collect() // => [["a", 10], ["b", 20]]
   * await sc.arrowFile(`${dir}/missing`).count() // => throws INPUT_NOT_FOUND
   */
  arrowFile<T = Readonly<Record<string, unknown>>>(
    path: string,
    minPartitions: number = this.defaultMinPartitions,
  ): RDD<T> {
    return this.#source("arrowFile", path, "arrow", () => planArrowSplits(this.#list(path), minPartitions));
  }

  #list(path: string, folders?: "mapFiles"): FileEntry[] {
    const recursive = this.conf(RECURSIVE) === "true";
    return listFiles(path, recursive ? { folders: "recurse" } : folders === undefined ? {} : { folders });
  }

  #source<T>(operation: string, path: string, reader: SourceReader, plan: () => readonly unknown[]): RDD<T> {
    const splits = new Lazy(plan);
    return this.rdd<T>(
      new PlanNode({
        operator: { kind: "source", reader, splits },
        numPartitions: () => splits.get().length,
        label: "HadoopRDD",
        callSite: callSite(operation).text,
      }),
    ).setName(path);
  }
}
