import { describe, expect, it } from 'vitest';
import type { PartialCollection } from '../../src/collectors/collector.ts';
import { runnerPrograms } from '../../src/collectors/runner-programs.ts';
import { silentLog } from '../../src/lib/log.ts';
import { ForbiddenError } from '../../src/sources/docker/answer.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { containerDetails, fakeDocker } from '../support/fake-docker.ts';
import { linesOfSamples } from '../support/host.ts';

const { signal } = new AbortController();
const { state } = containerDetails();
const containers = [
  containerDetails({ name: 'one', runner: 'builder-1' }),
  containerDetails({ name: 'db' }),
  containerDetails({ name: 'two', runner: 'builder-2', mounts: [{ source: '/srv', destination: '/opt/tools/cache' }] }),
  containerDetails({ name: 'three', runner: 'builder-3', state: { ...state, running: false } }),
];

function collect(changes: (name: string) => Promise<readonly string[] | undefined>) {
  const docker = fakeDocker(
    containers.map((details) => ({ details })),
    { changes },
  );
  return runnerPrograms.collect(
    { docker, clock: new FakeClock(), log: silentLog },
    runnerPrograms.config.parse({}),
    signal,
  );
}

const changed: Readonly<Record<string, readonly string[]>> = {
  one: ['/home', '/home/runner', '/home/runner/config.sh'],
  two: [
    ...['/home', '/home/runner', '/home/runner/_diag', '/home/runner/_diag/Runner_1.log', '/tmp/built'],
    ...[
      '/opt',
      '/opt/tools',
      '/opt/tools/cache',
      '/sbin/docker-init',
      '/home/runner/.runner',
      '/home/runner/.credentials_rsaparams',
      '/home/runner/.bashrc',
      '/home/runner/.cache/x',
    ],
  ],
};

describe("what a job wrote into its runner's programs", () => {
  it('is told of running runners, and what it wrote elsewhere is not', async () => {
    const asked: string[] = [];
    const samples = await collect(async (name) => {
      asked.push(name);
      return changed[name];
    });
    expect(asked.sort()).toEqual(['one', 'two']);
    expect(linesOfSamples(samples)).toEqual([
      'runnerwatch_runner_changed_files{name="one",runner="builder-1"} 1',
      'runnerwatch_runner_changed_files{name="two",runner="builder-2"} 2',
      'runnerwatch_runner_programs_changed{name="one",runner="builder-1"} 1',
      'runnerwatch_runner_programs_changed{name="two",runner="builder-2"} 0',
    ]);
  });

  it('is not told of a container that has just gone', async () => {
    expect(await collect(async () => undefined)).toEqual([]);
  });

  it('is not told of one that the socket proxy does not know, which is no failure', async () => {
    const samples = await collect(async (name) => {
      if (name === 'one') throw new ForbiddenError('Docker refused it');
      return [];
    });
    expect(linesOfSamples(samples)).toHaveLength(2);
  });

  it('is not told where Docker does not say it, and that of the other is', async () => {
    const error = await collect(async (name) => {
      if (name === 'one') throw new Error('it hangs');
      return [];
    }).catch((reason: unknown) => reason);
    expect((error as PartialCollection).message).toBe('one: it hangs');
    expect(linesOfSamples((error as PartialCollection).samples)).toEqual([
      'runnerwatch_runner_changed_files{name="two",runner="builder-2"} 0',
      'runnerwatch_runner_programs_changed{name="two",runner="builder-2"} 0',
    ]);
  });
});
