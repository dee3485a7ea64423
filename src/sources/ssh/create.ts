import { TimeoutError, withDeadline } from '../../lib/deadline.ts';
import { reasonOf } from '../../lib/log.ts';
import { createConversation } from './conversation.ts';
import { ProbeError } from './probe-error.ts';
import { createProgress } from './progress.ts';
import type { SshPorts, SshProbe, SshSource } from './ssh-source.ts';
import { trustOf } from './trust.ts';

export function createSsh(ports: SshPorts): SshSource {
  const { clock, resolver } = ports;
  const conversation = createConversation(ports);
  return {
    close: conversation.close,
    probe: async (address, check, { timeoutMs }, signal) => {
      const progress = createProgress(clock);
      const deadline = { ms: timeoutMs, what: 'the SSH server', signal };
      const error: unknown = await withDeadline(clock, deadline, async (cut) => {
        const trust = await trustOf(address, check, ports);
        progress.judged(undefined, trust.standing());
        const lookup = resolver.lookup(address, { timeoutMs, signal: cut });
        const resolved = await lookup.catch((cause: unknown) => {
          throw new ProbeError('dns', reasonOf(cause));
        });
        progress.resolved(resolved.family);
        await conversation.hold({ resolved, check, trust, progress, patience: timeoutMs / 3 }, cut);
      }).catch((caught: unknown) => caught);
      if (signal.aborted) throw signal.reason;
      return { ...progress.facts(), ...explain(error) };
    },
  };
}

function explain(error: unknown): Pick<SshProbe, 'failure' | 'detail'> {
  if (error === undefined) return { failure: undefined, detail: undefined };
  if (error instanceof ProbeError) return { failure: error.failure, detail: error.message };
  if (error instanceof TimeoutError) return { failure: 'timeout', detail: error.message };
  return { failure: 'handshake', detail: reasonOf(error) };
}
