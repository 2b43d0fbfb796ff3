// nftables rules for one router, by the behaviour they give (in the words of RFC 4787 and RFC 5780):
//
//   mode   mapping                        filtering
//   open   none, routed                   none
//   full   endpoint-independent           endpoint-independent
//   addr   endpoint-independent           address-dependent
//   port   endpoint-independent           address-and-port-dependent
//   sym    address-and-port-dependent     address-and-port-dependent
//   web    as port, and nothing but TCP to port 443 is let out
export const kModes = ['open', 'full', 'addr', 'port', 'sym', 'web'];

/** @param {string} host address of the one host behind the router */
export function rulesFor(mode, host) {
  if (!kModes.includes(mode)) throw new Error(`no NAT mode ${mode}`);
  return `table ip nat
    delete table ip nat
    table ip filter
    delete table ip filter
    table ip nat {
      set seen { type inet_service . ipv4_addr; flags dynamic, timeout; timeout 120s; }
      chain outgoing { type nat hook postrouting priority srcnat; ${outgoing(mode)}; }
      chain incoming { type nat hook prerouting priority dstnat; ${incoming(mode, host)}; }
    }
    table ip filter {
      # An entry for a peer's early packet would take the port its answer needs, and any NAT would look symmetric.
      chain unsolicited { type filter hook input priority filter; iifname "wan" ct state new drop; }
      chain leaving { type filter hook forward priority filter; ${leaving(mode)} }
    }`;
}

function leaving(mode) {
  return mode === 'web' ? 'iifname "lan" tcp dport 443 accept; iifname "lan" reject;' : '';
}

function outgoing(mode) {
  if (mode === 'open') return '';
  if (mode === 'sym') return 'oifname "wan" meta l4proto { tcp, udp } masquerade fully-random';
  return 'oifname "wan" masquerade';
}

function incoming(mode, host) {
  if (mode === 'full') return `iifname "wan" udp dport 1024-65535 dnat to ${host}`;
  if (mode === 'addr') return `iifname "lan" update @seen { udp sport . ip daddr }\n iifname "wan" udp dport . ip saddr @seen dnat to ${host}`;
  return '';
}
