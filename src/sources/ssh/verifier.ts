import { reasonOf } from '../../lib/log.ts';
import type { HostKey } from '../../model/host-key.ts';
import type { ProbeFailure } from '../../model/target.ts';
import { hostKeyOf } from './known-hosts.ts';
import type { HostTrust, Judgement } from './trust.ts';

/** What a connection asks about the server's key. */
export interface Verifier {
  /** The key of the first exchange. */
  shown(): HostKey | undefined;
  /** Whether to go on with a server that shows this key. */
  verify(blob: Buffer): boolean;
}

interface Hooks {
  onHostKey(hostKey: HostKey, judgement: Judgement): void;
  fail(message: string, failure: ProbeFailure): void;
}

export function createVerifier(trust: HostTrust, { onHostKey, fail }: Hooks): Verifier {
  let shown: HostKey | undefined;
  function judge(hostKey: HostKey): boolean {
    // Asked again at each later key exchange, long after the probe that opened the connection.
    if (shown) return shown.fingerprint === hostKey.fingerprint;
    const judgement = trust.judge(hostKey);
    shown = hostKey;
    onHostKey(hostKey, judgement);
    if (!judgement.trusted) fail(judgement.reason, 'host-key');
    return judgement.trusted;
  }
  return {
    shown: () => shown,
    verify: (blob) => {
      try {
        return judge(hostKeyOf(blob));
      } catch (error) {
        fail(reasonOf(error), 'host-key');
        return false;
      }
    },
  };
}
