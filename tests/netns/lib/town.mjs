// The meetings of the simulator, built of the kernel's own networks: hosts behind boxes behind boxes, each in a network namespace of its
// own, and a server for all. As there, hosts at home all have one and the same address.
import { execFileSync } from 'node:child_process';
import { filterRules, natRules } from './boxes.mjs';

const kNet = 'town';
const kServerPlace = 'hall';
export const kTownServer = '12.0.0.1';
export const kTownServer6 = '2600:1::1';
// Not special-purpose, as the relay refuses such, but for what is behind a NAT.
const kBehindNat = { home: '192.168.1', carrier: '100.64.0' };

export class Town {
  #lab;
  #places = new Map(); // by name: what to do inside it
  #cables = [];
  #number = 0;
  #seed = 1;

  /** @param {import('./lab.mjs').Lab} lab whose namespaces they become, beside its own */
  constructor(lab) {
    this.#lab = lab;
    this.#add(kNet, { ipv6: true }).lines.push('route add blackhole default', 'route add blackhole ::/0');
    this.#add(kServerPlace, { ipv6: true });
    this.#cable(kNet, 'hall', kServerPlace, 'eth0');
    this.#address(kNet, 'hall', '12.0.0.254/24', '2600:1::ff/64');
    this.#address(kServerPlace, 'eth0', `${kTownServer}/24`, `${kTownServer6}/64`);
    this.#routeOut(kServerPlace, '12.0.0.254', '2600:1::ff');
  }

  get server() {
    return kServerPlace;
  }

  /** @param {object} edge as meetings.json has them @returns {string} where its host is; nothing is there before `build` */
  addFar({ hasIpv4, hasIpv6, boxes }) {
    let spot = this.#outside();
    for (const [index, box] of [...boxes.entries()].reverse()) spot = this.#addBox(spot, box, { ipv6: hasIpv6, isHome: index === 0 });
    return this.#addHost(spot, { hasIpv4, hasIpv6 });
  }

  /** Two behind one outermost box. @returns {string[]} where their hosts are */
  addUnderOneRoof(...edges) {
    const roof = this.#addBox(this.#outside(), edges[0].boxes.at(-1), { ipv6: false, isHome: false, isShared: true });
    return edges.map((edge) => {
      let spot = roof;
      for (const [index, box] of [...edge.boxes.slice(0, -1).entries()].reverse()) spot = this.#addBox(spot, box, { ipv6: false, isHome: index === 0 });
      return this.#addHost(spot, edge);
    });
  }

  /** All that was added becomes real. */
  build() {
    this.#lab.addBare([...this.#places.keys()]);
    execFileSync('ip', ['-batch', '-'], { input: this.#cables.join('\n') });
    for (const [short, { ipv6, lines, rules }] of this.#places) {
      const sysctls = ipv6
        ? `for file in /proc/sys/net/ipv6/conf/*/accept_dad; do echo 0 > $file; done; echo 1 > /proc/sys/net/ipv6/conf/all/forwarding`
        : 'echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6';
      // What two neighbours send each other is no business of the box that is their switch, too.
      const passing = 'cd /proc/sys/net/bridge 2>/dev/null && echo 0 > bridge-nf-call-iptables || true';
      // A NAT's packets have the address of its own that they get before they are routed.
      const script = `${sysctls}; ${passing}; cd /proc/sys/net/ipv4/conf/all; echo 1 > ../../ip_forward; echo 1 > accept_local; echo 0 > send_redirects
        for file in ../*/rp_filter; do echo 0 > $file; done
        ip -batch - <<'END'\n${['link set lo up', ...lines].join('\n')}\nEND
        ${rules ? `nft -f - <<'END'\n${rules}\nEND` : ''}`;
      this.#lab.exec(short, 'sh', '-ec', script);
    }
  }

  /** What cannot be removed keeps nothing else from it. */
  close() {
    const failures = [];
    for (const short of this.#places.keys()) {
      try {
        this.#lab.removeNamespace(short);
      } catch (error) {
        failures.push(error);
      }
    }
    this.#places.clear();
    if (failures.length) throw new AggregateError(failures, failures.map(({ message }) => message).join('; '));
  }

  #add(short, { ipv6 }) {
    const place = { ipv6, lines: [], rules: '' };
    this.#places.set(short, place);
    return place;
  }

  #cable(a, aName, b, bName) {
    this.#cables.push(`link add ${aName} netns ${this.#lab.name(a)} type veth peer name ${bName} netns ${this.#lab.name(b)}`);
  }

