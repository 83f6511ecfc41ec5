import type { DuckDBConnection } from "@duckdb/node-api";
import type { Outbox } from "../../sinks/delivery.ts";
import { packMessage, unpackMessage, type Message } from "../../sinks/message.ts";
import type { Engine } from "../engine.ts";
import { Statement } from "../statement.ts";
import { run, textList } from "./run.ts";
import type { OutboxCount, OutgoingMessage } from "./watch-store.ts";

/** Messages that wait, in a table: numbered in the order in which they were committed. */
export class OutboxTable implements Outbox {
  readonly #engine: Engine;
  readonly #now: () => number;
  /** Runs a piece of writing as a transaction of its own. */
  readonly #transact: (work: (connection: DuckDBConnection) => Promise<void>) => Promise<void>;
  #next = 0;
  /** By sink; of what is committed. */
  #waiting = new Map<string, number>();
  /** Of the transaction under way. */
  #added: string[] = [];

  constructor(
    engine: Engine,
    now: () => number,
    transact: (work: (connection: DuckDBConnection) => Promise<void>) => Promise<void>,
  ) {
    this.#engine = engine;
    this.#now = now;
    this.#transact = transact;
  }

  /** Reads what is waiting; after a transaction that failed, again. */
  async load(): Promise<void> {
    this.#added = [];
    const table = await this.#engine.ask(
      "SELECT sink, count(*)::DOUBLE, max(number)::DOUBLE FROM outbox GROUP BY sink",
    );
    const [counts, last] = [table.numbers(1), table.numbers(2)];
    this.#waiting = new Map(table.texts(0).map((sink, i) => [sink!, counts[i]!]));
    this.#next = Math.max(this.#next, ...Array.from(last, (number) => number + 1));
  }

  /** Within a transaction; `settle` follows when it is committed. */
  async add(connection: DuckDBConnection, messages: readonly OutgoingMessage[]): Promise<void> {
    if (messages.every(({ sinks }) => sinks.length === 0)) return;
    const appender = await connection.createAppender("outbox");
    for (const { sinks, message } of messages) {
      const packed = packMessage(message).toWellFormed();
      for (const sink of sinks) {
        appender.appendBigInt(BigInt(this.#next++));
        appender.appendVarchar(sink);
        appender.appendVarchar(message.id);
        appender.appendNull();
        appender.appendVarchar(packed);
        appender.endRow();
        this.#added.push(sink);
      }
    }
    appender.closeSync();
  }

  settle(): void {
    for (const sink of this.#added.splice(0)) this.#waiting.set(sink, (this.#waiting.get(sink) ?? 0) + 1);
  }

  async take(sink: string, limit: number): Promise<readonly Message[]> {
    if ((this.#waiting.get(sink) ?? 0) === 0) return [];
    const statement = new Statement();
    const table = await this.#engine.ask(
      `SELECT retry_at, document FROM outbox WHERE sink = ${statement.text(sink)} ORDER BY number
       LIMIT ${statement.whole(limit)}`,
      statement,
    );
    const retryAt = table.numbers(0)[0] ?? NaN;
    if (retryAt > this.#now()) return [];
    return table.texts(1).map((text) => unpackMessage(text!));
  }

  done(sink: string, ids: readonly string[]): Promise<void> {
    return this.#remove(sink, ids, "delivered", undefined);
  }

  async failed(
    sink: string,
    ids: readonly string[],
    error: string,
    retryAt: number | undefined,
  ): Promise<void> {
    if (retryAt === undefined) return this.#remove(sink, ids, "given_up", error);
    await this.#transact(async (connection) => {
      const statement = new Statement();
      await run(
        connection,
        `UPDATE outbox SET retry_at = ${statement.real(retryAt)} WHERE sink = ${statement.text(sink)}
         AND id IN ${textList(ids, statement)}`,
        statement,
      );
      await count(connection, sink, undefined, 0, error);
    });
  }

  waiting(sink: string): Promise<number> {
    return Promise.resolve(this.#waiting.get(sink) ?? 0);
  }

  async counts(): Promise<readonly OutboxCount[]> {
    const table = await this.#engine.ask(
      "SELECT sink, delivered::DOUBLE, given_up::DOUBLE, last_error FROM outbox_counts ORDER BY sink",
    );
    const [sinks, errors] = [table.texts(0), table.texts(3)];
    const [delivered, givenUp] = [table.numbers(1), table.numbers(2)];
    const told = sinks.map((sink, i) => ({
      sink: sink!,
      waiting: this.#waiting.get(sink!) ?? 0,
      delivered: delivered[i]!,
      givenUp: givenUp[i]!,
      ...(errors[i] === null ? {} : { lastError: errors[i]! }),
    }));
    const fresh = [...this.#waiting].filter(([sink]) => !sinks.includes(sink));
    return [...told, ...fresh.map(([sink, waiting]) => ({ sink, waiting, delivered: 0, givenUp: 0 }))];
  }

  async #remove(
    sink: string,
    ids: readonly string[],
    outcome: "delivered" | "given_up",
    error: string | undefined,
  ): Promise<void> {
    if (ids.length === 0) return;
    let removed = 0;
    await this.#transact(async (connection) => {
      const statement = new Statement();
      const table = await run(
        connection,
        `DELETE FROM outbox WHERE sink = ${statement.text(sink)} AND id IN ${textList(ids, statement)}
         RETURNING id`,
        statement,
      );
      removed = table.rows;
      await count(connection, sink, outcome, removed, error);
    });
    this.#waiting.set(sink, Math.max(0, (this.#waiting.get(sink) ?? 0) - removed));
  }
}

async function count(
  connection: DuckDBConnection,
  sink: string,
  outcome: "delivered" | "given_up" | undefined,
  messages: number,
  error: string | undefined,
): Promise<void> {
  const update = new Statement();
  const set = [`last_error = ${error === undefined ? "NULL" : update.text(error)}`];
  if (outcome !== undefined) set.push(`${outcome} = ${outcome} + ${update.whole(messages)}`);
  const sql = `UPDATE outbox_counts SET ${set.join(", ")} WHERE sink = ${update.text(sink)} RETURNING sink`;
  if ((await run(connection, sql, update)).rows > 0) return;
  const insertion = new Statement();
  const name = insertion.text(sink);
  const numbers = [outcome === "delivered" ? messages : 0, outcome === "given_up" ? messages : 0].map(
    (number) => insertion.whole(number),
  );
  const text = error === undefined ? "NULL" : insertion.text(error);
  await run(
    connection,
    `INSERT INTO outbox_counts VALUES (${name}, ${numbers.join(", ")}, ${text})`,
    insertion,
  );
}
