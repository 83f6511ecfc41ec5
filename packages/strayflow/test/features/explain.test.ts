import { expect, test } from "vitest";
import { learnBaseline, openExtractor } from "../../src/features/index.ts";
import { makeBatch } from "./make-batch.ts";

const learner = learnBaseline("connection");
learner.learn(makeBatch(Array.from({ length: 10 }, () => ({ proto: "tcp", service: "dns", history: "Dd" }))));
const { columns } = openExtractor("connection", learner.finish());

function explain(id: string, value: number, usual: number): string {
  return columns.find((column) => column.id === id)!.explain(value, usual);
}

test.each([
  ["sent_bytes", Math.log1p(1.4e9), Math.log1p(40_000), "sent 1.4 GB; usually 40 kB"],
  ["received_bytes", 0, Math.log1p(512), "received 0 bytes; usually 512 bytes"],
  ["sent_packets", Math.log1p(1), Math.log1p(12_431), "sent 1 packet; usually 12,431 packets"],
  ["duration", Math.log1p(7_500_000), Math.log1p(850), "lasted 2 h 5 min; usually 850 ms"],
  ["duration_missing", 1, 0.02, "the log states no duration, which is unusual here"],
  ["duration_missing", 0, 0.9, "the log states the duration, which is unusual here"],
  [
    "bytes_balance",
    0.9,
    -1.2,
    "95 % of the bytes from the originator; usually 100 % of the bytes from the responder",
  ],
  ["packets_balance", 0, 0, "as many packets each way; usually as many packets each way"],
  [
    "sent_bytes_per_packet",
    Math.log1p(1400),
    Math.log1p(60),
    "sent 1.4 kB per packet; usually 60 bytes per packet",
  ],
  ["byte_rate", Math.log1p(2.5e6), Math.log1p(3000), "moved 2.5 MB/s; usually 3 kB/s"],
  ["state_rejected", 1, 0.1, "was rejected (REJ), which is unusual here"],
  ["state_rejected", 1, 0.9, "was rejected (REJ)"],
  ["history_orig_rst", 3, -0.01, "3 × RST by the originator in the history; usually none"],
  ["history_rarity", Math.log(6000), Math.log(4), "this history: 1 in 6,000; usually 1 in 4"],
  ["service_dns", 1, 0, "its service is dns, which is unusual here"],
  [
    "port_rarity",
    Math.log(100_000),
    -0.3,
    "this port for this transport: 1 in 100,000 or rarer; usually a common one",
  ],
  ["hour_cos", 0.9, -0.8, "started in the night hours (UTC); usually in the middle of the day"],
  ["missed_share", 0.354, 0, "35.4 % of the payload was missed by the sensor; usually 0 %"],
])("%s", (id, value, usual, text) => {
  expect(explain(id, value, usual)).toBe(text);
});
