/**
 * Ports on which a service is at home: IANA's registration and the usual alternatives. Services as Zeek's analyzers name
 * them. What is not here is not judged.
 */
const homes: Readonly<Record<string, readonly number[]>> = {
  http: [
    80, 8080, 8000, 81, 591, 631, 1900, 2869, 3128, 5000, 5357, 5985, 7080, 7627, 8001, 8008, 8081, 8082,
    8088, 8090, 8118, 8123, 8180, 8888, 9000, 9080, 9090, 47001, 49152,
  ],
  ssl: [
    443, 8443, 993, 465, 563, 587, 636, 853, 989, 990, 992, 994, 995, 1194, 2083, 2087, 2096, 3269, 3389,
    4443, 5061, 5223, 5228, 5349, 5671, 5986, 6443, 6514, 6697, 7443, 8009, 8883, 9443, 10443,
  ],
  quic: [443, 80, 784, 853, 8443],
  dns: [53, 137, 5353, 5355],
  ssh: [22, 830, 2222],
  ftp: [20, 21, 990],
  "ftp-data": [20],
  smtp: [25, 465, 587, 2525],
  pop3: [110, 995],
  imap: [143, 993],
  irc: [194, 6660, 6661, 6662, 6663, 6664, 6665, 6666, 6667, 6668, 6669, 6697, 7000],
  rdp: [3389],
  rfb: [5800, 5900, 5901, 5902, 5903],
  smb: [139, 445],
  dce_rpc: [135, 139, 445, 593],
  ntlm: [80, 135, 139, 389, 445, 1433, 3268, 3389, 5985],
  krb: [88, 464, 749],
  krb_tcp: [88, 464, 749],
  ldap: [389, 636, 3268, 3269],
  ldap_tcp: [389, 636, 3268, 3269],
  ldap_udp: [389],
  mysql: [3306, 33060],
  postgresql: [5432, 6432],
  redis: [6379],
  mqtt: [1883, 8883],
  modbus: [502],
  dnp3: [20000],
  dnp3_tcp: [20000],
  dnp3_udp: [20000],
  snmp: [161, 162],
  ntp: [123],
  dhcp: [67, 68],
  sip: [5060, 5061],
  syslog: [514, 601, 6514],
  radius: [1645, 1646, 1812, 1813, 3799],
  socks: [1080, 9050, 9150],
  ipsec: [500, 4500],
  openvpn: [443, 1194],
  wireguard: [51820],
  stun: [3478, 3479, 5349, 19302],
  telnet: [23, 2323],
};

/** Analyzers that follow a connection that another opened, wherever that leads. */
const anywhere: ReadonlySet<string> = new Set([
  "gssapi",
  "ftp-data",
  "dce_rpc",
  "ntlm",
  "teredo",
  "ayiya",
  "gtpv1",
  "spicy",
  "xmpp",
]);

/** How much of a service goes to one port. */
export interface PortUse {
  readonly connections: number;
  readonly originators: number;
  /** Part of all connections of the service, 0 to 1. */
  readonly share: number;
}

/** A port that several hosts use for a good part of a service is where somebody has put it. */
const settled = { share: 0.2, connections: 20, originators: 3 } as const;

/** Whether a service is where nobody expects it. */
export function isMisplaced(service: string, port: number, proto: string, use: PortUse): boolean {
  if (proto === "icmp" || proto === "icmp6") return false;
  const isSettled =
    use.share >= settled.share &&
    use.connections >= settled.connections &&
    use.originators >= settled.originators;
  if (isSettled) return false;
  const known = service
    .toLowerCase()
    .split(",")
    .filter((part) => homes[part] !== undefined && !anywhere.has(part));
  // A layered service ("ssl,http", "smtp,ssl") is at home where any of its layers is.
  return known.length > 0 && known.every((part) => !homes[part]!.includes(port));
}

/** The ports on which a service, or one of its layers, is at home. */
export function homePorts(service: string): readonly number[] {
  return [
    ...new Set(
      service
        .toLowerCase()
        .split(",")
        .flatMap((part) => homes[part] ?? []),
    ),
  ];
}
