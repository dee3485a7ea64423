import type { Clock } from '../lib/clock.ts';
import { type ContainerEvent, runnerLabel } from '../model/container.ts';

/** What a container does that can change a verdict. */
const telling: ReadonlySet<string> = new Set([
  'create',
  'start',
  'die',
  'stop',
  'oom',
  'health_status',
  'pause',
  'unpause',
  'destroy',
  'rename',
]);

/** What the last check said is there a moment after Docker tells that the check has ended. */
const afterCheckMs = 100;

interface Parts {
  /** Never rejects. */
  readonly look: () => Promise<void>;
  /** Is told first of a runner's container that its check calls unwell. */
  readonly onUnwell: (container: string) => void;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * Looks again when an event says that something has changed. Docker waits for all of a check's retries before it tells of
 * its health; what a runner's check says is believed the first time.
 */
export function createReacting({ look, onUnwell, clock, signal }: Parts): (event: ContainerEvent) => void {
  // The containers whose check has just failed, until its answer was read.
  const unread = new Set<string>();

  async function lookAfterCheck({ id, name }: ContainerEvent): Promise<void> {
    unread.add(id);
    await clock.sleep(afterCheckMs, signal).catch(() => undefined);
    if (!unread.delete(id) || signal.aborted) return;
    onUnwell(name);
    await look();
  }

  return (event) => {
    const { action, id, name, failed, health, labels } = event;
    const isRunner = labels[runnerLabel] !== undefined;
    if (isRunner && health === 'unhealthy') onUnwell(name);
    if (telling.has(action)) void look();
    // Told after the check's answer is there, which is read by the look that has just begun.
    if (action === 'health_status') unread.delete(id);
    if (isRunner && failed) void lookAfterCheck(event);
  };
}
