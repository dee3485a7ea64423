import type { Clock } from '../../lib/clock.ts';
import type { HostKey } from '../../model/host-key.ts';
import type { ProbeFailure } from '../../model/target.ts';
import type { Resolver } from '../resolver.ts';
import type { SshCheck } from './check.ts';
import type { HostKeyMemory } from './trust.ts';

/** In order. `keepalive` is the round trip on a connection that was open already, in the place of those before it. */
export type SshPhase = 'resolve' | 'connect' | 'banner' | 'handshake' | 'login' | 'keepalive' | 'command';

/** How far a probe came. */
export interface SshProbe {
  readonly protocol: 4 | 6 | undefined;
  /** Milliseconds of each phase that was completed. */
  readonly phases: ReadonlyMap<SshPhase, number>;
  /** The key that the server shows. */
  readonly hostKey: HostKey | undefined;
  /** Whether that is a trusted one; from before where the probe did not come as far. */
  readonly trusted: boolean | undefined;
  /** Since when another key than the trusted one is shown, ms since the epoch. */
  readonly changedAt: number | undefined;
  /** Whether the probe went over a connection that an earlier one had opened. */
  readonly reused: boolean;
  readonly failure: ProbeFailure | undefined;
  /** What went wrong, in one line without secrets. */
  readonly detail: string | undefined;
}

export interface SshSource {
  /** A target that fails is an answer; throws only where the signal ends. */
  probe(
    address: string,
    check: SshCheck,
    options: { readonly timeoutMs: number },
    signal: AbortSignal,
  ): Promise<SshProbe>;
  /** Ends the connections that are kept. */
  close(): void;
}

export interface SshPorts {
  readonly clock: Clock;
  readonly resolver: Resolver;
  readonly memory: HostKeyMemory;
  /** Reads a key, passphrase or known_hosts file; bounded. */
  readonly readFile: (path: string) => Promise<string>;
}
