/** Numbers and strings into bytes that grow, as Java's DataOutput and Hadoop's WritableUtils write them. */
import { Buffer } from "node:buffer";

export class DataOutput {
  #bytes = Buffer.allocUnsafe(1024);
  length = 0;

  #room(bytes: number): number {
    const at = this.length;
    this.length += bytes;
    if (this.length > this.#bytes.length) {
      const grown = Buffer.allocUnsafe(Math.max(this.length, this.#bytes.length * 2));
      this.#bytes.copy(grown, 0, 0, at);
      this.#bytes = grown;
    }
    return at;
  }

  byte(value: number): void {
    const at = this.#room(1);
    this.#bytes[at] = value;
  }

  short(value: number): void {
    const at = this.#room(2);
    this.#bytes.writeUInt16BE(value & 0xffff, at);
  }

  int(value: number): void {
    const at = this.#room(4);
    this.#bytes.writeInt32BE(value, at);
  }

  long(value: bigint): void {
    const at = this.#room(8);
    this.#bytes.writeBigInt64BE(value, at);
  }

  float(value: number): void {
    const at = this.#room(4);
    this.#bytes.writeFloatBE(value, at);
  }

  double(value: number): void {
    const at = this.#room(8);
    this.#bytes.writeDoubleBE(value, at);
  }

  vint(value: number): void {
    if (value >= -112 && value <= 127) this.byte(value);
    else this.vlong(BigInt(value));
  }

  vlong(value: bigint): void {
    if (value >= -112n && value <= 127n) {
      this.byte(Number(value));
      return;
    }
    const negative = value < 0n;
    const magnitude = negative ? ~value : value;
    const bytes = Math.ceil(magnitude.toString(16).length / 2);
    this.byte((negative ? -120 : -112) - bytes);
    for (let i = bytes - 1; i >= 0; i--) this.byte(Number((magnitude >> BigInt(i * 8)) & 255n));
  }

  text(value: string): void {
    const length = Buffer.byteLength(value);
    this.vint(length);
    const at = this.#room(length);
    this.#bytes.write(value, at, "utf8");
  }

  /** Java's writeUTF, for names in ASCII. */
  utf(value: string): void {
    this.short(Buffer.byteLength(value));
    this.put(Buffer.from(value));
  }

  put(bytes: Uint8Array): void {
    const at = this.#room(bytes.length);
    this.#bytes.set(bytes, at);
  }

  /** What was written, until more is. */
  view(): Buffer {
    return this.#bytes.subarray(0, this.length);
  }

  /** What was written, handed over; starts anew. */
  take(): Buffer {
    const taken = this.view();
    this.#bytes = Buffer.allocUnsafe(Math.max(1024, this.length));
    this.length = 0;
    return taken;
  }
}
