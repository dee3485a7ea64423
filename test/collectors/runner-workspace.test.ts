import { describe, expect, it } from 'vitest';
import type { PartialCollection } from '../../src/collectors/collector.ts';
import { placeOf, runnerWorkspace } from '../../src/collectors/runner-workspace.ts';
import { silentLog } from '../../src/lib/log.ts';
import type { DiskWalk, WalkBounds } from '../../src/sources/disk-walk.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { containerDetails, fakeDocker } from '../support/fake-docker.ts';
import { linesOfSamples } from '../support/host.ts';

const { signal } = new AbortController();
const volume = { source: '/var/lib/docker/volumes/work/_data', destination: '/home/runner/_work' };
const one = containerDetails({ name: 'one', runner: 'builder-1', mounts: [volume] });
const two = containerDetails({ name: 'two', runner: 'builder-2', layerPath: '/layers/two' });

function collect(directory: DiskWalk['directory'], config: object = {}) {
  const disk: DiskWalk = { directory, file: () => Promise.reject(new Error('not expected')) };
  const docker = fakeDocker([{ details: one }, { details: containerDetails({ name: 'db' }) }, { details: two }]);
  const procfs = { paths: { procfs: '/host/proc', sysfs: '/host/sys', rootfs: '/host/root' } };
  const deps = { docker, procfs, disk, clock: new FakeClock(), log: silentLog };
  return runnerWorkspace.collect(deps, runnerWorkspace.config.parse(config), signal);
}

describe("a runner's work directory", () => {
  it.each([
    ['in the volume that is mounted on it', [volume], undefined, volume.source, ''],
    ['in a mount above it', [{ source: '/srv/home', destination: '/home' }], undefined, '/srv/home', '/runner/_work'],
    ['in the innermost mount', [{ source: '/srv', destination: '/' }, volume], undefined, volume.source, ''],
    ['in a mount of all', [{ source: '/srv', destination: '/' }], undefined, '/srv', '/home/runner/_work'],
    ['in the layer', [{ source: '/x', destination: '/home/runner/_work2' }], '/layer', '/layer', '/home/runner/_work'],
  ])('is looked for %s', (_, mounts, layerPath, root, path) => {
    expect(placeOf(containerDetails({ mounts, layerPath }), '/home/runner/_work')).toEqual({ root, path });
  });

  it('has no place where neither mount nor layer is known', () => {
    expect(placeOf(containerDetails(), '/home/runner/_work')).toBeUndefined();
  });

  it('is told with its bounds, for runners only, below where the host is mounted', async () => {
    const asked: [string, WalkBounds][] = [];
    const config = { max_files: 10, max_duration: '3s' };
    const samples = await collect(async ({ root, path }, bounds) => {
      asked.push([`${root} ${path}`, bounds]);
      return { bytes: 4096, entries: 10, complete: path === '' };
    }, config);
    expect(asked).toEqual([
      ['/host/root/var/lib/docker/volumes/work/_data ', { entries: 10, ms: 3000 }],
      ['/host/root/layers/two /home/runner/_work', { entries: 10, ms: 3000 }],
    ]);
    expect(linesOfSamples(samples)).toEqual([
      'runnerwatch_runner_workspace_bytes{name="one",runner="builder-1"} 4096',
      'runnerwatch_runner_workspace_bytes{name="two",runner="builder-2"} 4096',
      'runnerwatch_runner_workspace_files{name="one",runner="builder-1"} 10',
      'runnerwatch_runner_workspace_files{name="two",runner="builder-2"} 10',
      'runnerwatch_runner_workspace_incomplete{name="one",runner="builder-1"} 0',
      'runnerwatch_runner_workspace_incomplete{name="two",runner="builder-2"} 1',
    ]);
  });

  it('that hangs is a failure, and the other is told', async () => {
    const error = await collect(async ({ path }) => {
      if (path === '') throw new Error('the mount does not answer');
      return { bytes: 1, entries: 1, complete: true };
    }).catch((reason: unknown) => reason);
    expect((error as PartialCollection).message).toBe('one: the mount does not answer');
    expect((error as PartialCollection).samples).toHaveLength(3);
  });

  it('that cannot be seen from here is not told', async () => {
    expect(await collect(async () => undefined)).toEqual([]);
  });
});
