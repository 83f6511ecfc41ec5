import { describe, expect, test } from "vitest";
import { hashText } from "../../src/base/random.ts";
import { learnBaseline, openExtractor } from "../../src/features/index.ts";
import { makeBatch } from "./make-batch.ts";
import type { SomeConnection } from "./make-batch.ts";

function matrixOf(training: readonly SomeConnection[], rows: readonly SomeConnection[]) {
  const learner = learnBaseline("seed");
  learner.learn(makeBatch(training));
  const extractor = openExtractor("seed", learner.finish());
  const out = new Float64Array(rows.length * extractor.width);
  extractor.fill(out, makeBatch(rows));
  const names = extractor.columns.map((column) => column.id);
  return {
    names,
    rows: rows.map((_, row) =>
      Object.fromEntries(names.map((name, k) => [name, out[row * names.length + k]!])),
    ),
  };
}

/** What the original project's notebook prints for its network: 1,243,021 rows, 55 columns. */
const originalColumns = `
  uid src_ip src_p dst_ip dst_p duration src_bytes history ip_proto dst_bytes_per_orig_pkt dst_bytes_per_resp_pkt
  proto_tcp proto_udp proto_unknown_transport
  service_ayiya service_ayiya,quic service_dce_rpc,ntlm,smb,gssapi service_dce_rpc,smb,gssapi,ntlm service_dhcp
  service_dns service_ftp service_ftp-data service_gssapi service_gssapi,ntlm,smb service_http service_http,ssl
  service_krb_tcp service_mqtt service_ntlm service_ntlm,gssapi,smb service_ntp service_quic service_quic,ssl
  service_quic,ssl,ayiya service_smb,gssapi,ntlm service_smb,ntlm,gssapi service_ssh service_ssl service_ssl,http
  service_ssl,quic service_ssl,quic,ayiya
  conn_state_REJ conn_state_RSTO conn_state_RSTOS0 conn_state_RSTR conn_state_RSTRH conn_state_S0 conn_state_S1
  conn_state_S2 conn_state_S3 conn_state_SF conn_state_SH conn_state_SHR
  local_orig_T local_resp_T`
  .trim()
  .split(/\s+/);

/** Rows in which every value of the original's vocabulary occurs, unset services too. */
function originalVocabulary(): SomeConnection[] {
  const of = (prefix: string) =>
    originalColumns.filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));
  const services = ["", ...of("service_")].toReversed();
  const states = ["OTH", ...of("conn_state_")];
  const protos = ["udp", "tcp", "unknown_transport", "icmp"];
  return services.map((service, i) => ({
    service,
    conn_state: states[i % states.length]!,
    proto: protos[i % protos.length]!,
    local_orig: i % 2 === 0,
    local_resp: i % 3 === 0,
  }));
}

test("the original's vocabulary gives its 55 columns in its order", () => {
  expect(originalColumns).toHaveLength(55);
  expect(matrixOf(originalVocabulary(), []).names).toEqual(originalColumns);
});

describe("addresses", () => {
  test("of IPv4 are taken modulo 65535, as the original printed them", () => {
    const { rows } = matrixOf([{}], [{ "id.orig_h": "10.0.0.5", "id.resp_h": "255.255.255.255" }]);
    expect(rows[0]).toMatchObject({ src_ip: 2565, dst_ip: 0xffffffff % 65_535 });
  });

  test.each([
    "2001:db8::1",
    "fe80::1",
    "::",
    "::1",
    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
    "2606:4700::1111",
  ])("of IPv6 are taken modulo 4294967295 over all 128 bits: %s", (address) => {
    const { rows } = matrixOf([{}], [{ "id.orig_h": address }]);
    const [a, b, c, d] = makeBatch([{ "id.orig_h": address }]).orig_h;
    const whole = [a!, b!, c!, d!].reduce((sum, word) => (sum << 32n) + BigInt(word), 0n);
    expect(rows[0]!["src_ip"]).toBe(Number(whole % 4_294_967_295n));
  });
});

test("uid and history are hashed value by value", () => {
  const { rows } = matrixOf(
    [{}],
    [
      { uid: "CAbc1", history: "ShADadFf" },
      { uid: "CAbc2", history: "ShADadFf" },
      { uid: "", history: "" },
    ],
  );
  expect(rows[0]).toMatchObject({
    uid: hashText("CAbc1") % 100_000,
    history: hashText("ShADadFf") % 100_000,
  });
  expect(rows[1]!["uid"]).not.toBe(rows[0]!["uid"]);
  expect(rows[1]!["history"]).toBe(rows[0]!["history"]);
  expect(rows[2]).toMatchObject({ uid: 0, history: 0 });
});

test.each([
  ["an ordinary row", { resp_bytes: 1000, orig_pkts: 4, resp_pkts: 5 }, 250, 200],
  ["no bytes count as one per packet", { resp_bytes: 0, orig_pkts: 4, resp_pkts: 5 }, 1, 1],
  ["a division by no packets is 0", { resp_bytes: 1000, orig_pkts: 0, resp_pkts: 0 }, 0, 0],
  ["nothing over nothing is 0", { resp_bytes: 0, orig_pkts: 0, resp_pkts: 0 }, 0, 0],
  ["bytes that are not stated are 0", { orig_pkts: 4, resp_pkts: 5 }, 0, 0],
])("bytes per packet: %s", (_, row, sent, received) => {
  expect(matrixOf([{}], [row]).rows[0]).toMatchObject({
    dst_bytes_per_orig_pkt: sent,
    dst_bytes_per_resp_pkt: received,
  });
});

test("numbers that the log does not state are 0", () => {
  expect(matrixOf([{}], [{}]).rows[0]).toMatchObject({ duration: 0, src_bytes: 0, ip_proto: 0 });
});

test("the vocabulary is frozen: a file without ICMP leaves TCP where it was, and news have no column", () => {
  const training = [{ proto: "icmp" }, { proto: "tcp" }, { proto: "udp" }];
  const { names, rows } = matrixOf(training, [
    { proto: "tcp" },
    { proto: "udp" },
    { proto: "sctp" },
    { proto: "icmp" },
  ]);
  expect(names.filter((name) => name.startsWith("proto_"))).toEqual(["proto_tcp", "proto_udp"]);
  expect(rows.map((row) => [row["proto_tcp"], row["proto_udp"]])).toEqual([
    [1, 0],
    [0, 1],
    [0, 0],
    [0, 0],
  ]);
});

test("a column that is never set has no columns; one that is sometimes unset drops the unset category", () => {
  const { names } = matrixOf([{ local_orig: true }, { local_orig: false }, {}], []);
  expect(names.filter((name) => name.startsWith("local_"))).toEqual(["local_orig_F", "local_orig_T"]);
  expect(names).toHaveLength(13);
});

test("hostile categories become plain column names", () => {
  const training = ["", "\u001b[31mred", "a\nb", "x".repeat(5000)].map((service) => ({ service }));
  const { names } = matrixOf(training, []);
  expect(names.filter((name) => name.startsWith("service_"))).toEqual([
    "service_?[31mred",
    "service_a?b",
    `service_${"x".repeat(100)}`,
  ]);
});
