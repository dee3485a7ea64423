import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLog } from '../../src/lib/log.ts';
import type { AuditEvent } from '../../src/model/audit.ts';
import type { RunnerEvidence } from '../../src/model/runner.ts';
import { createVerdictKeeper, type VerdictKeeper } from '../../src/recovery/verdict-keeper.ts';
import type { Views } from '../../src/recovery/views.ts';
import { type Database, openDatabase } from '../../src/state/database.ts';
import { createRunnerVerdictStore } from '../../src/state/runner-verdicts.ts';
import {
  both,
  ended,
  hour,
  lifeless,
  minute,
  nothing,
  offline,
  online,
  running,
  unlisted,
  verdictConfig,
  viewsOf,
  working,
} from '../support/runner-evidence.ts';
import { SettableClock } from '../support/settable-clock.ts';

let clock: SettableClock;
let database: Database;
let audited: AuditEvent[];
let keeper: VerdictKeeper;

const githubFails = viewsOf('answering', 'failing');
const well: Partial<RunnerEvidence> = { ...running, ...online };

beforeEach(() => {
  clock = new SettableClock();
  database = openDatabase(':memory:');
  audited = [];
  start();
});
afterEach(() => database[Symbol.dispose]());

function start(store = createRunnerVerdictStore(database)): void {
  const audit = (event: AuditEvent): void => void audited.push(event);
  keeper = createVerdictKeeper({ clock, log: silentLog, audit, store, config: verdictConfig });
}

function look(evidence: Partial<RunnerEvidence>, views: Views = both, areFirst = false) {
  const [state] = keeper.look([{ ...nothing, ...evidence }], views, areFirst);
  return { verdict: state?.verdict, since: state?.since, evidence: state?.evidence };
}

async function later(ms: number, evidence: Partial<RunnerEvidence>, views: Views = both) {
  await clock.advance(ms);
  return look(evidence, views);
}

describe('since when a verdict holds', () => {
  it('is when it was first given, until there is another', async () => {
    const first = clock.now();
    expect(look(well)).toMatchObject({ verdict: 'healthy', since: first });
    expect(await later(hour, well)).toMatchObject({ verdict: 'healthy', since: first });
    expect(await later(minute, { ...running, ...offline })).toMatchObject({ verdict: 'zombie', since: clock.now() });
    expect(await later(minute, well)).toMatchObject({ verdict: 'healthy', since: clock.now() });
  });

  it('is kept over a restart', async () => {
    const first = clock.now();
    look(well);
    await clock.advance(hour);
    start();
    expect(look(well)).toMatchObject({ verdict: 'healthy', since: first });
  });

  it('is not changed by a start, when not all were asked yet', async () => {
    const first = clock.now();
    look(well);
    await clock.advance(hour);
    start();
    expect(look(running, githubFails, true)).toMatchObject({ verdict: 'unknown', since: clock.now() });
    expect(await later(1000, well)).toMatchObject({ verdict: 'healthy', since: first });
    expect(audited).toEqual([]);
  });

  it.each([-10 * hour, 10 * hour])('moves with a clock that is set by %i ms', async (step) => {
    const first = clock.now();
    look(well);
    await clock.advance(minute);
    clock.set(step);
    expect(look(well)).toMatchObject({ verdict: 'healthy', since: first + step });
    expect(await later(minute, well)).toMatchObject({ since: clock.now() - 2 * minute });
    start();
    expect(look(well)).toMatchObject({ since: clock.now() - 2 * minute });
  });

  it('is never in the future, where the clock was set back while nobody looked', () => {
    look(well);
    clock.set(-hour);
    start();
    expect(look(well)).toMatchObject({ verdict: 'healthy', since: clock.now() });
  });

  it('begins anew for a runner that nobody knew for a while', async () => {
    look(well);
    await clock.advance(minute);
    keeper.look([], both, false);
    start();
    expect(await later(minute, well)).toMatchObject({ since: clock.now() });
  });

  it('stays for a runner that is only not seen because Docker does not answer', async () => {
    const first = clock.now();
    look(well);
    await clock.advance(minute);
    keeper.look([], viewsOf('failing', 'answering'), false);
    expect(await later(minute, well)).toMatchObject({ since: first });
  });

  it('is told also where the disk refuses to keep it, and kept as soon as it does not', async () => {
    const store = createRunnerVerdictStore(database);
    let refuses = true;
    const save: typeof store.save = (...changes) => {
      if (refuses) throw new Error('disk full');
      store.save(...changes);
    };
    start({ load: store.load, save });
    const first = clock.now();
    expect(look(well)).toMatchObject({ verdict: 'healthy', since: first });
    refuses = false;
    expect(await later(minute, well)).toMatchObject({ since: first });
    expect(store.load()).toMatchObject([{ runner: 'r', verdict: 'healthy', since: first }]);
  });

  it('writes nothing while nothing changes', async () => {
    const store = createRunnerVerdictStore(database);
    let writes = 0;
    start({ load: store.load, save: () => void writes++ });
    look(well);
    for (let looks = 0; looks < 5; looks++) await later(minute, { ...well, cpuSeconds: looks * 50 });
    expect(writes).toBe(1);
  });
});

