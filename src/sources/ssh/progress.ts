import type { Clock } from '../../lib/clock.ts';
import type { HostKey } from '../../model/host-key.ts';
import type { SshPhase, SshProbe } from './ssh-source.ts';
import type { Judgement } from './trust.ts';

/** What the phases of a probe leave behind, however far they come. */
export interface Progress {
  /** Ends the phase that is under way and begins the next. */
  done(phase: SshPhase): void;
  resolved(protocol: 4 | 6): void;
  /** The key is what the host shows; without one, the judgement is one from before. */
  judged(hostKey: HostKey | undefined, judgement: Judgement | undefined): void;
  /** A trusted key of an earlier exchange. What another probe found out since stands against it. */
  recalled(hostKey: HostKey): void;
  reused(): void;
  facts(): Omit<SshProbe, 'failure' | 'detail'>;
}

export function createProgress(clock: Clock): Progress {
  let begun = clock.monotonic();
  const phases = new Map<SshPhase, number>();
  let facts: Omit<SshProbe, 'phases' | 'failure' | 'detail'> = {
    protocol: undefined,
    hostKey: undefined,
    trusted: undefined,
    changedAt: undefined,
    reused: false,
  };
  const done = (phase: SshPhase): void => {
    const now = clock.monotonic();
    phases.set(phase, now - begun);
    begun = now;
  };
  return {
    done,
    resolved: (protocol) => {
      facts = { ...facts, protocol };
      done('resolve');
    },
    judged: (hostKey, judgement) => {
      facts = { ...facts, hostKey, trusted: judgement?.trusted, changedAt: judgement?.changedAt };
    },
    recalled: (hostKey) => {
      facts = { ...facts, hostKey, trusted: facts.trusted ?? true };
    },
    reused: () => {
      facts = { ...facts, reused: true };
    },
    facts: () => ({ ...facts, phases }),
  };
}
