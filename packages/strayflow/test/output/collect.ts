import { Writable } from "node:stream";

/** A stream that keeps what is written to it. */
export interface Collector extends Writable {
  bytes(): Buffer;
  text(): string;
}

export function collector(): Collector {
  const chunks: Buffer[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(Buffer.from(chunk));
      done();
    },
  });
  const bytes = () => Buffer.concat(chunks);
  return Object.assign(stream, { bytes, text: () => bytes().toString("utf8") });
}
