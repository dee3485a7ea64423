import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { decode, encode } from 'dns-packet';
import { createHouse, type Namespace } from '../support/netns.ts';
import { binary } from '../support/services.ts';

const ip = (...args: readonly string[]): string =>
  execFileSync(binary('ip'), args, { encoding: 'utf8', stdio: 'pipe' });

/** Where the emulated GitHub is, for runners and Runnerwatch alike: a name that has to be resolved. */
export const githubUrl = 'http://github.test';
/** A host beyond the gateway that jobs need. */
export const targetAddress = '10.78.0.20';
const [githubAddress, nameserver] = ['10.78.0.10', '10.78.0.53'];

/** The end of a cable on this machine, and the other one in a namespace. */
interface Cable {
  readonly near: string;
  readonly far: string;
  readonly device: string;
}

/** A cable from this machine into the namespace, under addresses that no other one has. */
function cableTo(at: Namespace, stack: AsyncDisposableStack): Cable {
  const [third = 0, fourth = 0] = randomBytes(2);
  const device = `rws${randomBytes(4).toString('hex')}`;
  const [near, far] = [1, 2].map((end) => `169.254.${1 + (third % 250)}.${(fourth & 0xfc) + end}`) as [string, string];
  ip('link', 'add', device, 'type', 'veth', 'peer', 'name', 'cable', 'netns', at.name);
  // It goes with the namespace as well.
  stack.defer(() => void ip('link', 'delete', device));
  ip('address', 'add', `${near}/30`, 'dev', device);
  ip('link', 'set', device, 'up');
  at.ip(`address add ${far}/30 dev cable`);
  at.ip('link set cable up');
  return { near, far, device };
}

/** Answers every name with GitHub's address, as long as it answers at all. */
async function startNameserver(address: string, stack: AsyncDisposableStack) {
  const socket = createSocket('udp4');
  let isSilent = false;
  socket.on('message', (message, asker) => {
    if (isSilent) return;
    const { id, questions = [] } = decode(message);
    const answers = questions
      .filter(({ type }) => type === 'A')
      .map(({ name }) => ({ type: 'A' as const, name, ttl: 1, data: githubAddress }));
    socket.send(encode({ type: 'response', id: id ?? 0, questions, answers }), asker.port, asker.address);
  });
  socket.bind(0, address);
  await once(socket, 'listening');
  stack.defer(() => void socket.close());
  return {
    port: socket.address().port,
    silence(next: boolean): void {
      isSilent = next;
    },
  };
}

/**
 * A machine in a house of its own, its gateway, and the internet beyond, where GitHub is a port of this machine. What is
 * cut here is truly cut. A second cable, which nothing in the house routes over, is for who watches the test.
 */
export async function startInternet() {
  await using stack = new AsyncDisposableStack();
  const { here, gateway, far } = stack.use(await createHouse({ nameserver }));
  const [console, backbone] = [cableTo(here, stack), cableTo(far, stack)];
  const dns = await startNameserver(backbone.near, stack);
  const iptables = (...args: readonly string[]): void => void far.run(binary('iptables'), '--wait', ...args);
  far.run('sysctl', '-qw', 'net.ipv4.ip_forward=1');
  const hand = (protocol: string, address: string, from: number, to: number): void =>
    iptables(
      ...['-t', 'nat', '-A', 'PREROUTING', '-p', protocol, '-d', address, '--dport', String(from)],
      ...['-j', 'DNAT', '--to-destination', `${backbone.near}:${to}`],
    );
  hand('udp', nameserver, 53, dns.port);
  iptables('-t', 'nat', '-A', 'POSTROUTING', '-o', 'cable', '-j', 'MASQUERADE');
  const drop = (chain: string, address: string, protocol: string) => ({
    cut: () => iptables('-I', chain, '-d', address, '-p', protocol, '-j', 'DROP'),
    mend: () => iptables('-D', chain, '-d', address, '-p', protocol, '-j', 'DROP'),
  });
  const ways = {
    gateway: {
      cut: () => gateway.ip('link set near down'),
      mend(): void {
        gateway.ip('link set near up');
        gateway.ip('route replace 10.77.0.2/32 dev near');
      },
    },
    dns: { cut: () => dns.silence(true), mend: () => dns.silence(false) },
    github: drop('FORWARD', backbone.near, 'tcp'),
    target: drop('INPUT', targetAddress, 'icmp'),
  };
  const broken = new Set<keyof typeof ways>();
  const owned = stack.move();
  return {
    here,
    /** Where this machine reaches the one in the house, and the other way round. */
    console,
    /** GitHub is this port of this machine from now on. */
    setGithub(port: number): void {
      iptables('-t', 'nat', '-F', 'PREROUTING');
      hand('udp', nameserver, 53, dns.port);
      hand('tcp', githubAddress, 80, port);
    },
    cut(way: keyof typeof ways): void {
      if (!broken.has(way)) ways[way].cut();
      broken.add(way);
    },
    /** All that was cut. */
    mend(): void {
      for (const way of broken) ways[way].mend();
      broken.clear();
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