  #address(short, device, ...addresses) {
    const { lines } = this.#places.get(short);
    for (const address of addresses.filter(Boolean)) lines.push(`addr add ${address} dev ${device}${address.includes(':') ? ' nodad' : ''}`);
    lines.push(`link set ${device} up`);
  }

  #routeOut(short, ...gateways) {
    const { lines } = this.#places.get(short);
    for (const gateway of gateways.filter(Boolean)) lines.push(`route add ${gateway.includes(':') ? '::/0' : '0.0.0.0/0'} via ${gateway}`);
  }

  /** A place into which something can be put. `boxes`: those around it, from the outermost on. */
  #outside() {
    return { short: kNet, boxes: [], isBehindNat: false };
  }

  /** A way from `spot` to something in it. @returns its own end's addresses */
  #attach(spot, short, device, { hasIpv4, hasIpv6 }) {
    const { inner } = spot;
    if (!inner) {
      const part = `${(++this.#number >> 8) & 255}.${this.#number & 255}`;
      this.#cable(kNet, `t${this.#number}`, short, device);
      return this.#join(kNet, `t${this.#number}`, short, device, { v4: hasIpv4 && [`20.${part}.1`, `20.${part}.2`], v6: hasIpv6 && `2600:2:${this.#number.toString(16)}` });
    }
    const port = inner.isShared ? `in${++inner.count}` : 'in';
    const host = inner.isShared ? inner.count + 1 : 2;
    this.#cable(spot.short, port, short, device);
    const numbers = { v4: hasIpv4 && [`${inner.v4}.1`, `${inner.v4}.${host}`], v6: hasIpv6 && inner.v6 };
    if (inner.isShared) this.#places.get(spot.short).lines.push(`link set ${port} master in`, `link set ${port} up`);
    return this.#join(spot.short, inner.isShared ? null : 'in', short, device, numbers);
  }

  /** `outerDevice` null: it has its address already. */
  #join(outer, outerDevice, short, device, { v4, v6 }) {
    const own = { v4: v4 && v4[1], v6: v6 && `${v6}::2` };
    const gateways = [v4 && v4[0], v6 && `${v6}::1`];
    if (outerDevice) this.#address(outer, outerDevice, v4 && `${v4[0]}/24`, v6 && `${v6}::1/64`);
    this.#address(short, device, v4 && `${v4[1]}/24`, v6 && `${v6}::2/64`);
    this.#routeOut(short, ...gateways);
    return own;
  }

  #addBox(spot, box, { ipv6, isHome, isShared = false }) {
    const number = this.#places.size;
    const short = `b${number}`;
    const isNat = box.mapping !== undefined;
    const place = this.#add(short, { ipv6 });
    const own = this.#attach(spot, short, 'out', { hasIpv4: true, hasIpv6: ipv6 });
    const isBehindNat = spot.isBehindNat || isNat;
    const v4 = isBehindNat ? kBehindNat[isHome ? 'home' : 'carrier'] : `21.${number >> 8}.${number & 255}`;
    const inner = { v4, v6: `2600:3:${number.toString(16)}`, isShared, count: 0 };
    if (isShared) {
      place.lines.push('link add in type bridge');
      this.#address(short, 'in', `${v4}.1/24`);
    }
    place.rules = isNat ? natRules(box, own.v4, this.#seed++) : ['ip', 'ip6'].map((family) => filterRules(box, family)).join('');
    const boxes = [...spot.boxes, { short, own, isNat }];
    this.#routeIn(boxes, inner, ipv6);
    return { short, inner, boxes, isBehindNat };
  }

  /** To a network inside a box from all that are around it, as far as the next that translates. */
  #routeIn(boxes, { v4, v6 }, ipv6) {
    let isTranslated = false;
    for (let at = boxes.length - 1; at >= 0; --at) {
      const { own, isNat } = boxes[at];
      const { lines } = this.#places.get(boxes[at - 1]?.short ?? kNet);
      isTranslated ||= isNat;
      if (!isTranslated) lines.push(`route add ${v4}.0/24 via ${own.v4}`);
      if (ipv6) lines.push(`route add ${v6}::/64 via ${own.v6}`);
    }
  }

  #addHost(spot, families) {
    const short = `e${this.#places.size}`;
    this.#add(short, { ipv6: families.hasIpv6 });
    this.#attach(spot, short, 'eth0', families);
    return short;
  }
}
