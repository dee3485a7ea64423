import { describe, expect, it } from 'vitest';
import { silentLog } from '../../src/lib/log.ts';
import type { AuditEvent } from '../../src/model/audit.ts';
import type { ContainerDetails } from '../../src/model/container.ts';
import { RecoveryConfig } from '../../src/recovery/config.ts';
import { createHealer } from '../../src/recovery/healer.ts';
import type { GithubLook, RecoveryPorts } from '../../src/recovery/ports.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { container, githubRunner } from '../support/recovery.ts';

const request = { runner: 'homelab-1', alerts: ['RunnerContainerUnhealthy'] };
const online: GithubLook = { asked: true, runner: githubRunner({}) };
const offline: GithubLook = { asked: true, runner: githubRunner({ status: 'offline' }) };

/** One runner whose container is unhealthy until it is restarted, and what was done to it. */
function world(given: { config?: object; github?: () => Promise<GithubLook>; containers?: ContainerDetails[] } = {}) {
  const clock = new FakeClock();
  const stop = new AbortController();
  const restarts: { name: string; graceSeconds: number; at: number }[] = [];
  const starts: number[] = [];
  const finished: string[] = [];
  const counted: string[] = [];
  const audited: AuditEvent[] = [];
  let current = container({ health: 'unhealthy' });
  let heals = true;
  const ports: RecoveryPorts = {
    clock,
    log: silentLog,
    audit: (event) => audited.push(event),
    docker: {
      containersOf: async () => given.containers ?? [current],
      inspect: async () => current,
      top: async () => ['/home/runner/bin/Runner.Listener run'],
      restart: async (name, graceSeconds) => {
        restarts.push({ name, graceSeconds, at: clock.now() });
        if (heals) current = container({ health: 'healthy' });
      },
    },
    github: { look: given.github ?? (async () => (current.health?.status === 'healthy' ? online : offline)) },
    store: {
      startsSince: (_, since) => starts.filter((at) => at > since),
      begin: (_, at) => starts.push(at),
      finish: (_, outcome) => finished.push(outcome),
      closeInterrupted: () => 0,
    },
    count: (action, outcome) => counted.push(`${action} ${outcome}`),
  };
  const config = RecoveryConfig.parse(given.config ?? {});
  return {
    clock,
    stop,
    restarts,
    finished,
    counted,
    audited,
    healer: createHealer(() => config, ports, stop.signal),
    /** From now on a restart does not help. */
    breakForGood: () => {
      heals = false;
      current = container({ health: 'unhealthy' });
    },
  };
}

describe('healer', () => {
  it('restarts with the grace period, and proves that the runner is well', async () => {
    const { healer, restarts, finished, counted, audited } = world({ config: { grace: '45s' } });
    expect(await healer.recover(request)).toMatchObject({ action: 'restart', outcome: 'started' });
    await healer.settled();
    expect(restarts).toMatchObject([{ name: 'github-runner-1', graceSeconds: 45 }]);
    expect(finished).toEqual(['succeeded']);
    expect(counted).toEqual(['restart started', 'restart succeeded']);
    const labels = { runner: 'homelab-1', recovery: 'restart' };
    const reason = 'asked by RunnerContainerUnhealthy';
    expect(audited).toEqual([
      {
        action: 'recovery-decided',
        message: `Recovery of homelab-1: started, ${reason}.`,
        labels: { ...labels, decision: 'started', reason, alerts: 'RunnerContainerUnhealthy' },
      },
      {
        action: 'recovery-ended',
        outcome: 'success',
        message: 'Recovery of homelab-1 ended: it is well again.',
        labels: { ...labels, reason: 'it is well again' },
      },
    ]);
  });

  it('calls it failed when the runner is not well in time', async () => {
    const { healer, clock, finished, audited, breakForGood } = world({ config: { verify_timeout: '1m' } });
    breakForGood();
    await healer.recover(request);
    await clock.advance(59_000);
    expect(finished).toEqual([]);
    await clock.advance(3_000);
    await healer.settled();
    expect(finished).toEqual(['failed']);
    expect(audited.at(-1)).toMatchObject({ action: 'recovery-ended', outcome: 'failure' });
  });

  it('restarts once where two alerts ask at the same time', async () => {
    const { healer, restarts } = world();
    const outcomes = await Promise.all([healer.recover(request), healer.recover(request)]);
    await healer.settled();
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(['started', 'in-progress']);
    expect(restarts).toHaveLength(1);
  });

  it('waits between attempts, and stops when the budget is used up', async () => {
    const { healer, clock, restarts, breakForGood } = world({ config: { verify_timeout: '2s' } });
    breakForGood();
    const outcomes = new Set<string>();
    for (let minute = 0; minute < 30; minute++) {
      outcomes.add((await healer.recover(request)).outcome);
      await clock.advance(10_000);
    }
    expect(restarts).toHaveLength(3);
    expect([...outcomes].sort()).toEqual(['backoff', 'budget', 'started']);
    const [first = 0, second = 0, third = 0] = restarts.map(({ at }) => at);
    expect([second - first, third - second]).toEqual([30_000, 60_000]);
  });

  it.each([
    ['GitHub does not answer', { github: () => Promise.reject(new Error('HTTP 500')) }, 'unknown'],
    [
      'GitHub says busy',
      { github: async () => ({ asked: true, runner: githubRunner({ busy: true }) }) as const },
      'busy',
    ],
    ['no container carries its label', { containers: [] }, 'no-container'],
    ['two containers carry its label', { containers: [container({ id: 'a' }), container({ id: 'b' })] }, 'unknown'],
    ['recovery is off', { config: { enabled: false } }, 'disabled'],
    ['it is a dry run', { config: { dry_run: true } }, 'dry-run'],
    ['it is well again', { containers: [container({})], github: async () => online }, 'recovered'],
  ] as const)('does nothing where %s', async (_, given, outcome) => {
    const { healer, restarts, counted, audited } = world(given as Parameters<typeof world>[0]);
    expect(await healer.recover(request)).toMatchObject({ outcome });
    await healer.settled();
    expect(restarts).toEqual([]);
    expect(counted).toEqual([`restart ${outcome}`]);
    expect(audited.map(({ action, labels }) => [action, labels.decision])).toEqual([['recovery-decided', outcome]]);
  });

  it('leaves the attempt open when it is stopped in the middle', async () => {
    const { healer, stop, finished, breakForGood } = world();
    breakForGood();
    await healer.recover(request);
    stop.abort(new Error('stopped'));
    await healer.settled();
    expect(finished).toEqual([]);
  });
});
