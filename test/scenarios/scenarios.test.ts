import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needs } from '../support/services.ts';
import { catalogue } from './catalogue/index.ts';
import type { Fault } from './fault.ts';
import { dockerAt } from './host.ts';
import { type Pool, startPool } from './pool.ts';
import type { Report } from './run.ts';
import type { Mode } from './settings.ts';
import { summaryOf, tableOf } from './table.ts';
import { other } from './world.ts';

const minute = 60_000;
/** On two processors: more at once only wait for each other. */
const atOnce = 2;
/** Each is started at once, and waits for a machine. */
const timeout = 30 * minute;

/** One of each kind of cause: the whole catalogue takes longer than all other tests, and has jobs of its own in CI. */
const chosen: Readonly<Record<Mode, ReadonlySet<string>>> = {
  embedded: new Set([
    ...['listener-killed', 'exited-137', 'registration-deleted', 'two-at-once', 'killed-in-restart'],
    ...['dns-down', 'docker-hung', 'stopped-by-person'],
  ]),
  external: new Set(['listener-killed', 'docker-hung', 'stopped-by-person']),
};
const faultsOf = (mode: Mode) => catalogue.filter(({ name }) => chosen[mode].has(name));

/** What no fault may make Runnerwatch do: here somebody else does it, unseen by the scenario's own hand. */
const planted: Fault = {
  name: 'planted',
  says: 'Something restarts the runner that works.',
  endsJobs: false,
  async inject({ daemon, container, github }) {
    await dockerAt(daemon.host, ['restart', container(other)]);
    // GitHub may be told of the job's end only after the restart, and the judge looks at the jobs.
    await github.waitFor(({ jobs }) => jobs.every(({ status }) => status === 'completed'), minute);
  },
  expect: { ends: 'itself' },
};

type Runs = ReadonlyMap<Fault, Promise<Report>>;

/** Each is started at once, and waits for a machine. */
function startAll(pool: Pool, faults: readonly Fault[], mode: Mode): Runs {
  return new Map(
    faults.map((fault) => {
      const run = pool.run(fault, mode);
      run.catch(() => undefined);
      return [fault, run];
    }),
  );
}

describe.skipIf(needs('docker') || needs('compose') || needs('netns') || needs('prometheus') || needs('alertmanager'))(
  'what goes wrong',
  () => {
    let pool: Pool;
    const runs = new Map<Mode, Runs>();
    const runOf = (fault: Fault, mode: Mode) => runs.get(mode)?.get(fault);

    beforeAll(async () => {
      pool = await startPool(atOnce);
      runs.set('embedded', startAll(pool, [...faultsOf('embedded'), planted], 'embedded'));
      runs.set('external', startAll(pool, faultsOf('external'), 'external'));
    }, 5 * minute);
    afterAll(async () => {
      await Promise.allSettled([...runs.values()].flatMap((all) => [...all.values()]));
      await pool?.[Symbol.asyncDispose]();
    }, timeout);

    describe.each<Mode>(['embedded', 'external'])('%s', (mode) => {
      const faults = faultsOf(mode);
      it.each(faults)(
        '$name: $says',
        async (fault) => expect(await runOf(fault, mode)).toMatchObject({ harm: [], missing: [] }),
        timeout,
      );

      it(
        'is healed with no person in nine of ten cases that can be healed, and the rest is told',
        async () => {
          const reports = (await Promise.all(faults.map((fault) => runOf(fault, mode)))).flatMap((one) => one ?? []);
          const { lines, isGood } = summaryOf(reports);
          process.stdout.write(`\n${mode}\n${tableOf(reports)}\n\n${lines.join('\n')}\n`);
          expect(reports).toHaveLength(chosen[mode].size);
          expect(isGood).toBe(true);
        },
        timeout,
      );
    });

    it(
      'would be found to be harm, if Runnerwatch did it',
      async () => {
        const report = await runOf(planted, 'embedded');
        // With the kill the job is over: whether what follows it came before that is for the machine to decide.
        const sure = [
          expect.stringMatching(/^job \d+ on homelab-2 ended with (failure|cancelled)$/),
          expect.stringMatching(/^homelab-2 got a kill while it worked on job \d+$/),
          'homelab-2 got a stop that the audit log does not tell of',
          'homelab-2 got a restart that the audit log does not tell of',
          'homelab-2 was started though nobody asked',
        ];
        expect(report?.harm).toEqual(expect.arrayContaining(sure));
        const others = report?.harm.filter(
          (harm) => !/^homelab-2 got a (stop|restart) while it worked on job \d+$/.test(harm),
        );
        expect(others).toHaveLength(sure.length);
      },
      timeout,
    );
  },
);
