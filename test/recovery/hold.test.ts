import { expect, it } from 'vitest';
import { RecoveryConfig } from '../../src/recovery/config.ts';
import { pause, release } from '../../src/recovery/hold.ts';
import { whyOf } from '../../src/recovery/ladder-why.ts';
import { createWorld, homelab, judgedAs, request, type World } from './support/world.ts';

const by = { runner: homelab, by: 'ann' };
const none = { pause: false, quarantine: false, ladder: false };

function whyNow({ ports, state }: World, acting = false) {
  return whyOf(homelab, { settings: RecoveryConfig.parse(state.config), ports, acting });
}

it('ends a pause, and tells so once', () => {
  using world = createWorld();
  expect(pause(world.ports, { ...by, forMs: 60_000, reason: 'disk' })).toEqual({ until: world.clock.now() + 60_000 });
  expect(release(world.ports, { ...by, runner: undefined })).toEqual(none);
  expect(release(world.ports, by)).toEqual({ ...none, pause: true });
  expect(release(world.ports, by)).toEqual(none);
  expect(world.audited.map(({ action, labels }) => [action, labels])).toEqual([
    ['recovery-held', { runner: homelab, by: 'ann', reason: 'disk' }],
    ['recovery-released', { runner: homelab, by: 'ann' }],
  ]);
});

it('is held by each who paused, until all have ended it', () => {
  using world = createWorld();
  const { ports, state } = world;
  const held = () =>
    whyOf(homelab, { settings: RecoveryConfig.parse(state.config), ports, acting: false })?.next.reason;
  const script = { runner: undefined, by: 'update.sh', own: true };
  pause(ports, { runner: undefined, by: 'ann', forMs: undefined, reason: 'holidays' });
  pause(ports, { ...script, forMs: 60_000, reason: 'an update' });
  expect(held()).toBe('all of recovery is paused by ann: holidays');
  expect(release(ports, script)).toEqual({ ...none, pause: true });
  expect(release(ports, script)).toEqual(none);
  expect(held()).toBe('all of recovery is paused by ann: holidays');
  pause(ports, { ...script, forMs: 60_000, reason: 'an update' });
  expect(release(ports, { runner: undefined, by: 'bob' })).toEqual({ ...none, pause: true });
  expect(ports.ladders.holds(world.clock.now())).toEqual([]);
});

it('lets the next ladder begin at once, and ends a quarantine', async () => {
  using world = createWorld({ breaker: { ladders: 1 }, ladders: { unhealthy: ['page'] } });
  const healer = world.healer();
  expect((await healer.recover(request)).outcome).toBe('paged');
  expect((await healer.recover(request)).outcome).toBe('exhausted');
  expect(release(world.ports, by)).toEqual({ ...none, ladder: true });
  world.state.config = { breaker: { ladders: 1 }, verify_timeout: '2s', ladders: { unhealthy: ['wait', 'page'] } };
  await healer.recover(request);
  await world.clock.advance(10_000);
  await healer.settled();
  expect((await healer.recover(request)).outcome).toBe('quarantined');
  expect(release(world.ports, by)).toEqual({ ...none, quarantine: true });
  expect((await healer.recover(request)).outcome).toBe('started');
});

it('tells why: what was tried, what is left, what comes next and when', async () => {
  using world = createWorld({ backoff: { jitter: 0 } });
  expect(whyNow(world)).toMatchObject({ next: { step: 'restart', at: undefined }, decisions: [], ladder: undefined });
  world.state.onAct = () => undefined;
  const healer = world.healer();
  const startedAt = world.clock.now();
  await healer.recover(request);
  expect(whyNow(world, true)).toMatchObject({ acting: true, next: { step: undefined, reason: 'a step is under way' } });
  world.state.config = { ...world.state.config, backoff: { first: '10m', jitter: 0 } };
  await world.clock.advance(6 * 60_000);
  await healer.settled();
  const why = whyNow(world);
  expect(why).toMatchObject({
    judged: { verdict: 'unhealthy', because: 'of the test' },
    steps: [{ step: 'restart', outcome: 'failed', at: startedAt }, { step: 'reregister' }, { step: 'page' }],
    budget: { left: 2, of: 3, totalLeft: 5, totalOf: 6, windowSeconds: 3600 },
    next: { step: 'reregister', reason: 'the next attempt may start in 240 s', at: startedAt + 600_000 },
    decisions: [{ action: 'restart', outcome: 'started', count: 1 }],
  });
  pause(world.ports, { ...by, forMs: undefined, reason: '' });
  expect(whyNow(world)?.next).toEqual({ step: undefined, reason: 'it is paused by ann', at: undefined });
  release(world.ports, by);
  world.state.judged = judgedAs('cut-off');
  expect(whyNow(world)?.next).toEqual({ step: undefined, reason: 'it is cut-off: of the test', at: undefined });
  world.state.judged = undefined;
  expect(whyNow(world)).toMatchObject({ judged: undefined, steps: undefined });
});

it('knows nothing of who was never heard of, and keeps a bounded number of decisions', async () => {
  using world = createWorld({ enabled: false });
  world.state.judged = undefined;
  expect(whyNow(world)).toBeUndefined();
  const healer = world.healer();
  for (let ask = 0; ask < 3; ask++) await healer.recover(request);
  expect(whyNow(world)?.decisions).toMatchObject([{ outcome: 'disabled', count: 3 }]);
  for (let ask = 0; ask < 250; ask++) {
    world.state.config = { enabled: ask % 2 === 0 };
    await healer.recover(request);
  }
  expect(whyNow(world)?.decisions).toHaveLength(100);
  for (let other = 0; other < 2100; other++) await healer.recover({ runner: `r${other}`, alerts: [] });
  expect(world.database.all('SELECT count(*) AS n FROM recovery_decision')).toEqual([{ n: 2000 }]);
});
