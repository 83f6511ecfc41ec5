import type { Message } from "../message.ts";
import { SinkError, type Sink } from "../sink.ts";
import { octetCounted, syslogMessage, type SyslogFormat } from "./syslog-format.ts";
import type { StreamLine } from "./stream-line.ts";
import type { DatagramLine } from "./datagram-line.ts";

/**
 * Sends each message as one datagram, or all of them one after the other through one connection. Delivered means handed
 * over: syslog has no receipt, and what is under way when a server dies is lost.
 */
export function syslogSink(name: string, format: SyslogFormat, line: StreamLine | DatagramLine): Sink {
  return {
    name,
    async send(messages, signal) {
      if (line.kind === "stream") {
        await line.write(Buffer.concat(messages.map((message) => octetCounted(encoded(message)))), signal);
        return;
      }
      for (const [index, message] of messages.entries()) {
        try {
          await line.send(encoded(message), signal);
        } catch (error) {
          if (!(error instanceof SinkError)) throw error;
          throw new SinkError(error.message, { retriable: error.retriable, delivered: index, cause: error });
        }
      }
    },
    close: () => line.close(),
  };

  function encoded(message: Message): Buffer {
    return syslogMessage(message, format);
  }
}
