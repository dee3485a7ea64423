import { describe, expect, it } from 'vitest';
import { createContainerHistory, pastOf } from '../../src/collectors/container-history.ts';
import type { ContainerDetails, ContainerPast } from '../../src/model/container.ts';
import { createContainerPastStore } from '../../src/state/container-past.ts';
import { openDatabase } from '../../src/state/database.ts';
import { containerDetails } from '../support/fake-docker.ts';

/** A container that was started at this second, and that its policy restarted so often since the last start by hand. */
function started(second: number | undefined, restartCount = 0): ContainerDetails {
  const startedAt = second === undefined ? undefined : second * 1000;
  return containerDetails({ id: 'c1', restartCount, state: { ...containerDetails().state, startedAt } });
}

function restartsAfter(...looks: readonly ContainerDetails[]): number | undefined {
  let past: ContainerPast | undefined;
  for (const look of looks) past = pastOf(past, look, 0);
  return past?.restarts;
}

describe('restarts', () => {
  it.each([
    ['none at the first look', [started(1)], 0],
    ['those that Docker counted before anybody looked', [started(1, 4)], 4],
    ['none while nothing changes', [started(1), started(1)], 0],
    ['one for each new start', [started(1), started(2), started(3)], 2],
    ['those by the policy, however quick', [started(1), started(9, 5)], 5],
    ['one by hand, which takes Docker back to 0', [started(1, 5), started(2, 0)], 6],
    ['those by the policy after one by hand', [started(1, 5), started(2, 0), started(3, 1)], 7],
    ['none for the first start of a created container', [started(undefined), started(1)], 0],
    ['none when it only ends', [started(1), started(1)], 0],
    ['none when the clock went back', [started(5), started(4)], 0],
  ])('are %s', (_, looks, expected) => {
    expect(restartsAfter(...looks)).toBe(expected);
  });
});

describe('the past of containers', () => {
  const present = new Set(['c1']);

  it('outlives Runnerwatch, with the restart that it missed, and ends with the container', () => {
    using database = openDatabase(':memory:');
    const store = createContainerPastStore(database);
    const first = createContainerHistory(store);
    first.observe([started(1)], present);
    first.noteOom('c1');
    first.observe([started(2)], present);
    const second = createContainerHistory(store);
    expect(second.observe([started(3)], present).get('c1')).toMatchObject({ restarts: 2, ooms: 1 });
    second.observe([], new Set());
    expect(store.load()).toEqual([]);
  });

  it('counts each kill once, at the next look', () => {
    const history = createContainerHistory({ load: () => [], save: () => undefined });
    history.observe([started(1)], present);
    history.noteOom('c1');
    history.noteOom('c1');
    expect(history.observe([started(1)], present).get('c1')?.ooms).toBe(2);
    expect(history.observe([started(1)], present).get('c1')?.ooms).toBe(2);
  });

  it('is kept where a container is listed and cannot be inspected', () => {
    const history = createContainerHistory({ load: () => [], save: () => undefined });
    history.observe([started(1, 3)], present);
    expect(history.observe([], present).get('c1')?.restarts).toBe(3);
  });

  it('is written only when it changes', () => {
    const written: (readonly ContainerPast[])[] = [];
    const history = createContainerHistory({ load: () => [], save: (changed) => void written.push(changed) });
    for (const second of [1, 1, 2, 2]) history.observe([started(second)], present);
    expect(written.map((changed) => changed.map(({ restarts }) => restarts))).toEqual([[0], [1]]);
  });
});
