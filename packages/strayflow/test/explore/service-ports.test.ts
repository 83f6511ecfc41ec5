import { expect, test } from "vitest";
import { isMisplaced } from "../../src/explore/service-ports.ts";

const once = { connections: 1, originators: 1, share: 0.001 };

test.each([
  ["http", 80, "tcp"],
  ["ssl", 443, "tcp"],
  ["ssl,http", 8443, "tcp"],
  ["smtp,ssl", 25, "tcp"],
  ["dns", 5353, "udp"],
  ["dce_rpc", 49_665, "tcp"],
  ["gssapi,smb,ntlm", 445, "tcp"],
  ["an-analyzer-of-their-own", 9999, "tcp"],
  ["", 80, "tcp"],
])("%s on port %i is where it belongs, or not to be judged", (service, port, proto) => {
  expect(isMisplaced(service, port, proto, once)).toBe(false);
});

test.each([
  ["ssh", 443, "tcp"],
  ["http", 4444, "tcp"],
  ["ssl", 53, "tcp"],
  ["dns", 443, "udp"],
])("%s on port %i is not", (service, port, proto) => {
  expect(isMisplaced(service, port, proto, once)).toBe(true);
});

test("a port that several hosts use for a good part of a service is its own; one host's is not", () => {
  expect(isMisplaced("http", 4444, "tcp", { connections: 500, originators: 30, share: 0.4 })).toBe(false);
  expect(isMisplaced("http", 4444, "tcp", { connections: 500, originators: 1, share: 0.9 })).toBe(true);
});
