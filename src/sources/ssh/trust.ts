import type { Clock } from '../../lib/clock.ts';
import { reasonOf } from '../../lib/log.ts';
import type { HostKey, HostKeyPin } from '../../model/host-key.ts';
import type { SshCheck } from './check.ts';
import { findKnownHost, hostName, type KnownHost } from './known-hosts.ts';
import { ProbeError } from './probe-error.ts';

/** What outlives a restart: the keys that were trusted on first use, and since when a host shows another. */
export interface HostKeyMemory {
  trusted(host: string): HostKey | undefined;
  /** Throws where there is no room for another host. */
  trust(host: string, key: HostKey, at: number): void;
  /** The key that the host showed last, where that is not a trusted one, and since when it does, in ms. */
  suspected(host: string): { readonly key: HostKey; readonly since: number } | undefined;
  /** Takes down that the host shows a key that is not trusted; since when it does, in ms. */
  suspect(host: string, key: HostKey, at: number): number;
  /** The host shows a key that is trusted. */
  clear(host: string): void;
}

export interface Judgement {
  readonly trusted: boolean;
  /** Since when the host shows a key that is not the trusted one, in ms; undefined where it shows the trusted one. */
  readonly changedAt: number | undefined;
  readonly reason: string;
}

/** What is trusted of one host, for one probe. */
export interface HostTrust {
  /** Types of the trusted keys, to be asked for first: a server has several keys, and shows one. */
  readonly types: readonly string[];
  /** What to make of the key that the host shows now; remembered. */
  judge(key: HostKey): Judgement;
  /** Whether a key that it showed some time ago would still do. */
  trusts(key: HostKey): boolean;
  /** The judgement that stands from before, as long as the host has not shown a trusted key since. */
  standing(): Judgement | undefined;
}

interface Ports {
  readonly clock: Clock;
  readonly memory: HostKeyMemory;
  readonly readFile: (path: string) => Promise<string>;
}

/**
 * Pins and known_hosts name the keys that are trusted; where the operator gave neither, the first key that was ever
 * seen is. Throws a ProbeError where the known_hosts file cannot be read.
 */
export async function trustOf(address: string, check: SshCheck, ports: Ports): Promise<HostTrust> {
  const host = hostName(address, check.port);
  const known = await readKnownHost(host, check.knownHostsFile, ports.readFile);
  const isRevoked = ({ fingerprint }: HostKey): boolean => known.revoked.some((key) => key.fingerprint === fingerprint);
  const given: readonly HostKeyPin[] = [...check.hostKeys, ...known.keys];
  const isGiven = check.hostKeys.length > 0 || check.knownHostsFile !== undefined;
  const remembered = isGiven ? undefined : ports.memory.trusted(host);
  const pins: readonly HostKeyPin[] = remembered ? [remembered] : given;
  const isTrusted = (key: HostKey): boolean =>
    pins.some(({ fingerprint }) => fingerprint === key.fingerprint) && !isRevoked(key);
  const refuse = (key: HostKey, changedAt: number): Judgement => ({
    trusted: false,
    changedAt,
    reason: `the host key is ${key.fingerprint} (${key.type}), ${expectation(isGiven, pins)}`,
  });
  return {
    types: pins.flatMap(({ type }) => type ?? []),
    judge: (key) => {
      const at = ports.clock.now();
      const isFirst = !isGiven && !remembered;
      if (!isFirst && !isTrusted(key)) return refuse(key, ports.memory.suspect(host, key, at));
      if (isFirst) ports.memory.trust(host, key, at);
      else ports.memory.clear(host);
      return trusted;
    },
    trusts: isTrusted,
    standing: () => {
      const suspected = ports.memory.suspected(host);
      return suspected && !isTrusted(suspected.key) ? refuse(suspected.key, suspected.since) : undefined;
    },
  };
}

const trusted: Judgement = { trusted: true, changedAt: undefined, reason: '' };

function expectation(isGiven: boolean, pins: readonly HostKeyPin[]): string {
  if (!isGiven) return 'not the one that was seen first';
  return pins.length > 0 ? 'not a pinned one' : 'and known_hosts has none for this host';
}

async function readKnownHost(host: string, file: string | undefined, readFile: Ports['readFile']): Promise<KnownHost> {
  if (file === undefined) return { keys: [], revoked: [] };
  const text = await readFile(file).catch((error: unknown) => {
    throw new ProbeError('host-key', `${file} cannot be read: ${reasonOf(error)}`);
  });
  return findKnownHost(text, host);
}
