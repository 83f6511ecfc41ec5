import { fixedFamily } from "../define.ts";
import { choice, flag } from "../explain.ts";
import { addressClass, isIpv4 } from "./address-class.ts";

/** What kinds of address take part; never the address itself, which says nothing as a magnitude. */
export const address = fixedFamily({
  id: "address",
  side: "connection",
  reads: ["id.orig_h", "id.resp_h"],
  columns: {
    orig_private: choice(
      "source address",
      "private",
      "The originator's address is private.",
      "comes from a private address",
      "does not come from a private address",
    ),
    orig_public: choice(
      "source address",
      "public",
      "The originator's address is public.",
      "comes from a public address",
      "does not come from a public address",
    ),
    orig_link_local: choice(
      "source address",
      "link-local",
      "The originator's address is link-local.",
      "comes from a link-local address",
      "does not come from a link-local address",
    ),
    orig_special: choice(
      "source address",
      "one that no host should send from",
      "The originator's address is loopback, unspecified, reserved or a group address.",
      "comes from an address that no host should send from",
      "comes from an ordinary address",
    ),
    resp_private: choice(
      "destination address",
      "private",
      "The responder's address is private.",
      "goes to a private address",
      "does not go to a private address",
    ),
    resp_public: choice(
      "destination address",
      "public",
      "The responder's address is public.",
      "goes to a public address",
      "does not go to a public address",
    ),
    resp_link_local: choice(
      "destination address",
      "link-local",
      "The responder's address is link-local.",
      "goes to a link-local address",
      "does not go to a link-local address",
    ),
    resp_multicast: choice(
      "destination address",
      "a multicast group",
      "The responder's address is a multicast group.",
      "goes to a multicast group",
      "does not go to a multicast group",
    ),
    resp_broadcast: choice(
      "destination address",
      "the broadcast address",
      "The responder's address is 255.255.255.255.",
      "goes to the broadcast address",
      "does not go to the broadcast address",
    ),
    resp_special: choice(
      "destination address",
      "one that no host should have",
      "The responder's address is loopback, unspecified or reserved.",
      "goes to an address that no host should have",
      "goes to an ordinary address",
    ),
    ipv6: flag("IPv6 rather than IPv4.", "it is IPv6", "it is IPv4"),
  },
  fill(out, width, at, batch) {
    const { orig_h, resp_h } = batch;
    for (let row = 0, to = at; row < batch.rows; row++, to += width) {
      for (let i = 0; i < IPV6; i++) out[to + i] = 0;
      out[to + origColumn[addressClass(orig_h, row * 4)]!] = 1;
      out[to + respColumn[addressClass(resp_h, row * 4)]!] = 1;
      out[to + IPV6] = isIpv4(orig_h, row * 4) ? 0 : 1;
    }
  },
});

const IPV6 = 10;

/** Columns by class: private, public, link-local, multicast, broadcast, loopback, special. */
const origColumn: readonly number[] = [0, 1, 2, 3, 3, 3, 3];
const respColumn: readonly number[] = [4, 5, 6, 7, 8, 9, 9];