describe('what only watching tells', () => {
  const restarting = (restarts: number): Partial<RunnerEvidence> => ({
    ...ended(1),
    ...offline,
    ...{ containerState: 'restarting', restarts },
  });

  it('finds a loop in the restarts that nobody asked for', async () => {
    expect(look(restarting(40))).toMatchObject({ verdict: 'crashed' });
    expect(await later(minute, restarting(41))).toMatchObject({ verdict: 'crashed' });
    expect(await later(minute, restarting(42))).toMatchObject({ verdict: 'crashed' });
    expect(await later(minute, restarting(43))).toMatchObject({ verdict: 'crash-looping' });
    const up = { ...lifeless, ...offline, containerHealth: 'starting', restarts: 43 };
    expect(await later(minute, up)).toMatchObject({ verdict: 'crash-looping' });
    // A quarter of an hour later the ends are long ago.
    expect(await later(16 * minute, up)).toMatchObject({ verdict: 'starting' });
  });

  it('still knows of a loop after a restart of its own, and counts none that it did not see', async () => {
    look(restarting(1));
    await later(minute, restarting(4));
    start();
    expect(await later(minute, restarting(90))).toMatchObject({
      verdict: 'crash-looping',
      evidence: { recentEnds: 3 },
    });
  });

  it('takes restarts that Docker was asked for as no loop', async () => {
    look({ ...well, restarts: 0 });
    for (let restarts = 1; restarts <= 5; restarts++) {
      keeper.noteStop('id');
      // Each other time it is seen while it is down.
      if (restarts % 2 === 0) await later(1000, { ...ended(137), ...offline, restarts: restarts - 1 });
      const state = await later(minute, { ...running, ...offline, containerHealth: 'starting', restarts });
      expect(state).toMatchObject({ verdict: 'starting', evidence: { recentEnds: 0 } });
    }
  });

  it('takes a stop that had to kill for what somebody wanted, also after a restart, until it runs again', async () => {
    look(well);
    keeper.noteStop('id');
    // The event was faster than the look at the container.
    expect(look(well)).toMatchObject({ verdict: 'healthy' });
    expect(await later(1000, { ...ended(137), ...offline })).toMatchObject({ verdict: 'stopped' });
    start();
    expect(await later(hour, { ...ended(137), ...offline })).toMatchObject({ verdict: 'stopped' });
    expect(await later(hour, { ...well, restarts: 1 })).toMatchObject({ verdict: 'healthy' });
    expect(await later(hour, { ...ended(137), ...offline, restarts: 1 })).toMatchObject({ verdict: 'crashed' });
  });

  it('knows that GitHub listed it before, as long as that scope is watched', async () => {
    const gone = { ...running, ...unlisted, ephemeral: undefined };
    expect(look(gone)).toMatchObject({ verdict: 'unknown' });
    look(well);
    start();
    expect(await later(minute, gone)).toMatchObject({ verdict: 'unregistered' });
    expect(await later(minute, gone, { ...both, scopes: new Set(['o/other']) })).toMatchObject({ verdict: 'unknown' });
  });

  it('tells a job that hangs from one that is long but alive', async () => {
    const job = (cpuSeconds: number) => ({ ...running, ...working, worker: true, cpuSeconds });
    let cpuSeconds = 0;
    look(job(cpuSeconds));
    // Ten hours of work, then nothing more.
    for (let minutes = 0; minutes < 600; minutes += 5) {
      cpuSeconds += 30;
      expect(await later(5 * minute, job(cpuSeconds))).toMatchObject({ verdict: 'busy' });
    }
    expect(await later(50 * minute, job(cpuSeconds + 2))).toMatchObject({ verdict: 'busy' });
    expect(await later(11 * minute, job(cpuSeconds + 3))).toMatchObject({ verdict: 'stuck-busy' });
    expect(await later(2 * minute, job(cpuSeconds + 60))).toMatchObject({ verdict: 'busy' });
    // GitHub's silence does not begin the job anew.
    await later(minute, { ...running, worker: undefined, cpuSeconds: cpuSeconds + 60 }, githubFails);
    expect(await later(2 * hour, job(cpuSeconds + 61))).toMatchObject({ verdict: 'stuck-busy' });
    expect(await later(minute, { ...well, cpuSeconds: cpuSeconds + 62 })).toMatchObject({ verdict: 'healthy' });
  });

  it('finds a job that was lost', async () => {
    expect(look({ ...running, ...working })).toMatchObject({ verdict: 'busy' });
    expect(await later(10 * minute, { ...running, ...working })).toMatchObject({ verdict: 'busy' });
    // A worker for a moment: the next job.
    expect(await later(minute, { ...running, ...working, worker: true })).toMatchObject({ verdict: 'busy' });
    expect(await later(10 * minute, { ...running, ...working })).toMatchObject({ verdict: 'busy' });
    start();
    expect(await later(16 * minute, { ...running, ...working })).toMatchObject({ verdict: 'stuck-busy' });
  });
});

describe('the audit log', () => {
  it('is told each change, with what it was before', async () => {
    look(well);
    await later(minute, well);
    await later(minute, { ...lifeless, ...offline });
    const because = 'its health check fails: no listener, killed';
    expect(audited).toEqual([
      {
        action: 'verdict-changed',
        message: `Runner r was healthy and is unhealthy: ${because}.`,
        labels: { runner: 'r', before: 'healthy', verdict: 'unhealthy', because },
      },
    ]);
  });

  it('is not flooded by a runner that flaps, and told what was left out', async () => {
    const flap = async (times: number) => {
      for (let time = 0; time < times; time++) {
        await later(1000, { ...running, ...offline });
        await later(1000, well);
      }
    };
    look(well);
    await flap(50);
    expect(audited).toHaveLength(12);
    await clock.advance(hour);
    await flap(1);
    expect(audited).toHaveLength(14);
    expect(audited[12]?.labels).toMatchObject({ before: 'healthy', verdict: 'zombie', omitted: '88' });
    expect(audited[12]?.message).toMatch(/ 88 changes before it were left out\.$/);
    expect(audited[13]?.labels).not.toHaveProperty('omitted');
  });
});
