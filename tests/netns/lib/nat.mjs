// nftables rules for one router, by the behaviour they give (in the words of RFC 4787 and RFC 5780):
//
//   mode   mapping                        filtering
//   open   none, routed                   none
//   full   endpoint-independent           endpoint-independent
//   addr   endpoint-independent           address-dependent
//   port   endpoint-independent           address-and-port-dependent
//   sym    address-and-port-dependent     address-and-port-dependent
//
// and by what they let out, all as port:
//
//   web    TCP to port 443
//   quic   UDP to port 443, and TCP to pages on ports 8000 to 8999
//   opened TCP to port 80, and TCP to port 443 no further than to a program on the router that opens TLS (tls_opener.mjs)
export const kModes = ['open', 'full', 'addr', 'port', 'sym', 'web', 'quic', 'opened'];
/** Where the router has what it opens. */
export const kOpenerPort = 8443;

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

const kLetOut = {
  web: ['tcp dport 443'],
  quic: ['udp dport 443', 'tcp dport 8000-8999'],
  opened: ['tcp dport 80'],
};

function leaving(mode) {
  if (!kLetOut[mode]) return '';
  return [...kLetOut[mode].map((what) => `iifname "lan" ${what} accept;`), 'iifname "lan" reject;'].join(' ');
}

function outgoing(mode) {
  if (mode === 'open') return '';
  if (mode === 'sym') return 'oifname "wan" meta l4proto { tcp, udp } masquerade fully-random';
  return 'oifname "wan" masquerade';
}

function incoming(mode, host) {
  if (mode === 'full') return `iifname "wan" udp dport 1024-65535 dnat to ${host}`;
  if (mode === 'addr') return `iifname "lan" update @seen { udp sport . ip daddr }\n iifname "wan" udp dport . ip saddr @seen dnat to ${host}`;
  if (mode === 'opened') return `iifname "lan" tcp dport 443 redirect to :${kOpenerPort}`;
  return '';
}
