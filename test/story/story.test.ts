import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needs } from '../support/services.ts';
import { waitUntil } from '../support/wait.ts';
import { buildImage, killListener, type Mode, type Stack, startedAt, startStack } from './stack.ts';

interface Payload {
  readonly version: string;
  readonly status: string;
  readonly alerts: readonly { readonly status: string; readonly labels: Readonly<Record<string, string>> }[];
}

/** A notification of the alert about the runner, in the given state. */
function about(runner: string, alertname: string, status: string) {
  return (body: unknown): body is Payload =>
    (body as Payload).alerts.some(
      (alert) => alert.status === status && alert.labels.runner === runner && alert.labels.alertname === alertname,
    );
}

const minute = 60_000;

/** The main job from its end: what a user who ran the one command would see. */
describe.skipIf(needs('docker') || needs('compose')).each<Mode>(['embedded', 'external'])('the story, %s', (mode) => {
  let stack: Stack;
  const one = `story-${mode}-1`;
  const two = `story-${mode}-2`;

  beforeAll(async () => {
    await buildImage();
    stack = await startStack(mode);
  }, 12 * minute);
  afterAll(async () => {
    await stack?.[Symbol.asyncDispose]();
  }, 2 * minute);

  it(
    'comes up with two runners, registered and healthy',
    async () => {
      await stack.waitForVerdict(one, 'healthy', minute);
      await stack.waitForVerdict(two, 'healthy', minute);
      const registered = stack.github.runners().map(({ name, status }) => [name, status]);
      expect(registered.sort()).toEqual([
        [one, 'online'],
        [two, 'online'],
      ]);
      let text = '';
      // Healthy is known before all collectors have ended their first round.
      await waitUntil(
        async () => {
          text = await stack.metrics();
          return text.includes('runnerwatch_collector_success{collector="containers"}');
        },
        { timeoutMs: minute, what: () => 'containers were not collected' },
      );
      // In its container, from the host's own files.
      expect(text).toMatch(/runnerwatch_container_stats_source\{source="cgroup"\} [1-9]/);
      expect(text).toContain('container_cpu_usage_seconds_total{');
      expect(text).toContain('node_cpu_seconds_total{');
      expect(text).toMatch(/runnerwatch_collector_success\{collector="github-runners"\} 1/);
    },
    3 * minute,
  );

  it(
    'heals a runner whose listener was killed, and tells of both',
    async () => {
      const { container } = await stack.waitForVerdict(one, 'healthy', minute);
      const before = await startedAt(container);
      await killListener(container);

      const fired = await stack.sink.waitFor(about(one, 'RunnerContainerUnhealthy', 'firing'), 2 * minute);
      expect(fired).toMatchObject({ version: '4', receiver: 'notifications', status: 'firing' });
      expect(fired).toHaveProperty('groupLabels.runner', one);

      await waitUntil(async () => (await startedAt(container)) !== before, {
        timeoutMs: 2 * minute,
        what: () => 'a restart of its container',
      });
      await stack.github.waitFor(
        ({ runners }) => runners.some(({ name, status }) => name === one && status === 'online'),
        minute,
      );
      await stack.sink.waitFor(about(one, 'RunnerContainerUnhealthy', 'resolved'), 3 * minute);
      await stack.waitForVerdict(one, 'healthy', minute);
      expect(await stack.metrics()).toMatch(/runnerwatch_recoveries_total\{action="restart",outcome="succeeded"\} 1/);
    },
    10 * minute,
  );

  it(
    'does not restart a runner that works on a job',
    async () => {
      const { container } = await stack.waitForVerdict(two, 'healthy', minute);
      const before = await startedAt(container);
      const job = stack.github.queueJob({ runner: two, seconds: 45 });
      await stack.github.waitFor(({ jobs }) =>
        jobs.some(({ id, status }) => id === job.id && status === 'in_progress'),
      );
      await stack.waitForVerdict(two, 'busy', minute);
      const labels = { alertname: 'RunnerContainerUnhealthy', runner: two, recovery: 'restart' };
      const answer = await stack.recover({ version: '4', status: 'firing', alerts: [{ status: 'firing', labels }] });
      expect(await answer.json()).toMatchObject({ data: { decisions: [{ runner: two, outcome: 'busy' }] } });
      await stack.github.waitFor(
        ({ jobs }) => jobs.some(({ id, conclusion }) => id === job.id && conclusion === 'success'),
        minute,
      );
      expect(await startedAt(container)).toBe(before);
    },
    3 * minute,
  );
});
