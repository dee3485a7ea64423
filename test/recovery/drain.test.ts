import { expect, it } from 'vitest';
import { createDrains } from '../../src/recovery/drains.ts';
import { container, registration } from '../support/recovery.ts';
import { createWorld, homelab, request, type World } from './support/world.ts';

const asked = { runner: homelab, by: 'ann', timeoutMs: 60_000, stop: true, graceMs: 90_000 };

function setUp(labels: readonly string[] = ['gpu']) {
  const world = createWorld();
  const draining = new Set<string>();
  Object.assign(world.ports, { isDraining: (runner: string) => draining.has(runner) });
  world.state.containers = [container({ health: 'healthy', facts: 'state=healthy worker=0' })];
  world.state.registrations = [registration({ customLabels: labels })];
  world.state.onAct = () => undefined;
  const stopping = new AbortController();
  const drains = createDrains(world.ports, draining, stopping.signal);
  return { world, drains, stopping, [Symbol.dispose]: () => world[Symbol.dispose]() };
}

async function pass({ clock }: World, seconds: number): Promise<void> {
  for (let passed = 0; passed < seconds; passed++) await clock.advance(1000);
}

const acts = ({ acts: done }: World) => done.map(({ what }) => what);
const worker = ['/home/runner/bin/Runner.Worker spawnclient 1 2'];

it('keeps jobs away, waits for the last one, stops the container, and gives the labels back', async () => {
  using set = setUp();
  const { world, drains } = set;
  world.state.processes = worker;
  expect(drains.begin(asked)).toMatchObject({ state: 'draining' });
  await pass(world, 30);
  expect(drains.of(homelab)).toMatchObject({ state: 'draining', reason: 'its worker process runs' });
  expect(acts(world)).toEqual(['take labels']);
  world.state.processes = [];
  await pass(world, 10);
  await drains.settled();
  expect(drains.of(homelab)).toMatchObject({ state: 'drained', reason: 'its container is stopped' });
  expect(acts(world)).toEqual(['take labels', 'stop', 'give labels']);
  expect(world.ports.cordons.all()).toEqual([]);
});

it.each([
  ['GitHub says busy', (world: World) => (world.state.registrations = [registration({ busy: true })])],
  ['a worker runs', (world: World) => (world.state.processes = worker)],
  [
    'its health check says that a worker runs',
    (world: World) => (world.state.containers = [container({ facts: 'state=healthy worker=1' })]),
  ],
])('stops nothing while %s, and puts all back when the time is over', async (_, become) => {
  using set = setUp();
  const { world, drains } = set;
  drains.begin(asked);
  await pass(world, 1);
  become(world);
  await pass(world, 70);
  await drains.settled();
  expect(drains.of(homelab)).toMatchObject({ state: 'failed', reason: expect.stringContaining('not idle in time') });
  expect(acts(world)).toEqual(['take labels', 'give labels']);
});

it('takes no answer for no yes', async () => {
  using set = setUp();
  const { world, drains } = set;
  drains.begin(asked);
  await pass(world, 1);
  world.state.githubFails = true;
  await pass(world, 30);
  expect(acts(world)).toEqual(['take labels']);
  world.state.githubFails = false;
  await pass(world, 10);
  await drains.settled();
  expect(acts(world)).toEqual(['take labels', 'stop', 'give labels']);
});

it('drains one without labels of its own, and says what that means', async () => {
  using set = setUp([]);
  const { world, drains } = set;
  drains.begin(asked);
  await pass(world, 0);
  await pass(world, 20);
  await drains.settled();
  expect(acts(world)).toEqual(['stop']);
});

it('leaves one that is not to be stopped cordoned, as a person wanted it', async () => {
  using set = setUp();
  const { world, drains } = set;
  drains.begin({ ...asked, stop: false });
  await pass(world, 20);
  await drains.settled();
  expect(acts(world)).toEqual(['take labels']);
  expect(world.ports.cordons.all()).toMatchObject([{ purpose: 'person', by: 'ann' }]);
});

it('is left alone by recovery meanwhile, and begun only once', async () => {
  using set = setUp();
  const { world, drains } = set;
  world.state.processes = worker;
  drains.begin(asked);
  expect(() => drains.begin(asked)).toThrow('is being drained already');
  expect(await world.healer().recover(request)).toMatchObject({ outcome: 'paused', reason: 'it is being drained' });
  expect(drains.cancel(homelab)).toBe(true);
  await drains.settledOf(homelab);
  expect(drains.of(homelab)).toMatchObject({ state: 'failed', reason: 'it was cancelled' });
  expect(world.ports.cordons.all()).toEqual([]);
});

it('is ended by the next process where this one ends: the labels come back', async () => {
  using set = setUp();
  const { world, drains, stopping } = set;
  world.state.processes = worker;
  drains.begin(asked);
  await pass(world, 5);
  stopping.abort(new Error('stopped'));
  await drains.settled();
  expect(world.ports.cordons.all()).toMatchObject([{ purpose: 'drain' }]);
  const healer = world.healer();
  healer.observe();
  await healer.settled();
  expect(acts(world)).toEqual(['take labels', 'give labels']);
});
