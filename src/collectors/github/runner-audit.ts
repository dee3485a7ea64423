import { rfc3339 } from '../../lib/clock.ts';
import type { AuditEvent } from '../../model/audit.ts';
import type { RunnerChange } from './runner-memory.ts';

/** A change as the audit log tells it. */
export function auditEventOf(change: RunnerChange): AuditEvent {
  const { action, runner, at } = change;
  const since = action === 'runner-online' ? change.before?.offlineSince : runner.offlineSince;
  return {
    action,
    at,
    message: `Runner ${runner.runner.name} of ${runner.scope} ${wordsOf(change)}`,
    labels: {
      runner: runner.runner.name,
      scope: runner.scope,
      ...(since === undefined ? {} : { offline_since: rfc3339(since) }),
    },
  };
}

function wordsOf({ action, runner, before }: RunnerChange): string {
  if (action === 'runner-registered') return 'was registered';
  if (action === 'runner-removed')
    return `is not registered any more${after('it was offline since', runner.offlineSince)}`;
  if (action === 'runner-online') return `went online${after('it was offline since', before?.offlineSince)}`;
  return `went offline${after('it was last online at', before?.said?.at)}`;
}

function after(words: string, at: number | undefined): string {
  return at === undefined ? '' : `; ${words} ${rfc3339(at)}`;
}
