import { expect, it } from 'vitest';
import { container, registration } from '../support/recovery.ts';
import { createWorld, homelab, judgedAs, request, type World } from './support/world.ts';

const noWait = { backoff: { first: '0s', jitter: 0 }, verify_timeout: '10s' };
const short = (what: 'disk' | 'inodes' | 'memory') => ({ ...judgedAs('starved'), short: what });

/** Starved and else well, as such a runner is: a full disk does not show in its health. */
function starved(config: object = {}, what: 'disk' | 'inodes' | 'memory' = 'disk'): World {
  const world = createWorld({ ...noWait, ...config });
  world.state.containers = [container({ health: 'healthy' })];
  world.state.registrations = [registration({ labels: ['self-hosted'] })];
  world.state.judged = short(what);
  return world;
}

async function askAndWait(world: World): Promise<string> {
  const healer = world.healer();
  const { outcome, action } = await healer.recover(request);
  for (let second = 0; second < 30; second++) await world.clock.advance(1000);
  await healer.settled();
  return `${action} ${outcome}`;
}

const acts = (world: World) => world.acts.map(({ what, runner }) => `${what} ${runner}`);

it('has Docker remove what its jobs left, and restarts it, and looks whether there is room now', async () => {
  using world = starved();
  world.state.onAct = ({ what }) => what === 'restart' && world.becomeWell();
  expect(await askAndWait(world)).toBe('clean-up started');
  expect(acts(world)).toEqual(['prune job-containers', 'restart github-runner-1']);
  expect(world.counted).toEqual(['clean-up started', 'clean-up succeeded']);
});

it('has failed where it is still starved, however healthy', async () => {
  using world = starved({ ladders: { starved: ['clean-up', 'page'] } });
  world.state.onAct = () => undefined;
  expect(await askAndWait(world)).toBe('clean-up started');
  expect(world.counted).toEqual(['clean-up started', 'clean-up failed', 'page paged']);
});

it('removes what others may need only where that is said', async () => {
  using world = starved({ clean_up: { job_containers: false, images: true, build_cache: true, age: '90m' } });
  const asked: object[] = [];
  Object.assign(world.ports.docker, { prune: async (prune: object) => asked.push(prune) });
  await askAndWait(world);
  expect(asked).toEqual([
    { what: 'images', hours: 2 },
    { what: 'build-cache', hours: 2 },
  ]);
});

it('restarts also where Docker, or its proxy, refuses to remove anything', async () => {
  using world = starved();
  Object.assign(world.ports.docker, {
    prune: async () => {
      throw new Error('Docker refused /containers/prune with 403');
    },
  });
  await askAndWait(world);
  expect(acts(world)).toEqual(['restart github-runner-1']);
});

it('does not restart where a job began while Docker cleaned up', async () => {
  using world = starved();
  world.state.onAct = () => (world.state.registrations = [registration({ busy: true })]);
  await askAndWait(world);
  expect(acts(world)).toEqual(['prune job-containers']);
  expect(world.counted).toContain('clean-up failed');
});

it('is left out where memory is short: a person is asked at once, whatever the budget', async () => {
  using world = starved({ ladders: { starved: ['clean-up', 'page'] } }, 'memory');
  for (let attempt = 0; attempt < 3; attempt++) {
    world.ports.store.begin({ runner: homelab, container: '', action: 'restart', alerts: [] }, world.clock.now());
  }
  expect(await askAndWait(world)).toBe('page paged');
  expect(world.acts).toEqual([]);
  const reason = 'what is short is memory, and there is none to clean up';
  expect(world.ports.ladders.get(homelab)).toMatchObject({
    steps: [{ action: 'clean-up', outcome: 'skipped', reason }],
    // Nothing was tried, so nothing failed.
    failures: 0,
  });
});
