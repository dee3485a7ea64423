import { describe, expect, it } from 'vitest';
import { cordonRunner, uncordonRunner } from '../../src/commands/runners-cordon.ts';
import { drainRunner } from '../../src/commands/runners-drain.ts';
import { pauseRunner } from '../../src/commands/runners-pause.ts';
import { releaseRunner } from '../../src/commands/runners-release.ts';
import { explainRunner } from '../../src/commands/runners-why.ts';
import { recordedIo } from './support.ts';

const noon = '2026-01-01T12:00:00.000Z';
const later = '2026-01-01T12:10:00.000Z';
const why = {
  ...{ runner: 'ci-1', acting: false, dryRun: true },
  judged: {
    ...{ verdict: 'zombie', because: 'its container runs, but GitHub says offline', since: noon },
    facts: [
      { name: 'github', value: 'offline', source: 'github', at: noon, isOld: false },
      { name: 'egress', value: true, source: 'health-check', isOld: true },
    ],
  },
  holds: [{ at: noon, by: 'ann', reason: 'new disk' }],
  steps: [
    {
      step: 'restart',
      verdict: 'zombie',
      action: 'restart',
      at: noon,
      outcome: 'failed',
      reason: 'GitHub says offline',
    },
    { step: 'page' },
  ],
  ladder: { failures: 2, page: { at: noon, verdict: 'zombie' }, quarantinedAt: later },
  budget: { left: 1, of: 3, totalLeft: 4, totalOf: 6, windowSeconds: 3600 },
  next: { reason: 'it is paused by ann: new disk' },
  decisions: [
    {
      ...{ verdict: 'zombie', action: 'restart', outcome: 'backoff', reason: 'wait\u001b[2J' },
      ...{ firstAt: noon, lastAt: later, count: 5 },
    },
    {
      verdict: 'zombie',
      action: 'restart',
      outcome: 'started',
      reason: 'asked',
      firstAt: noon,
      lastAt: noon,
      count: 1,
    },
  ],
};

describe('runners why', () => {
  it('says how the runner is, what was tried, what stands in the way and what comes next', async () => {
    const io = recordedIo({}, { status: 200, body: { data: why } });
    expect(await explainRunner(io, 'ci 1', { url: undefined, json: false })).toBe(0);
    expect(io.asked).toEqual(['http://127.0.0.1:9478/api/v1/runners/why?runner=ci+1']);
    expect(io.printed).toEqual([
      `ci-1: zombie since ${noon}, its container runs, but GitHub says offline`,
      `  evidence    github=offline (github, told ${noon})`,
      '  evidence    egress=true (health-check, too old to count)',
      '  dry run     nothing is touched',
      '  paused      by ann until it is released: new disk',
      `  page        a person was asked at ${noon}, for zombie`,
      `  quarantine  since ${later}, after 2 ladders`,
      "  budget      1 of 3 left, of all runners' 4 of 6, in 3600 s",
      `  step        restart: failed (${noon}), GitHub says offline`,
      '  step        page: not tried',
      '  next        nothing: it is paused by ann: new disk',
      '  decisions',
      `    ${noon} to ${later}, 5 times: zombie, restart: backoff, wait [2J`,
      `    ${noon}: zombie, restart: started, asked`,
    ]);
  });

  it('prints JSON, and rejects with what the instance says', async () => {
    const io = recordedIo({}, { status: 200, body: { data: why } });
    expect(await explainRunner(io, 'ci-1', { url: undefined, json: true })).toBe(0);
    expect(JSON.parse(io.printed.join('\n'))).toMatchObject({ runner: 'ci-1', next: { reason: why.next.reason } });
    const none = recordedIo({}, { status: 404, body: { status: 'error', error: 'found no runner' } });
    await expect(explainRunner(none, 'ci-1', { url: undefined, json: false })).rejects.toThrow('found no runner');
  });
});

const options = { url: undefined, json: false, name: 'ci-1', all: false, by: 'ann', tokenFile: undefined };
const pauseOptions = { ...options, time: '30m', reason: '' };

