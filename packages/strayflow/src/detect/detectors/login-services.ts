import type { Batch, TextColumn } from "../../zeek/batch.ts";

/** For each value of a batch's `service` column, whether one of its services asks for a password. */
export function loginNames(service: TextColumn): Uint8Array {
  return Uint8Array.from(service.values, (names) =>
    names.split(",").some((name) => loginServices.has(name)) ? 1 : 0,
  );
}

/**
 * Writes 1 where the service of a row asks for a password: by its name or, where nobody answered and so Zeek saw none, by
 * its port.
 */
export function markLogins(
  out: Uint8Array,
  batch: Batch,
  names: Uint8Array,
  from: number,
  rows: number,
): void {
  const { service, resp_p, proto } = batch;
  const tcp = proto.values.indexOf("tcp");
  for (let row = 0; row < rows; row++) {
    const at = from + row;
    const name = service.codes[at]!;
    out[row] = name === 0 ? (proto.codes[at] === tcp ? loginPorts[resp_p[at]!]! : 0) : names[name]!;
  }
}

const loginServices: ReadonlySet<string> = new Set(
  `ssh ftp telnet rlogin smtp imap pop3 rdp rfb smb ntlm gssapi krb krb_tcp ldap ldap_tcp mysql postgresql radius sip
  socks redis mongodb irc`.split(/\s+/),
);

/** Assigned to the services above and to others that Zeek does not know (SQL Server, Oracle, WinRM, Winbox). */
const loginPorts: Readonly<Uint8Array> = portSet([
  21, 22, 23, 25, 88, 110, 139, 143, 389, 445, 465, 513, 587, 636, 993, 995, 1080, 1433, 1521, 2222, 3306,
  3389, 5432, 5900, 5985, 5986, 6379, 8291, 27_017,
]);

function portSet(ports: readonly number[]): Uint8Array {
  const set = new Uint8Array(65_536);
  for (const port of ports) set[port] = 1;
  return set;
}
