import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canServe, decideScaling, type ScaledRunner, type ScalingView } from '../../src/recovery/scaling.ts';
import { ScalingConfig } from '../../src/recovery/scaling-config.ts';

const minute = 60_000;
const config = ScalingConfig.parse({ min: 2, max: 4 });

function runner(name: string, given: Partial<ScaledRunner> = {}): ScaledRunner {
  return {
    ...{ runner: name, isMember: true, isRunning: false, verdict: 'stopped', labels: ['self-hosted', 'gpu'] },
    ...{ scopes: ['o/r'], barred: undefined, idleMs: undefined },
    ...given,
  };
}
const up = { isRunning: true, verdict: 'healthy', idleMs: 0 };
const always = [1, 2].map((index) => runner(`r${index}`, { ...up, isMember: false, labels: ['self-hosted'] }));
const job = (minutes: number, labels = ['gpu']) => ({ labels, scopes: ['o/r'], waitedMs: minutes * minute });

function decide(runners: readonly ScaledRunner[], given: Partial<ScalingView> = {}) {
  const { move, left } = decideScaling({ runners: [...always, ...runners], jobs: [], restMs: 0, ...given }, config);
  return [move ? `${move.move} ${move.runner}` : 'nothing', ...left.values()];
}

describe('a runner of the pool', () => {
  it.each([
    ['a job has waited', [runner('r3')], { jobs: [job(2)] }, ['start r3']],
    [
      'it has not waited long',
      [runner('r3')],
      { jobs: [job(0.5)] },
      ['nothing', 'no job has waited long enough for it'],
    ],
    [
      'another can take it',
      [runner('r3')],
      { jobs: [job(2, ['self-hosted'])] },
      ['nothing', expect.stringMatching('no job')],
    ],
    ['more wait than are free', [runner('r3')], { jobs: [1, 2, 3].map(() => job(2, ['self-hosted'])) }, ['start r3']],
    ['it has not the label', [runner('r3')], { jobs: [job(2, ['arm'])] }, ['nothing', expect.stringMatching('no job')]],
    ['nothing is asked for', [runner('r3')], { jobs: [job(2, [])] }, ['nothing', expect.stringMatching('no job')]],
    [
      'one that can comes up',
      [runner('r3', { isRunning: true, verdict: 'starting' }), runner('r4')],
      { jobs: [job(2)] },
      ['nothing', 'it is starting', expect.stringMatching('no job')],
    ],
    [
      'the one that can is busy',
      [runner('r3', { ...up, verdict: 'busy' }), runner('r4')],
      { jobs: [job(2)] },
      ['start r4', 'it is busy'],
    ],
    ['somebody stopped it', [runner('r3', { barred: 'of a person' })], { jobs: [job(2)] }, ['nothing', 'of a person']],
    [
      'one was started just now',
      [runner('r3')],
      { jobs: [job(2)], restMs: 1 },
      ['nothing', expect.stringMatching('moment')],
    ],
    [
      'so many run already',
      [runner('r3', { ...up, verdict: 'busy' }), runner('r4', { ...up, verdict: 'busy' }), runner('r5')],
      { jobs: [job(2)] },
      ['nothing', 'it is busy', 'it is busy', expect.stringMatching('scaling.max')],
    ],
    ['the queue is not known', [runner('r3')], { jobs: undefined }, ['nothing', 'the queue is not known']],
  ] as const)('is started only for a job that waits for it: %s', (_, runners, given, expected) => {
    expect(decide(runners, given)).toEqual(expected);
  });

  const idle = { ...up, idleMs: 20 * minute };
  it.each([
    ['long idle', [runner('r3', idle)], {}, ['stop r3']],
    [
      'the longest first',
      [runner('r3', idle), runner('r4', { ...up, idleMs: 30 * minute })],
      {},
      ['stop r4', 'another one is first'],
    ],
    ['idle a while', [runner('r3', up)], {}, ['nothing', expect.stringMatching('short while ago')]],
    ['a job just came', [runner('r3', idle)], { jobs: [job(0)] }, ['nothing', 'a job waits that it can take']],
    ['of others', [runner('r3', idle)], { jobs: [job(0, ['arm'])] }, ['stop r3']],
    ['not well', [runner('r3', { ...idle, verdict: 'unknown' })], {}, ['nothing', 'it is unknown']],
    ['one moved just now', [runner('r3', idle)], { restMs: 1 }, ['nothing', expect.stringMatching('moment ago')]],
    ['the queue is not known', [runner('r3', idle)], { jobs: undefined }, ['nothing', 'the queue is not known']],
  ] as const)('is stopped when it has had nothing to do for long: %s', (_, runners, given, expected) => {
    expect(decide(runners, given)).toEqual(expected);
  });

  it('stays where fewer than the least are well without it', () => {
    const [first, second] = always;
    if (!first || !second) throw new Error('two are always there');
    const ill = { ...second, verdict: 'zombie' };
    const view = { runners: [first, ill, runner('r3', idle)], jobs: [], restMs: 0 };
    expect(decideScaling(view, config).left.get('r3')).toBe('2 runners are well, and recovery.scaling.min wants 2');
  });
});

