import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ContainerDetails } from '../../src/model/container.ts';
import { RecoveryConfig } from '../../src/recovery/config.ts';
import { createDrains } from '../../src/recovery/drains.ts';
import { createScaler } from '../../src/recovery/scaler.ts';
import type { WaitingJob } from '../../src/recovery/scaling.ts';
import { createStandbyStore } from '../../src/state/standby.ts';
import { container, registration } from '../support/recovery.ts';
import { createWorld, homelab, judgedAs } from './support/world.ts';

const minute = 60_000;
const settings = { scaling: { enabled: true, min: 1, max: 3 } };
const gpu = (waitedMs: number): WaitingJob => ({ labels: ['gpu'], scopes: ['o/r'], waitedMs });
const signal = new AbortController().signal;

/** One member, over the real stores, beside one runner that always runs. */
function createPool(config: object = settings) {
  const world = createWorld();
  const { database, clock } = world;
  let runs = 0;
  const state = {
    ...{ config, jobs: [] as readonly WaitingJob[] | undefined, healing: new Set<string>(), fails: false },
    /** What becomes true as soon as no more jobs are kept from it. */
    onCordon: () => undefined as unknown,
    counted: [] as string[],
  };
  const of = (running: boolean, exitCode = 143): ContainerDetails => {
    const made = container({ running, exitCode, health: running ? 'healthy' : 'none' });
    const startedAt = runs === 0 ? undefined : runs;
    return { ...made, state: { ...made.state, startedAt, ...(runs === 0 && { status: 'created' }) } };
  };
  const isUp = () => world.state.containers.some((one) => one.state.running);
  function begin(): void {
    runs += 1;
    world.state.containers = [of(true)];
    world.state.registrations = [registration({ customLabels: ['gpu'] })];
    world.state.judged = judgedAs('healthy');
  }
  function end(): void {
    world.state.containers = [of(false)];
    world.state.judged = judgedAs('stopped');
  }
  world.state.onAct = ({ what }) => {
    if (what === 'stop' && state.fails) throw new Error('Docker says no');
    if (what === 'stop') end();
    if (what === 'start') begin();
  };
  end();
  const draining = new Set<string>();
  Object.assign(world.ports, { isDraining: (runner: string) => draining.has(runner) });
  const drains = createDrains(world.ports, draining, signal);
  const scaler = () =>
    createScaler(() => RecoveryConfig.parse(state.config), {
      recovery: world.ports,
      pool: async () => [
        ...[{ runner: 'always', isMember: false, isRunning: true, details: undefined, labels: [], scopes: ['o/r'] }],
        ...world.state.containers.map((details) => ({
          ...{ runner: homelab, isMember: true, isRunning: details.state.running, details },
          ...{ labels: ['gpu'], scopes: ['o/r'] },
        })),
      ],
      queue: () => state.jobs,
      drains,
      standby: createStandbyStore(database),
      meter: { count: (move, outcome) => state.counted.push(`${move} ${outcome}`) },
      healing: () => state.healing,
    });
  let current = scaler();
  /** A drain takes time, within the look. */
  async function throughDrains(look: Promise<void>): Promise<void> {
    let isOver = false;
    const over = look.then(() => {
      isOver = true;
    });
    for (await clock.advance(0); !isOver; await clock.advance(1000)) if (draining.size > 0) state.onCordon();
    await over;
  }
  return {
    ...{ world, state, begin, end, isUp },
    starts: () => world.acts.filter(({ what }) => what === 'start').length,
    stops: () => world.acts.filter(({ what }) => what === 'stop').length,
    /** So long, a look each 15 s. */
    async pass(ms: number, each: () => void = () => undefined) {
      for (let passed = 0; passed < ms; passed += 15_000) {
        await clock.advance(15_000);
        each();
        await throughDrains(current.look(signal));
      }
    },
    restart: () => (current = scaler()),
    standby: () => current.standby(),
    told: () =>
      world.ports.ladders.rulings(homelab).map(({ action, outcome, reason }) => ({ action, outcome, reason })),
    [Symbol.dispose]: () => world[Symbol.dispose](),
  };
}

