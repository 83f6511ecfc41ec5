import {
  positionAfter,
  type Position,
  type SourceEvent,
  type SourceLog,
} from "../../../src/live/sources/index.ts";

/** What a receiver keeps: its rows and the position that belongs to them. */
export interface Kept {
  readonly rows: readonly string[];
  readonly position: Position;
}

interface OpenLog {
  half: string;
  offset: number;
}

/** Makes rows of what a source hands over, as a receiver that keeps rows and position together. */
export class LineReader {
  rows: string[];
  position: Position;
  readonly notices: string[] = [];
  readonly headers: string[] = [];
  readonly kinds = new Map<string, string>();
  isIdle = false;
  ends = 0;
  readonly #logs = new Map<SourceLog, OpenLog>();

  constructor(kept: Kept) {
    this.rows = [...kept.rows];
    this.position = kept.position;
  }

  get kept(): Kept {
    return { rows: [...this.rows], position: structuredClone(this.position) };
  }

  take(event: SourceEvent): void {
    this.isIdle = event.kind === "idle";
    switch (event.kind) {
      case "header":
        this.headers.push(Buffer.from(event.bytes).toString());
        return;
      case "bytes": {
        const open = this.#logs.get(event.log) ?? { half: "", offset: event.offset };
        this.#logs.set(event.log, open);
        if (open.offset !== event.offset)
          throw new Error(`expected offset ${open.offset}, got ${event.offset}`);
        open.offset += event.chunk.length;
        const lines = (open.half + Buffer.from(event.chunk).toString("latin1")).split("\n");
        open.half = lines.pop() ?? "";
        for (const line of lines) this.#add(line, event.log);
        if (lines.length > 0)
          this.position = positionAfter(this.position, event.log, open.offset - open.half.length);
        return;
      }
      case "end": {
        this.ends++;
        const open = this.#logs.get(event.log);
        this.#logs.delete(event.log);
        if (event.isWhole && open !== undefined && open.half !== "") this.#add(open.half, event.log);
        this.position = positionAfter(this.position, event.log, event.offset, true);
        return;
      }
      case "idle":
        return;
      case "notice":
        this.notices.push(event.notice.code);
    }
  }

  #add(line: string, log: SourceLog): void {
    if (line.startsWith("#") || line === "") return;
    this.rows.push(line);
    this.kinds.set(line, log.kind);
  }
}
