/**
 * DuckDB in memory, as its Node package gives it: a query's answer is complete when all its chunks have been fetched. How long the query
 * alone took, its answer still inside the engine, is reported beside that.
 */
import {
  DOUBLE,
  type DuckDBConnection,
  DuckDBDataChunk,
  DuckDBInstance,
  type DuckDBType,
  UBIGINT,
  UINTEGER,
  VARCHAR,
} from "@duckdb/node-api";
import type { Contender, Digest } from "../workload.ts";

export type PeerColumn = Uint32Array | Float64Array | BigUint64Array | readonly string[];

const CHUNK_ROWS = 2048;

export class DuckDB {
  readonly #instance: DuckDBInstance;
  readonly #connection: DuckDBConnection;

  private constructor(instance: DuckDBInstance, connection: DuckDBConnection) {
    this.#instance = instance;
    this.#connection = connection;
  }

  static async open(threads: number): Promise<DuckDB> {
    const instance = await DuckDBInstance.create(":memory:", { threads: String(threads) });
    return new DuckDB(instance, await instance.connect());
  }

  /** A table of these columns. */
  async load(table: string, columns: Readonly<Record<string, PeerColumn>>): Promise<void> {
    const names = Object.keys(columns);
    const data = Object.values(columns);
    const types = data.map(typeOf);
    await this.execute(`CREATE TABLE ${table} (${names.map((name, i) => `${name} ${types[i]}`).join(", ")})`);
    const appender = await this.#connection.createAppender(table);
    const chunk = DuckDBDataChunk.create(types);
    const length = data[0].length;
    for (let from = 0; from < length; from += CHUNK_ROWS) {
      const rows = Math.min(CHUNK_ROWS, length - from);
      chunk.reset();
      chunk.rowCount = rows;
      for (let c = 0; c < data.length; c++) {
        const vector = chunk.getColumnVector(c);
        for (let row = 0; row < rows; row++) vector.setItem(row, data[c][from + row]);
        vector.flush();
      }
      appender.appendDataChunk(chunk);
    }
    appender.closeSync();
  }

  async execute(sql: string): Promise<void> {
    await this.#connection.run(sql);
  }

  /** `digest` gets the answer's columns as arrays. */
  contender(sql: string, digest: (columns: readonly never[][]) => Digest): Contender {
    return {
      name: "duckdb",
      run: async () => {
        const start = performance.now();
        const result = await this.#connection.run(sql);
        const query = performance.now() - start;
        const chunks = await result.fetchAllChunks();
        return { digest: () => digest(columnsOf(chunks)), parts: { "query only": query } };
      },
    };
  }

  close(): void {
    this.#connection.closeSync();
    this.#instance.closeSync();
  }
}

function typeOf(column: PeerColumn): DuckDBType {
  if (column instanceof Uint32Array) return UINTEGER;
  if (column instanceof Float64Array) return DOUBLE;
  return column instanceof BigUint64Array ? UBIGINT : VARCHAR;
}

function columnsOf(chunks: readonly DuckDBDataChunk[]): never[][] {
  const columns = Array.from({ length: chunks[0]?.columnCount ?? 0 }, (): unknown[] => []);
  for (const chunk of chunks)
    for (let c = 0; c < columns.length; c++) {
      const vector = chunk.getColumnVector(c);
      for (let row = 0; row < chunk.rowCount; row++) columns[c].push(vector.getItem(row));
    }
  return columns as never[][];
}
