import { describe, expect, it } from 'vitest';
import { container, registration } from '../support/recovery.ts';
import { createWorld, homelab, judgedAs, request, type World } from './support/world.ts';

const noWait = { backoff: { first: '0s', jitter: 0 } };
const minute = 60_000;

/** Asks, and lets the step go on to its end. */
async function askAndWait(world: World, healer = world.healer()): Promise<string> {
  const { outcome, action } = await healer.recover(request);
  // In parts, because each part of a step begins to wait only when the one before is over.
  for (let passed = 0; passed < 11; passed++) await world.clock.advance(minute);
  await healer.settled();
  return `${action} ${outcome}`;
}

describe('healer', () => {
  it('restarts with the grace period, and proves that the runner is well', async () => {
    using world = createWorld({ grace: '45s' });
    const graces: number[] = [];
    const { restart } = world.ports.docker;
    Object.assign(world.ports.docker, {
      restart: (...args: Parameters<typeof restart>) => {
        graces.push(args[1]);
        return restart(...args);
      },
    });
    const healer = world.healer();
    expect(await healer.recover(request)).toMatchObject({ action: 'restart', outcome: 'started' });
    await healer.settled();
    expect(world.acts).toMatchObject([{ what: 'restart', runner: 'github-runner-1' }]);
    expect(graces).toEqual([45]);
    expect(world.counted).toEqual(['restart started', 'restart succeeded']);
    expect(world.timed).toEqual(['detected unhealthy 60', 'recovered unhealthy 60']);
    const labels = { runner: homelab, recovery: 'restart' };
    const reason = 'it is unhealthy; asked by RunnerContainerUnhealthy';
    expect(world.audited).toEqual([
      {
        action: 'recovery-decided',
        message: `Recovery of homelab-1: started, ${reason}.`,
        // The verdict is the one when the decision is told.
        labels: {
          ...labels,
          verdict: expect.any(String),
          decision: 'started',
          reason,
          alerts: 'RunnerContainerUnhealthy',
        },
      },
      {
        action: 'recovery-ended',
        outcome: 'success',
        message: 'Recovery of homelab-1 ended: it is well again.',
        labels: { ...labels, reason: 'it is well again' },
      },
    ]);
    expect(world.ports.ladders.all()).toEqual([]);
  });

  it('calls it failed when the runner is not well in time', async () => {
    using world = createWorld({ verify_timeout: '1m' });
    world.state.onAct = () => undefined;
    const healer = world.healer();
    await healer.recover(request);
    await world.clock.advance(59_000);
    expect(world.counted).toEqual(['restart started']);
    await world.clock.advance(3_000);
    await healer.settled();
    expect(world.counted).toEqual(['restart started', 'restart failed']);
    expect(world.audited.at(-1)).toMatchObject({ action: 'recovery-ended', outcome: 'failure' });
  });

  it('restarts once where two alerts ask at the same time', async () => {
    using world = createWorld();
    const healer = world.healer();
    const outcomes = await Promise.all([healer.recover(request), healer.recover(request)]);
    await healer.settled();
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(['started', 'in-progress']);
    expect(world.acts).toHaveLength(1);
  });

  it('climbs the ladder step by step, and pages when nothing is left', async () => {
    using world = createWorld(noWait);
    world.state.onAct = () => undefined;
    const healer = world.healer();
    const outcomes: string[] = [];
    for (let ask = 0; ask < 4; ask++) outcomes.push(await askAndWait(world, healer));
    expect(outcomes).toEqual(['restart started', 'reregister started', 'none exhausted', 'none exhausted']);
    // The listener never said that its registration is gone: no second restart.
    expect(world.acts.map(({ what }) => what)).toEqual(['restart', 'remove', 'restart']);
    expect(world.counted).toContain('page paged');
    expect(world.ports.ladders.get(homelab)?.page).toEqual({ at: expect.any(Number), verdict: 'unhealthy' });
  });

  it('registers anew: removed, restarted, forgotten, restarted again', async () => {
    using world = createWorld({ ...noWait, ladders: { unhealthy: ['reregister', 'page'] } });
    let restarts = 0;
    world.state.onAct = ({ what }) => {
      if (what === 'remove') world.state.registrations = [];
      else if (++restarts === 1) {
        const facts = 'state=unhealthy listener=0 worker=0 reason=registration-gone';
        // Its start period is not over yet.
        world.state.containers = [container({ health: 'starting', facts })];
      } else world.becomeWell();
    };
    expect(await askAndWait(world)).toBe('reregister started');
    expect(world.acts.map(({ what }) => what)).toEqual(['remove', 'restart', 'restart']);
    expect(world.counted).toContain('reregister succeeded');
  });

  it('leaves the registration that another has under its name, and proves itself by its own', async () => {
    using world = createWorld({ ...noWait, ladders: { unhealthy: ['reregister', 'page'] } });
    const holding = (id: number, rest = '') =>
      container({ health: rest === '' ? 'healthy' : 'unhealthy', facts: `worker=0 agent_id=${id}${rest}` });
    const other = registration({ id: 77, busy: true });
    world.state.containers = [holding(12)];
    world.state.registrations = [other];
    let restarts = 0;
    world.state.onAct = () => {
      restarts += 1;
      world.state.containers = [restarts === 1 ? holding(12, ' reason=registration-gone') : holding(13)];
      if (restarts === 2) world.state.registrations = [other, registration({ id: 13 })];
    };
    expect(await askAndWait(world)).toBe('reregister started');
    expect(world.acts.map(({ what }) => what)).toEqual(['restart', 'restart']);
    expect(world.counted).toContain('reregister succeeded');
  });

  it('does not restart a second time where a job began meanwhile', async () => {
    using world = createWorld({ ...noWait, ladders: { unhealthy: ['reregister', 'page'] } });
    world.state.onAct = ({ what }) => {
      if (what !== 'restart') return;
      const facts = 'state=unhealthy listener=0 worker=0 reason=registration-gone';
      world.state.containers = [container({ health: 'unhealthy', facts })];
      world.state.processes = ['/home/runner/bin/Runner.Worker spawnclient 1 2'];
    };
    await askAndWait(world);
    expect(world.acts.map(({ what }) => what)).toEqual(['remove', 'restart']);
    expect(world.audited.map(({ message }) => message)).toContain(
      'Recovery of homelab-1 ended: its worker process runs.',
    );
  });

  it('goes on with what a new verdict needs, and repeats nothing of the old one', async () => {
    using world = createWorld(noWait);
    const healer = world.healer();
    world.state.onAct = () => (world.state.judged = judgedAs('zombie', world.clock.now()));
    expect(await askAndWait(world, healer)).toBe('restart started');
    world.state.onAct = () => (world.state.judged = judgedAs('unhealthy', world.clock.now()));
    expect(await askAndWait(world, healer)).toBe('restart started');
    expect(await askAndWait(world, healer)).toBe('reregister started');
    expect(world.ports.ladders.get(homelab)?.steps.map(({ verdict, action }) => `${verdict} ${action}`)).toEqual([
      'unhealthy restart',
      'zombie restart',
      'unhealthy reregister',
    ]);
  });

  it('quarantines after two ladders that did not help, until it is released', async () => {
    using world = createWorld({ ...noWait, breaker: { pause: '10m' }, budget: { attempts: 20, total: 20 } });
    world.state.onAct = () => undefined;
    const healer = world.healer();
    const outcomes = new Set<string>();
    for (let ask = 0; ask < 30; ask++) outcomes.add(await askAndWait(world, healer));
    expect([...outcomes]).toEqual(['restart started', 'reregister started', 'none exhausted', 'none quarantined']);
    expect(world.acts).toHaveLength(6);
    world.becomeWell();
    healer.observe();
    expect(world.ports.ladders.get(homelab)).toMatchObject({ page: undefined, failures: 2 });
    world.state.judged = judgedAs('unhealthy');
    expect(await askAndWait(world, healer)).toBe('none quarantined');
  });

  it('waits between attempts, and stops when the budget is used up', async () => {
    using world = createWorld({
      ...{ verify_timeout: '2s', backoff: { jitter: 0 }, breaker: { ladders: 99, pause: '0s' } },
      ladders: { unhealthy: ['restart'] },
    });
    world.state.onAct = () => undefined;
    const healer = world.healer();
    const outcomes = new Set<string>();
    for (let ask = 0; ask < 30; ask++) {
      outcomes.add((await healer.recover(request)).outcome);
      await world.clock.advance(10_000);
    }
    expect(world.acts).toHaveLength(3);
    expect([...outcomes].sort()).toEqual(['backoff', 'budget', 'started']);
    const [first = 0, second = 0, third = 0] = world.acts.map(({ at }) => at);
    expect([second - first, third - second]).toEqual([30_000, 60_000]);
    expect(world.ports.ladders.get(homelab)?.page).toMatchObject({ verdict: 'unhealthy' });
  });

  it('asks a person where the budget leaves no step for long, and goes on when it is free again', async () => {
    using world = createWorld({ ...noWait, budget: { attempts: 1 } });
    world.state.onAct = () => undefined;
    const healer = world.healer();
    expect(await askAndWait(world, healer)).toBe('restart started');
    expect(world.ports.ladders.get(homelab)?.page).toBeUndefined();
    const decision = await healer.recover(request);
    expect(decision).toMatchObject({ outcome: 'budget', reason: expect.stringContaining('a person is asked') });
    expect(world.ports.ladders.get(homelab)).toMatchObject({ page: { verdict: 'unhealthy' }, endedAt: undefined });
    await world.clock.advance(3_600_000);
    expect(await askAndWait(world, healer)).toBe('reregister started');
    world.becomeWell();
    healer.observe();
    expect(world.ports.ladders.get(homelab)).toBeUndefined();
  });

  it('touches a stuck job only where that is allowed', async () => {
    using world = createWorld({ ...noWait, allow_stuck_busy: true, ladders: { 'stuck-busy': ['restart', 'page'] } });
    world.state.judged = judgedAs('stuck-busy');
    world.state.registrations = [registration({ busy: true })];
    expect(await askAndWait(world)).toBe('restart started');
    expect(world.acts).toHaveLength(1);
  });

  it('waits first where the session of another is in the way, at no cost of the budget', async () => {
    using world = createWorld(noWait);
    world.state.judged = judgedAs('session-conflict');
    expect(await askAndWait(world)).toBe('wait started');
    expect(world.ports.store.startsSince(0)).toEqual([]);
    expect(world.acts).toEqual([]);
  });

  it('heals as many at a time as are allowed', async () => {
    using world = createWorld({ max_concurrent: 2 });
    world.state.onAct = () => undefined;
    const healer = world.healer();
    const asked = ['a', 'b', 'c'].map((runner) => healer.recover({ runner, alerts: [] }));
    expect((await Promise.all(asked)).map(({ outcome }) => outcome)).toEqual(['started', 'started', 'waiting']);
    expect([...healer.acting()]).toEqual(['a', 'b']);
    await world.clock.advance(6 * minute);
    await healer.settled();
    expect(healer.acting().size).toBe(0);
  });

  it('leaves all open when it is stopped in the middle, and goes on with the next step after it', async () => {
    using world = createWorld(noWait);
    world.state.onAct = () => undefined;
    const stop = new AbortController();
    const healer = world.healer(stop);
    await healer.recover(request);
    stop.abort(new Error('stopped'));
    await healer.settled();
    expect(world.counted).toEqual(['restart started']);
    world.ports.ladders.closeInterrupted();
    expect(world.ports.store.closeInterrupted(world.clock.now())).toBe(1);
    expect(world.ports.ladders.get(homelab)?.steps).toMatchObject([{ action: 'restart', outcome: 'interrupted' }]);
    expect(await askAndWait(world)).toBe('reregister started');
  });

  it('does not count one that only waits among those that are healed', async () => {
    using world = createWorld({ ladders: { unhealthy: ['wait', 'restart'] } });
    world.state.onAct = () => undefined;
    const healer = world.healer();
    const outcomes: string[] = [];
    for (const runner of ['a', 'b']) outcomes.push((await healer.recover({ runner, alerts: [] })).outcome);
    expect(outcomes).toEqual(['started', 'started']);
    await world.clock.advance(6 * minute);
    await healer.settled();
  });

  it('calls nobody for a runner that somebody stopped, or that is gone', async () => {
    using world = createWorld({ ladders: { unhealthy: ['page'] } });
    const healer = world.healer();
    const page = () => world.ports.ladders.get(homelab)?.page;
    await healer.recover(request);
    world.state.judged = judgedAs('unknown');
    healer.observe();
    expect(page()).toMatchObject({ verdict: 'unhealthy' });
    world.state.judged = undefined;
    healer.observe();
    await world.clock.advance(60 * minute - 1);
    healer.observe();
    expect(page()).toMatchObject({ verdict: 'unhealthy' });
    world.state.judged = judgedAs('stopped');
    healer.observe();
    expect(world.ports.ladders.get(homelab)).toMatchObject({ page: undefined, endedAt: expect.any(Number) });
    world.state.judged = undefined;
    healer.observe();
    await world.clock.advance(60 * minute);
    healer.observe();
    expect(world.ports.ladders.all()).toEqual([]);
  });
});