describe('runners pause and release', () => {
  it('says until when a runner is paused', async () => {
    const io = recordedIo({}, { status: 200, body: { data: { until: later, known: true } } });
    expect(await pauseRunner(io, pauseOptions)).toBe(0);
    expect(io.asked).toEqual(['http://127.0.0.1:9478/api/v1/runners/pause']);
    expect([...io.printed, ...io.failed]).toEqual([`ci-1 is paused until ${later}`]);
  });

  it('warns where nobody knows the runner, and pauses all of recovery', async () => {
    const io = recordedIo({}, { status: 200, body: { data: { known: false } } });
    expect(await pauseRunner(io, pauseOptions)).toBe(0);
    expect(io.printed).toEqual(['ci-1 is paused until it is released']);
    expect(io.failed).toEqual(['no runner is called ci-1 now; the pause is kept for when there is one']);
    const all = recordedIo({}, { status: 200, body: { data: { known: true } } });
    expect(await pauseRunner(all, { ...pauseOptions, name: undefined, all: true })).toBe(0);
    expect(all.printed).toEqual(['all of recovery is paused until it is released']);
  });

  it.each([
    [{ pause: true, quarantine: true, ladder: false }, 0, 'the pause and the quarantine of ci-1 ended'],
    [{ pause: false, quarantine: true, ladder: false }, 0, 'the quarantine of ci-1 ended'],
    [{ pause: false, quarantine: false, ladder: true }, 0, 'the wait for the next ladder of ci-1 ended'],
    [
      { pause: false, quarantine: false, ladder: false },
      1,
      'ci-1 was neither paused nor in quarantine, and no ladder of it had ended',
    ],
  ])('tells what a release ended: %j', async (data, code, text) => {
    const io = recordedIo({}, { status: 200, body: { data } });
    expect(await releaseRunner(io, options)).toBe(code);
    expect([...io.printed, ...io.failed]).toEqual([text]);
  });

  it.each([
    [{ name: undefined }, 'runnerwatch: say either the name of a runner or --all'],
    [{ all: true }, 'runnerwatch: say either the name of a runner or --all'],
    [{ by: undefined }, 'runnerwatch: say who asks with --by NAME'],
  ])('asks nobody where the command line is wrong: %j', async (given, text) => {
    const io = recordedIo();
    expect(await releaseRunner(io, { ...options, ...given })).toBe(2);
    expect(await pauseRunner(io, { ...pauseOptions, ...given })).toBe(2);
    expect(io.failed).toEqual([text, text]);
    expect(io.asked).toEqual([]);
  });
});

describe('runners cordon, uncordon and drain', () => {
  it('says which labels went and came', async () => {
    const io = recordedIo({}, { status: 200, body: { data: { labels: ['gpu', 'lan'] } } });
    expect(await cordonRunner(io, options)).toBe(0);
    expect(io.asked).toEqual(['http://127.0.0.1:9478/api/v1/runners/cordon']);
    expect(io.printed).toEqual(['ci-1 is cordoned; without its labels until it is uncordoned: gpu, lan']);
  });

  it.each([
    [{ given: ['gpu'], isAnother: false }, 0, 'ci-1 has its labels again: gpu'],
    [{ given: [], isAnother: true }, 0, 'ci-1 is registered anew and has its own labels; the cordon ended'],
    [{ isAnother: false }, 1, 'ci-1 was not cordoned'],
  ])('tells what came of an uncordon: %j', async (data, code, text) => {
    const io = recordedIo({}, { status: 200, body: { data } });
    expect(await uncordonRunner(io, options)).toBe(code);
    expect([...io.printed, ...io.failed]).toEqual([text]);
  });

  it.each([
    ['drained', 'its container is stopped', 0, 'ci-1 is drained: its container is stopped'],
    ['failed', 'it was not idle in time', 1, 'ci-1 was not drained: it was not idle in time'],
  ])('waits for the end of a drain, which is %s', async (state, reason, code, text) => {
    const body = { data: { state: 'draining', reason: 'its worker process runs' } };
    const io = recordedIo({}, { status: 200, body });
    const naps: number[] = [];
    const sleep = async (ms: number) => {
      naps.push(ms);
      if (naps.length === 3) Object.assign(body.data, { state, reason });
    };
    const drain = { ...options, timeout: '1h', stop: true };
    expect(await drainRunner(io, drain, sleep)).toBe(code);
    expect(naps).toEqual([1000, 1000, 1000]);
    expect([...io.failed, ...io.printed]).toEqual(['ci-1: its worker process runs', text]);
    expect(io.asked.at(-1)).toBe('http://127.0.0.1:9478/api/v1/runners/drain?runner=ci-1');
  });
});
