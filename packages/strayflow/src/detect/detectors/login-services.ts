import type { Batch } from "../../zeek/batch.ts";

/** Writes 1 where the service asks for a password, by its name or, where Zeek saw none, by its port. */
export function markLogins(out: Uint8Array, batch: Batch, from: number, rows: number): void {
  const { service, resp_p, proto } = batch;
  const named = Uint8Array.from(service.values, (names) =>
    names.split(",").some((name) => loginServices.has(name)) ? 1 : 0,
  );
  const tcp = Uint8Array.from(proto.values, (name) => (name === "tcp" ? 1 : 0));
  for (let row = 0; row < rows; row++) {
    const at = from + row;
    out[row] = named[service.codes[at]!] === 1 || (tcp[proto.codes[at]!] === 1 && loginPorts[resp_p[at]!] === 1) ? 1 : 0;
  }
}

const loginServices: ReadonlySet<string> = new Set([
  "ssh", "ftp", "telnet", "rlogin", "smtp", "imap", "pop3", "rdp", "rfb", "smb", "ntlm", "gssapi", "krb", "krb_tcp",
  "ldap", "ldap_tcp", "mysql", "postgresql", "radius", "sip", "socks", "redis", "mongodb", "irc",
]);

const loginPorts: Readonly<Uint8Array> = Uint8Array.from({ length: 65_536 });
for (const port of [
  21, 22, 23, 25, 88, 110, 139, 143, 389, 445, 465, 513, 587, 636, 993, 995, 1080, 1433, 1521, 2222, 3306, 3389, 5432, 5900,
  5985, 5986, 6379, 8291, 27_017,
]) (loginPorts as Uint8Array)[port] = 1;