describe('ScalingConfig', () => {
  it('takes no more at least than at most', () => {
    expect(ScalingConfig.safeParse({ min: 3, max: 2 }).error?.issues[0]).toMatchObject({ path: ['max'] });
    expect(ScalingConfig.parse({})).toMatchObject({ enabled: false, min: 2, max: 5, wait: minute, idle: 15 * minute });
  });
});

const labels = fc.subarray(['self-hosted', 'gpu', 'arm']);
const scopes = fc.subarray(['o/r', 'acme'], { minLength: 1 });
const anyRunner = fc.record({
  isMember: fc.boolean(),
  isRunning: fc.boolean(),
  verdict: fc.constantFrom('healthy', 'healthy', 'busy', 'starting', 'stopped', 'zombie', 'unknown'),
  labels,
  scopes,
  barred: fc.constantFrom(undefined, 'of a person'),
  idleMs: fc.constantFrom(undefined, 0, 14 * minute, 20 * minute),
});
const view: fc.Arbitrary<ScalingView> = fc.record({
  runners: fc
    .array(anyRunner, { maxLength: 7 })
    .map((all) => all.map((one, index) => ({ ...one, runner: `r${index}` }))),
  jobs: fc.option(
    fc.array(fc.record({ labels, scopes, waitedMs: fc.constantFrom(0, minute, 9 * minute) }), { maxLength: 4 }),
    {
      nil: undefined,
    },
  ),
  restMs: fc.constantFrom(0, 0, 1000),
});

describe('scaling', () => {
  const always = (holds: (given: ScalingView, moved: ScaledRunner, move: 'start' | 'stop') => void) => {
    let moves = 0;
    fc.assert(
      fc.property(view, (given) => {
        const { move, left } = decideScaling(given, config);
        const members = given.runners.filter(({ isMember }) => isMember).map((one) => one.runner);
        // Each is told of, once.
        expect([...left.keys(), ...(move ? [move.runner] : [])].sort()).toEqual([...members].sort());
        const moved = given.runners.find((one) => one.runner === move?.runner);
        if (!move || !moved) return;
        moves += 1;
        holds(given, moved, move.move);
      }),
      { numRuns: 3000 },
    );
    expect(moves).toBeGreaterThan(50);
  };
  const running = ({ runners }: ScalingView) => runners.filter(({ isRunning }) => isRunning);

  it('never stops below the least and never starts above the most', () => {
    always((given, _, move) => {
      const well = running(given).filter(({ verdict }) => verdict === 'healthy' || verdict === 'busy');
      if (move === 'stop') expect(well.length - 1).toBeGreaterThanOrEqual(config.min);
      else expect(running(given).length + 1).toBeLessThanOrEqual(config.max);
    });
  });

  it('touches members alone, and never one that a person stopped', () => {
    always((_, moved, move) => {
      expect(moved.isMember).toBe(true);
      if (move === 'start') expect(moved.barred).toBeUndefined();
    });
  });

  it('never stops one that works, or that a job waits for', () => {
    always((given, moved, move) => {
      if (move === 'start') return;
      expect(moved).toMatchObject({ verdict: 'healthy', isRunning: true });
      expect(given.jobs?.some((job) => canServe(moved, job))).toBe(false);
      expect(moved.idleMs).toBeGreaterThanOrEqual(config.idle);
    });
  });

  it('starts one only for a job that it can take and that has waited', () => {
    always((given, moved, move) => {
      if (move === 'stop') return;
      expect(given.jobs?.some((job) => canServe(moved, job) && job.waitedMs >= config.wait)).toBe(true);
    });
  });

  it('does nothing while it does not see the queue, or rests', () => {
    always(({ jobs, restMs }) => {
      expect(jobs).toBeDefined();
      expect(restMs).toBe(0);
    });
  });
});
