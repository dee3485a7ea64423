import type { IcmpSource } from '../sources/icmp.ts';
import type { Nameservers } from '../sources/nameservers.ts';
import type { TcpSource } from '../sources/probes/tcp.ts';
import { TcpModule } from '../sources/probes/tcp-module.ts';
import type { Procfs } from '../sources/procfs/procfs.ts';
import type { BaseDeps } from './collector.ts';
import { type Hop, type HopCheck, type HopChecks, hops } from './path-record.ts';
import { defaultRoute4, defaultRoute6 } from './routes.ts';

export type PathDeps = BaseDeps & {
  readonly githubUrl: string;
  readonly githubScopes: readonly unknown[];
  readonly icmp: Pick<IcmpSource, 'probe'>;
  readonly nameservers: Nameservers;
  readonly procfs: Pick<Procfs, 'read'>;
  readonly tcp: TcpSource;
};

/** `hop_timeout` in ms; the others as in the configuration. */
export interface PathTargets {
  readonly hop_timeout: number;
  readonly gateways?: readonly string[] | undefined;
  readonly wan: readonly string[];
}

type Round = PathDeps & { readonly config: PathTargets; readonly signal: AbortSignal };

const tries: Readonly<Record<Hop, (round: Round) => Promise<HopCheck | undefined>>> = {
  gateway: tryGateway,
  wan: tryWan,
  dns: tryDns,
  github: tryGithub,
};

/** All at once. A hop that could not be tried, as without `ping`, takes nothing from the others. */
export async function tryAll(
  round: Round,
): Promise<{ readonly checks: HopChecks; readonly errors: readonly unknown[] }> {
  const errors: unknown[] = [];
  const found = hops.map(async (hop) => {
    const check = await tries[hop](round).catch((error: unknown) => void errors.push(error));
    return [hop, check ?? undefined] as const;
  });
  const checks: HopChecks = Object.fromEntries(await Promise.all(found));
  round.signal.throwIfAborted();
  return { checks, errors };
}

async function tryGateway(round: Round): Promise<HopCheck | undefined> {
  const gateways = round.config.gateways ?? (await defaultGateways(round));
  if (gateways === 'no route') return { up: false, reason: 'There is no default route.' };
  return tryAny(round, gateways, (named) => `The gateway ${named} does not answer.`);
}

/** Of our own network: `net` in procfs is that of the process that reads it, on the host's procfs as well. */
async function defaultGateways({ procfs, signal }: Round): Promise<readonly string[] | 'no route'> {
  const ipv4 = await procfs.read('net/route', signal);
  // Absent where the kernel has no IPv6.
  const ipv6 = await procfs.read('net/ipv6_route', signal).catch(() => '');
  const routes = [defaultRoute4(ipv4), defaultRoute6(ipv6)].filter((route) => route !== undefined);
  if (routes.length === 0) return 'no route';
  return routes.map(({ gateway }) => gateway).filter((gateway) => gateway !== undefined);
}

/** A GitHub of one's own house is not behind the WAN. */
async function tryWan(round: Round): Promise<HopCheck | undefined> {
  const { hostname } = new URL(round.githubUrl);
  if (isPrivate(hostname)) return undefined;
  return tryAny(round, round.config.wan, (named) => `Nothing answers beyond the gateway: neither ${named}.`);
}

async function tryDns({ githubUrl, nameservers, config, signal }: Round): Promise<HopCheck | undefined> {
  const { hostname } = new URL(githubUrl);
  if (isLiteral(hostname)) return undefined;
  const reason = await nameservers.ask(hostname, { timeoutMs: config.hop_timeout }, signal);
  return { up: reason === undefined, reason: `The nameserver does not answer: ${reason}.` };
}

async function tryGithub({ githubUrl, tcp, config, log, signal }: Round): Promise<HopCheck> {
  const { hostname, port, protocol, host } = new URL(githubUrl);
  const tls = protocol === 'https:';
  const module = TcpModule.parse({ tls, preferred_ip_protocol: 'ip4' });
  const options = { timeoutMs: 2 * config.hop_timeout, log };
  const { failure, detail } = await tcp.probe(`${hostname}:${port || (tls ? 443 : 80)}`, module, options, signal);
  return { up: failure === undefined, reason: `${host} takes no connection: ${detail}.` };
}

/** Whether one of several answers; undefined where there is none to ask. */
async function tryAny(
  round: Round,
  addresses: readonly string[],
  sentence: (named: string) => string,
): Promise<HopCheck | undefined> {
  if (addresses.length === 0) return undefined;
  const answered = await Promise.all(addresses.map((one) => tryOne(round, one)));
  return { up: answered.includes(true), reason: sentence(addresses.join(' nor ')) };
}

async function tryOne({ icmp, tcp, config, log, signal }: Round, one: string): Promise<boolean> {
  const timeoutMs = config.hop_timeout;
  const withPort = /^[^:]+:\d+$|^\[/.test(one);
  const { failure } = withPort
    ? await tcp.probe(one, TcpModule.parse({}), { timeoutMs, log }, signal)
    : await icmp.probe(one, { count: 2, timeoutMs }, signal);
  return failure === undefined;
}

function isLiteral(hostname: string): boolean {
  return hostname.startsWith('[') || /^[\d.]+$/.test(hostname);
}

/** RFC 1918, RFC 4193, loopback and link-local addresses, as URLs write them, and names without a domain. */
function isPrivate(hostname: string): boolean {
  if (!isLiteral(hostname)) return !hostname.includes('.');
  return /^(10|127|192\.168|169\.254|172\.(1[6-9]|2\d|3[01]))\.|^\[(::1\]|f[cd]|fe[89ab])/.test(hostname);
}
