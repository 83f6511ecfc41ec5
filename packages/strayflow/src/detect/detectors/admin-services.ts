import { serviceSet } from "./service-set.ts";

/**
 * Services by which one host runs or copies something on another: remote shells and desktops, Windows file sharing,
 * remote procedures and remote management (MITRE ATT&CK, tactic TA0008). Over HTTP, which WinRM speaks, the port decides.
 */
export const adminServices = serviceSet(
  "ssh telnet rlogin rdp rfb smb dce_rpc",
  [22, 23, 135, 139, 445, 513, 3389, 5900, 5985, 5986],
  { onlyTcp: true, portOverName: true },
);
