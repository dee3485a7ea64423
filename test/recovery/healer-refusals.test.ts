import { describe, expect, it } from 'vitest';
import { container, registration } from '../support/recovery.ts';
import { createWorld, homelab, judgedAs, request, type World } from './support/world.ts';

const minute = 60_000;

describe('healer, where something speaks against it', () => {
  it.each<[string, (world: World) => void, string]>([
    ['GitHub does not answer', ({ state }) => (state.githubFails = true), 'restart unknown'],
    ['GitHub says busy', ({ state }) => (state.registrations = [registration({ busy: true })]), 'restart busy'],
    ['no container carries its label', ({ state }) => (state.containers = []), 'restart no-container'],
    [
      'two containers carry its label',
      ({ state }) => (state.containers = ['a', 'b'].map((id) => container({ id }))),
      'restart unknown',
    ],
    ['recovery is off', ({ state }) => (state.config = { enabled: false }), 'none disabled'],
    ['it is switched off on the machine', ({ state }) => (state.off = 'there is a file'), 'none disabled'],
    ['it is a dry run', ({ state }) => (state.config = { dry_run: true }), 'restart dry-run'],
    [
      'it is well again',
      ({ state }) => {
        state.containers = [container({})];
        state.registrations = [registration({})];
      },
      'restart recovered',
    ],
    ['nothing is known of it', ({ state }) => (state.judged = undefined), 'none unknown'],
    ['the network is the cause', ({ state }) => (state.judged = judgedAs('cut-off')), 'none elsewhere'],
    ['GitHub did not say how it is', ({ state }) => (state.judged = judgedAs('unknown')), 'none unknown'],
    ['somebody stopped it', ({ state }) => (state.judged = judgedAs('stopped')), 'none stopped'],
    ['its job is stuck', ({ state }) => (state.judged = judgedAs('stuck-busy')), 'page paged'],
    ['its ladder is empty', ({ state }) => (state.config = { ladders: { unhealthy: [] } }), 'none disabled'],
    [
      'it is paused',
      ({ ports, clock }) =>
        ports.ladders.hold({ runner: homelab, at: clock.now(), until: clock.now() + 1, by: 'me', reason: '' }),
      'none paused',
    ],
    [
      'all are paused',
      ({ ports, clock }) =>
        ports.ladders.hold({ runner: undefined, at: clock.now(), until: undefined, by: 'me', reason: 'backup' }),
      'none disabled',
    ],
  ])('does nothing where %s', async (_, prepare, decided) => {
    using world = createWorld();
    prepare(world);
    const healer = world.healer();
    const { action, outcome } = await healer.recover(request);
    expect(`${action} ${outcome}`).toBe(decided);
    await healer.settled();
    expect(world.acts).toEqual([]);
    expect(world.counted).toEqual([decided]);
    expect(world.audited.map(({ action: what, labels }) => [what, labels.decision])).toEqual([
      ['recovery-decided', outcome],
    ]);
  });

  it('begins what a pause held back when that is over', async () => {
    using world = createWorld();
    const { clock, ports } = world;
    ports.ladders.hold({ runner: homelab, at: clock.now(), until: clock.now() + 1000, by: 'me', reason: '' });
    const healer = world.healer();
    expect((await healer.recover(request)).outcome).toBe('paused');
    await clock.advance(1000);
    expect((await healer.recover(request)).outcome).toBe('started');
    await healer.settled();
  });

  it('begins nothing where the evidence changed while it was asked', async () => {
    using world = createWorld();
    const { look } = world.ports.github;
    Object.assign(world.ports.github, {
      look: (...args: Parameters<typeof look>) => {
        world.state.judged = judgedAs('cut-off');
        return look(...args);
      },
    });
    expect(await world.healer().recover(request)).toMatchObject({ outcome: 'waiting' });
    expect(world.acts).toEqual([]);
  });

  it('begins nothing where somebody paused it while GitHub was asked', async () => {
    using world = createWorld();
    const { clock, ports } = world;
    const { look } = ports.github;
    Object.assign(ports.github, {
      look: (...args: Parameters<typeof look>) => {
        ports.ladders.hold({ runner: homelab, at: clock.now(), until: undefined, by: 'me', reason: '' });
        return look(...args);
      },
    });
    expect(await world.healer().recover(request)).toMatchObject({ outcome: 'paused' });
    expect(world.acts).toEqual([]);
  });

  it('restarts nothing where a job began while its registration was taken out', async () => {
    using world = createWorld({ ladders: { unhealthy: ['reregister', 'page'] } });
    world.state.onAct = () => {
      world.state.processes = ['/home/runner/bin/Runner.Worker spawnclient 1 2'];
    };
    const healer = world.healer();
    await healer.recover(request);
    for (let passed = 0; passed < 6; passed++) await world.clock.advance(minute);
    await healer.settled();
    expect(world.acts.map(({ what }) => what)).toEqual(['remove']);
  });

  it('takes a ghost out only when it is one for long, and is ours or is named', async () => {
    using world = createWorld();
    Object.assign(world.state, { containers: [], judged: judgedAs('ghost', world.clock.now() - 59 * minute) });
    world.state.onAct = () => (world.state.registrations = []);
    const healer = world.healer();
    expect((await healer.recover(request)).outcome).toBe('too-soon');
    await world.clock.advance(minute);
    expect((await healer.recover(request)).outcome).toBe('not-ours');
    world.state.config = { ghosts: { names: ['homelab'] } };
    expect((await healer.recover(request)).outcome).toBe('not-ours');
    world.state.config = { ghosts: { names: ['homelab-.'] } };
    expect(await healer.recover(request)).toMatchObject({ action: 'remove-ghost', outcome: 'started' });
    await healer.settled();
    expect(world.acts).toMatchObject([{ what: 'remove', runner: homelab }]);
    expect(world.counted.at(-1)).toBe('remove-ghost succeeded');
  });
});
