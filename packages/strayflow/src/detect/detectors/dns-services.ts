import { serviceSet } from "./service-set.ts";

/** Questions to a name server. Zeek calls what asks the neighbours `dns` too: NetBIOS, multicast DNS and LLMNR. */
export const dnsServices = serviceSet("dns", [53], { notPorts: [137, 5353, 5355] });