describe('scaling', () => {
  it('starts a member for a job that waits, stops it when it is idle, and starts it again after a restart of its own', async () => {
    using pool = createPool();
    await pool.pass(minute);
    expect([pool.isUp(), pool.standby()]).toEqual([false, [homelab]]);
    pool.state.jobs = [gpu(2 * minute)];
    await pool.pass(15_000);
    expect(pool.isUp()).toBe(true);
    expect(pool.told()[0]).toEqual({ action: 'scale-up', outcome: 'started', reason: 'a job waits for gpu' });
    pool.state.jobs = [];
    pool.world.state.judged = judgedAs('busy');
    await pool.pass(60 * minute);
    expect(pool.isUp()).toBe(true);
    pool.world.state.judged = judgedAs('healthy');
    await pool.pass(14 * minute);
    expect(pool.isUp()).toBe(true);
    await pool.pass(3 * minute);
    expect([pool.isUp(), pool.stops()]).toEqual([false, 1]);
    pool.restart();
    await pool.pass(2 * minute);
    expect(pool.standby()).toEqual([homelab]);
    pool.state.jobs = [gpu(2 * minute)];
    await pool.pass(15_000);
    expect([pool.isUp(), pool.starts()]).toEqual([true, 2]);
    expect(pool.state.counted.filter((one) => !one.startsWith('none'))).toEqual([
      ...['start started', 'stop stopped', 'start started'],
    ]);
    const decided = 'scaling-decided';
    expect(pool.world.audited.map(({ action }) => action)).toEqual([
      ...[decided, 'runner-cordoned', 'runner-uncordoned', decided, decided],
    ]);
  });

  it('leaves one down that a person stopped, also the run after its own stop', async () => {
    using pool = createPool();
    pool.begin();
    await pool.pass(16 * minute);
    expect(pool.stops()).toBe(1);
    // A person starts it, and stops it.
    pool.begin();
    await pool.pass(15_000);
    pool.end();
    pool.state.jobs = [gpu(60 * minute)];
    await pool.pass(10 * minute);
    expect([pool.isUp(), pool.starts(), pool.standby()]).toEqual([false, 0, []]);
    expect(pool.told()[0]).toEqual({
      ...{ action: 'none', outcome: 'left' },
      reason: 'its container is exited, and it was not Runnerwatch that stopped it',
    });
  });

  it.each([
    ['it is switched off', { state: { config: {} } }],
    ['recovery is', { state: { config: { ...settings, enabled: false } } }],
    ['nothing is to be touched', { state: { config: { ...settings, dry_run: true } } }],
    ['healing is under way', { state: { healing: new Set(['other']) } }],
    ['the machine says so', { world: { off: 'a file' } }],
    ['GitHub does not answer', { world: { githubFails: true } }],
  ] as const)('starts nothing where %s', async (_, { state = {}, world = {} }: { state?: object; world?: object }) => {
    using pool = createPool();
    Object.assign(pool.state, { jobs: [gpu(5 * minute)] }, state);
    Object.assign(pool.world.state, world);
    await pool.pass(10 * minute);
    expect(pool.starts()).toBe(0);
  });

  it('starts nothing while it is paused, and stops nothing', async () => {
    using pool = createPool();
    pool.world.ports.ladders.hold({ runner: homelab, at: 0, until: undefined, by: 'me', reason: 'disk' });
    pool.state.jobs = [gpu(5 * minute)];
    await pool.pass(5 * minute);
    expect(pool.told()[0]).toMatchObject({ action: 'scale-up', outcome: 'paused' });
    // Told once, however often it is asked.
    expect(pool.world.audited).toHaveLength(1);
    pool.state.jobs = [];
    pool.begin();
    await pool.pass(20 * minute);
    expect([pool.starts(), pool.stops()]).toEqual([0, 0]);
  });

  it.each([
    ['GitHub says busy', { registrations: [registration({ busy: true })] }],
    ['a worker process runs', { processes: ['/home/runner/bin/Runner.Worker spawnclient 1 2'] }],
    ['GitHub sees it offline', { registrations: [registration({ status: 'offline' })] }],
  ])('does not stop one at the last moment where %s', async (_, found) => {
    using pool = createPool();
    pool.begin();
    Object.assign(pool.world.state, found);
    await pool.pass(20 * minute);
    expect(pool.stops()).toBe(0);
    expect(pool.told()[0]?.action).toBe('scale-down');
  });

  it('keeps jobs away first, and leaves one alone that got a job all the same', async () => {
    using pool = createPool();
    pool.begin();
    pool.state.onCordon = () =>
      Object.assign(pool.world.state, { processes: ['/home/runner/bin/Runner.Worker spawnclient 1 2'] });
    await pool.pass(16 * minute);
    expect(pool.told()).toContainEqual({
      ...{ action: 'scale-down', outcome: 'failed', reason: expect.stringContaining('not idle in time') },
    });
    expect(pool.world.acts.map(({ what }) => what)).toEqual(['take labels', 'give labels']);
    // What a person stops then stays stopped.
    pool.end();
    pool.state.jobs = [gpu(60 * minute)];
    await pool.pass(10 * minute);
    expect([pool.isUp(), pool.starts()]).toEqual([false, 0]);
  });

  it('takes a stop that failed for nothing that it did', async () => {
    using pool = createPool();
    pool.begin();
    pool.state.fails = true;
    await pool.pass(16 * minute);
    expect(pool.state.counted).toContain('stop failed');
    pool.end();
    pool.state.jobs = [gpu(5 * minute)];
    await pool.pass(10 * minute);
    expect(pool.starts()).toBe(0);
  });

  it('does not flap, whatever the queue does', async () => {
    const queue = fc.constantFrom<readonly WaitingJob[] | undefined>([], [], [gpu(5 * minute)], undefined);
    const beats = fc.array(fc.tuple(queue, fc.integer({ min: 1, max: 100 })), { minLength: 10, maxLength: 20 });
    let stops = 0;
    await fc.assert(
      fc.asyncProperty(beats, async (queues) => {
        using pool = createPool();
        const changes: number[] = [];
        let was = pool.isUp();
        for (const [jobs, looks] of queues) {
          pool.state.jobs = jobs;
          await pool.pass(looks * 15_000, () => {
            if (pool.isUp() !== was) changes.push(pool.world.clock.monotonic());
            was = pool.isUp();
          });
        }
        stops += pool.stops();
        const apart = changes.slice(1).map((at, index) => at - (changes[index] ?? 0));
        // From a start to a stop, the whole time of idling; from a stop to a start the cooldown.
        for (const [index, ms] of apart.entries()) {
          expect(ms).toBeGreaterThanOrEqual(index % 2 === 0 ? 15 * minute : 2 * minute);
        }
      }),
      { numRuns: 20 },
    );
    expect(stops).toBeGreaterThan(10);
  }, 60_000);
});
