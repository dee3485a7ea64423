import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { type Impairment, impairedLink, type RoundTrips } from './impaired-link.ts';
import { binary } from './services.ts';

/** A network namespace of the kernel: own devices, routes and firewall. */
export interface Namespace {
  readonly name: string;
  /** The words before a command that runs it in here. */
  readonly prefix: readonly string[];
  /** Runs a command in here to its end; throws where it fails. */
  run(command: string, ...args: readonly string[]): string;
  ip(words: string): void;
}

export interface House extends AsyncDisposable {
  /** Where the runners' traffic starts: 10.77.0.2, its default route through the gateway. */
  readonly here: Namespace;
  /** 10.77.0.1 on the side of `here`, 10.77.1.1 on the other; its devices are `near` and `out`. */
  readonly gateway: Namespace;
  /** 10.77.1.2, and every address of 10.78.0.0/16. */
  readonly far: Namespace;
  /** What pings took at the impaired link, where it is not the kernel that makes the delay. */
  readonly roundTrips: RoundTrips | undefined;
}

interface HouseOptions {
  /** Of what `here` sends. */
  readonly impairment?: Impairment;
  /** What `here` finds in its resolv.conf. */
  readonly nameserver?: string;
}

const ip = (...args: readonly string[]): string =>
  execFileSync(binary('ip'), args, { encoding: 'utf8', stdio: 'pipe' });

/** Three namespaces in a row, without any way to the machine's own network. */
export async function createHouse({ impairment, nameserver = '10.77.0.1' }: HouseOptions = {}): Promise<House> {
  await using stack = new AsyncDisposableStack();
  const [here, gateway, far] = ['here', 'gw', 'far'].map((role) => createNamespace(role, stack)) as [
    Namespace,
    Namespace,
    Namespace,
  ];
  writeResolvConf(here, nameserver, stack);
  const roundTrips = await impairedLink({ from: here, to: gateway, impairment, stack });
  gateway.ip('link add out type veth peer name in');
  ip('-n', gateway.name, 'link', 'set', 'in', 'netns', far.name);
  address(here, 'near', '10.77.0.2/24', '10.77.0.1');
  address(gateway, 'near', '10.77.0.1/24', '10.77.0.2');
  address(gateway, 'out', '10.77.1.1/24');
  address(far, 'in', '10.77.1.2/24');
  gateway.run('sysctl', '-qw', 'net.ipv4.ip_forward=1');
  gateway.ip('route add 10.78.0.0/16 via 10.77.1.2');
  here.ip('route add default via 10.77.0.1');
  far.ip('route add default via 10.77.1.1');
  far.ip('route add local 10.78.0.0/16 dev lo');
  const owned = stack.move();
  return { here, gateway, far, roundTrips, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

function createNamespace(role: string, stack: AsyncDisposableStack): Namespace {
  const name = `rw-${role}-${randomBytes(4).toString('hex')}`;
  ip('netns', 'add', name);
  stack.defer(() => void ip('netns', 'delete', name));
  const prefix = [binary('ip'), 'netns', 'exec', name];
  const run = (command: string, ...args: readonly string[]): string =>
    execFileSync(prefix[0] ?? 'ip', [...prefix.slice(1), command, ...args], { encoding: 'utf8', stdio: 'pipe' });
  ip('-n', name, 'link', 'set', 'lo', 'up');
  return { name, prefix, run, ip: (words) => void ip('-n', name, ...words.split(' ')) };
}

/** A tunnel knows no neighbours: both ends of either kind of link are told who is at the other. */
function address(at: Namespace, device: string, own: string, peer?: string): void {
  at.ip(`address add ${own} dev ${device}`);
  at.ip(`link set ${device} up`);
  if (peer !== undefined) at.ip(`route replace ${peer}/32 dev ${device}`);
}

/** What `ip netns exec` puts in the place of /etc/resolv.conf. */
function writeResolvConf({ name }: Namespace, nameserver: string, stack: AsyncDisposableStack): void {
  const folder = `/etc/netns/${name}`;
  mkdirSync(folder, { recursive: true });
  stack.defer(() => rmSync(folder, { recursive: true }));
  writeFileSync(`${folder}/resolv.conf`, `nameserver ${nameserver}\noptions timeout:1 attempts:1\n`);
}
