import { program } from "../../base/program.ts";
import type { Sink } from "../sink.ts";
import type { Poster } from "./post.ts";
import { slackBody, type SlackStyle } from "./slack-text.ts";

/** All messages of a call in one post. */
export function slackSink(name: string, poster: Poster, style: SlackStyle): Sink {
  return {
    name,
    async send(messages, signal) {
      await poster.post(
        Buffer.from(JSON.stringify(slackBody(messages, style))),
        {
          "content-type": "application/json; charset=utf-8",
          "user-agent": `${program.name}/${program.version}`,
        },
        signal,
      );
    },
    close() {
      poster.close();
      return Promise.resolve();
    },
  };
}
