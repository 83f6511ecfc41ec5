import { serviceSet } from "./service-set.ts";

/**
 * Services that ask for a password. By port where nobody answered and so Zeek saw none; the ports are assigned to the
 * services named and to others that Zeek does not know (SQL Server, Oracle, WinRM, Winbox).
 */
export const loginServices = serviceSet(
  "ssh ftp telnet rlogin smtp imap pop3 rdp rfb smb ntlm gssapi krb krb_tcp ldap ldap_tcp mysql postgresql radius sip " +
    "socks redis mongodb irc",
  [
    21, 22, 23, 25, 88, 110, 139, 143, 389, 445, 465, 513, 587, 636, 993, 995, 1080, 1433, 1521, 2222, 3306,
    3389, 5432, 5900, 5985, 5986, 6379, 8291, 27_017,
  ],
  { onlyTcp: true },
);
