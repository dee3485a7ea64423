import { expect, it } from 'vitest';
import { cordon, uncordon } from '../../src/recovery/cordon.ts';
import { container, registration } from '../support/recovery.ts';
import { createWorld, homelab, judgedAs, request, type World } from './support/world.ts';

const { signal } = new AbortController();
const settings = { backoff: { first: '0s', jitter: 0 }, ladders: { starved: ['cordon', 'page'] } };
const byAnn = { runner: homelab, by: 'ann', purpose: 'person' } as const;

function starved(config: object = {}, labels: readonly string[] = ['gpu', 'lan']): World {
  const world = createWorld({ ...settings, ...config });
  world.state.containers = [container({ health: 'healthy' })];
  world.state.registrations = [registration({ customLabels: labels })];
  world.state.judged = judgedAs('starved');
  return world;
}

const labelsAt = ({ state }: World) => state.registrations.map(({ runner }) => runner.customLabels);
const acts = (world: World) => world.acts.map(({ what }) => what);

async function ask(world: World, healer = world.healer()): Promise<string> {
  const { action, outcome } = await healer.recover(request);
  await world.clock.advance(1000);
  await healer.settled();
  return `${action} ${outcome}`;
}

/** What the healer does by itself in so many seconds. */
async function observeFor(world: World, seconds: number, healer = world.healer()): Promise<void> {
  for (let passed = 0; passed < seconds; passed += 5) {
    await world.clock.advance(5000);
    healer.observe();
    await healer.settled();
  }
}

it('takes the labels away, pages at once, and gives them back when the runner is well for a minute', async () => {
  using world = starved();
  const healer = world.healer();
  expect(await ask(world, healer)).toBe('cordon started');
  expect(labelsAt(world)).toEqual([[]]);
  expect(world.counted).toEqual(['cordon started', 'cordon succeeded', 'page paged']);
  world.becomeWell();
  world.state.registrations = [registration({ customLabels: [] })];
  await observeFor(world, 55, healer);
  expect(labelsAt(world)).toEqual([[]]);
  await observeFor(world, 10, healer);
  expect(labelsAt(world)).toEqual([['gpu', 'lan']]);
  expect(world.ports.cordons.all()).toEqual([]);
  expect(world.audited.map(({ action }) => action).filter((action) => action.startsWith('runner-'))).toEqual([
    'runner-cordoned',
    'runner-uncordoned',
  ]);
});

it('is skipped, with the reason, where a runner has no labels of its own to lose', async () => {
  using world = starved({}, []);
  expect(await ask(world)).toBe('page paged');
  expect(world.ports.ladders.get(homelab)?.steps).toMatchObject([
    { action: 'cordon', outcome: 'skipped', reason: expect.stringContaining('no labels that were given to it') },
  ]);
});

it('remembers labels before it takes them, and gives them back after a restart', async () => {
  using world = starved();
  let remembered = 0;
  Object.assign(world.ports.github, {
    removeLabels: async () => {
      remembered = world.ports.cordons.all().length;
      world.state.registrations = [registration({ customLabels: [] })];
      throw new Error('the answer was lost');
    },
  });
  await ask(world);
  expect(remembered).toBe(1);
  world.state.judged = judgedAs('healthy', world.clock.now());
  await observeFor(world, 70);
  expect(labelsAt(world)).toEqual([['gpu', 'lan']]);
});

it('gives labels to nobody where the registration is another one now', async () => {
  using world = starved();
  await ask(world);
  world.state.registrations = [registration({ id: 2, customLabels: ['own'] })];
  world.state.judged = judgedAs('healthy', world.clock.now());
  await observeFor(world, 70);
  expect(labelsAt(world)).toEqual([['own']]);
  expect([acts(world), world.ports.cordons.all()]).toEqual([['take labels'], []]);
});

it('goes on trying where GitHub does not answer, and forgets nothing', async () => {
  using world = starved();
  await ask(world);
  world.state.judged = judgedAs('healthy', world.clock.now());
  world.state.githubFails = true;
  await observeFor(world, 200);
  expect(world.ports.cordons.all()).toMatchObject([{ labels: ['gpu', 'lan'] }]);
  world.state.githubFails = false;
  await observeFor(world, 70);
  expect(labelsAt(world)).toEqual([['gpu', 'lan']]);
});

it.each([
  ['dry_run is true', { dry_run: true }],
  ['recovery is off', { enabled: false }],
])('gives nothing back while %s', async (_, config) => {
  using world = starved();
  await ask(world);
  world.state.judged = judgedAs('healthy', world.clock.now());
  world.state.config = { ...settings, ...config };
  await observeFor(world, 100);
  expect(acts(world)).toEqual(['take labels']);
});

it("leaves a person's cordon to a person, also where recovery had cordoned before", async () => {
  using world = starved();
  await ask(world);
  expect(await cordon(world.ports, byAnn, world.state.registrations, signal)).toEqual(['gpu', 'lan']);
  world.state.judged = judgedAs('healthy', world.clock.now());
  await observeFor(world, 100);
  expect(labelsAt(world)).toEqual([[]]);
  expect(await uncordon(world.ports, byAnn, signal)).toEqual({ given: ['gpu', 'lan'], isAnother: false });
  expect(labelsAt(world)).toEqual([['gpu', 'lan']]);
  expect(await uncordon(world.ports, byAnn, signal)).toEqual({ given: undefined, isAnother: false });
});

it('keeps what a runner was given while it was cordoned', async () => {
  using world = starved();
  await cordon(world.ports, byAnn, world.state.registrations, signal);
  world.state.registrations = [registration({ customLabels: ['new'] })];
  await cordon(world.ports, byAnn, world.state.registrations, signal);
  expect(world.ports.cordons.of(homelab)).toMatchObject([{ labels: ['gpu', 'lan', 'new'] }]);
});
