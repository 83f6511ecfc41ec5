import type { Message, Outbox } from "../../src/sinks/index.ts";

/** An outbox that keeps its promises as long as the process lives. */
export class MemoryOutbox implements Outbox {
  readonly rows = new Map<string, { message: Message; retryAt: number }[]>();
  readonly givenUp: { sink: string; id: string; error: string }[] = [];

  put(sink: string, ...messages: readonly Message[]): void {
    const rows = this.rows.get(sink) ?? [];
    rows.push(...messages.map((message) => ({ message, retryAt: 0 })));
    this.rows.set(sink, rows);
  }

  left(sink: string): string[] {
    return (this.rows.get(sink) ?? []).map(({ message }) => message.id);
  }

  take(sink: string, limit: number): Promise<readonly Message[]> {
    const rows = this.rows.get(sink) ?? [];
    if (rows[0] === undefined || rows[0].retryAt > Date.now()) return Promise.resolve([]);
    return Promise.resolve(rows.slice(0, limit).map(({ message }) => message));
  }

  done(sink: string, ids: readonly string[]): Promise<void> {
    const rows = this.rows.get(sink) ?? [];
    this.rows.set(
      sink,
      rows.filter(({ message }) => !ids.includes(message.id)),
    );
    return Promise.resolve();
  }

  async failed(
    sink: string,
    ids: readonly string[],
    error: string,
    retryAt: number | undefined,
  ): Promise<void> {
    if (retryAt === undefined) {
      this.givenUp.push(...ids.map((id) => ({ sink, id, error })));
      await this.done(sink, ids);
    }
    for (const row of this.rows.get(sink) ?? []) {
      if (ids.includes(row.message.id)) row.retryAt = retryAt ?? 0;
    }
  }

  waiting(sink: string): Promise<number> {
    return Promise.resolve(this.left(sink).length);
  }
}
