// nftables rules for one box between a network inside and one outside, in the words of RFC 4787: any mapping together with any filtering.
//
// The kernel's own NAT does not do: its mapping is the connection, so that an answer to somebody who was let in leaves by the port that was
// made for somebody else. Here each datagram is translated for itself. Its port outside is a hash of what its mapping goes by, which is kept
// for the way back, as is to whom it was sent, for the filter.
const kTimeout = '120s'; // RFC 4787 REQ-5
const kRemembers = `flags dynamic, timeout; timeout ${kTimeout}; size 65535;`;
/** nft writes the upper half of the hash into a port: any from 1024 on. */
const kPortsMax = (65_536 - 1024) * 65_536;
const kFirstPort = 1024 * 65_536;

// By what a mapping, or a filter, goes beside the endpoint inside: parts of a packet that leaves, and of one that comes.
const kRemote = {
  EI: { out: '', in: '', types: '' },
  AD: { out: ' . IP daddr', in: ' . IP saddr', types: ' . ADDRESS' },
  APD: { out: ' . IP daddr . udp dport', in: ' . IP saddr . udp sport', types: ' . ADDRESS . inet_service' },
};

/**
 * A NAT of IPv4 whose device `out` has the address, and `in` leads inside.
 * @param {{mapping: string, filtering: string, hairpins: boolean}} box @param {number} seed another one: ports that have nothing to do with the last
 */
export function natRules({ mapping, filtering, hairpins }, address, seed) {
  const [maps, filters] = [mapping, filtering].map((kind) => inIpv4(kRemote[kind]));
  const hash = `jhash ip saddr . udp sport${maps.out} mod ${kPortsMax} seed ${seed} offset ${kFirstPort}`;
  return `table ip nat
    delete table ip nat
    table ip nat {
      map of_port { type inet_service : mark; ${kRemembers} }
      map inner_address { type mark : ipv4_addr; ${kRemembers} }
      map inner_port { type mark : inet_service; ${kRemembers} }
      set asked { type inet_service${filters.types}; ${kRemembers} }
      chain leaving {
        meta mark set ${hash}
        update @inner_address { meta mark : ip saddr }
        update @inner_port { meta mark : udp sport }
        udp sport set ${hash}
        ip saddr set ${address}
        update @of_port { udp sport : meta mark }
        update @asked { udp sport${filters.out} }
      }
      chain coming {
        udp dport${filters.in} != @asked drop
        meta mark set udp dport map @of_port
        ip daddr set meta mark map @inner_address
        udp dport set meta mark map @inner_port
      }
      chain arriving {
        type filter hook prerouting priority raw;
        meta l4proto udp notrack
        ${hairpins ? '' : `iifname "in" ip daddr ${address} meta l4proto udp drop`}
        iifname "in" ip daddr != 224.0.0.0/4 meta l4proto udp jump leaving
        ip daddr ${address} meta l4proto udp jump coming
      }
      chain for_the_box { type filter hook input priority filter; meta l4proto udp drop; }
    }\n`;
}

/**
 * A firewall that translates nothing, in one family.
 * @param {{filtering: string | null, blocksUdp?: boolean, tcpPorts?: number[], udpPayloadMax?: number}} box filtering: null lets everybody in
 */
export function filterRules({ filtering, blocksUdp, tcpPorts, udpPayloadMax }, family) {
  const filters = (family === 'ip' ? inIpv4 : inIpv6)(kRemote[filtering ?? 'EI']);
  const inside = family === 'ip' ? 'ipv4_addr' : 'ipv6_addr';
  const judged = `
        iifname "in" meta l4proto udp update @asked { ${family} saddr . udp sport${filters.out} }
        iifname "out" meta l4proto udp ${family} daddr . udp dport${filters.in} != @asked drop`;
  return `table ${family} firewall
    delete table ${family} firewall
    table ${family} firewall {
      set asked { type ${inside} . inet_service${filters.types}; ${kRemembers} }
      chain passing {
        type filter hook forward priority filter;
        ${blocksUdp ? 'meta l4proto udp drop' : ''}
        ${tcpPorts ? `iifname "in" meta l4proto tcp tcp dport != { ${tcpPorts.join(', ')} } drop` : ''}
        ${udpPayloadMax ? `udp length > ${udpPayloadMax + 8} drop` : ''}
        ${filtering === null ? '' : judged}
      }
    }\n`;
}

function inIpv4(parts) {
  return written(parts, 'ip', 'ipv4_addr');
}

function inIpv6(parts) {
  return written(parts, 'ip6', 'ipv6_addr');
}

function written(parts, family, address) {
  return Object.fromEntries(Object.entries(parts).map(([name, text]) => [name, text.replaceAll('IP', family).replaceAll('ADDRESS', address)]));
}
