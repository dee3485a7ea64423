import type { ContainerDetails, ContainerPast } from '../model/container.ts';

/** Where the past is kept over a restart of ours. */
export interface ContainerPastStore {
  load(): readonly ContainerPast[];
  /** In one transaction. */
  save(changed: readonly ContainerPast[], removed: readonly string[]): void;
}

/** What only somebody who watches all the time knows of containers. */
export interface ContainerHistory {
  /** Docker said that the kernel killed one of its processes for want of memory. Counted with the next look. */
  noteOom(id: string): void;
  /** Takes how the containers are now, and all that there are; gives what is known of each, by its id. */
  observe(containers: readonly ContainerDetails[], present: ReadonlySet<string>): ReadonlyMap<string, ContainerPast>;
}

/** Ids whose kills wait for the next look: a container that is never listed would stay for ever. */
const maxNoted = 1_000;

export function createContainerHistory(store: ContainerPastStore): ContainerHistory {
  let known: Map<string, ContainerPast> | undefined;
  const noted = new Map<string, number>();
  return {
    noteOom(id) {
      if (noted.size < maxNoted || noted.has(id)) noted.set(id, (noted.get(id) ?? 0) + 1);
    },
    observe(containers, present) {
      known ??= new Map(store.load().map((past) => [past.id, past]));
      const changed: ContainerPast[] = [];
      for (const details of containers) {
        const before = known.get(details.id);
        const now = pastOf(before, details, noted.get(details.id) ?? 0);
        if (before !== undefined && isSame(before, now)) continue;
        known.set(details.id, now);
        changed.push(now);
      }
      const removed = [...known.keys()].filter((id) => !present.has(id));
      for (const id of removed) known.delete(id);
      noted.clear();
      if (changed.length > 0 || removed.length > 0) store.save(changed, removed);
      return known;
    },
  };
}

/**
 * Docker zeroes its restart count when somebody restarts a container by hand, so healing would hide a crash loop. A
 * new start is at least one restart; those that came and went between two looks are in Docker's count.
 */
export function pastOf(before: ContainerPast | undefined, details: ContainerDetails, ooms: number): ContainerPast {
  const { id, restartCount } = details;
  const startedAt = details.state.startedAt ?? 0;
  const kept = { id, startedAt, dockerRestarts: restartCount };
  if (before === undefined) return { ...kept, restarts: restartCount, ooms };
  const wasStarted = before.startedAt > 0 && startedAt > before.startedAt;
  const restarts = wasStarted ? Math.max(1, restartCount - before.dockerRestarts) : 0;
  return { ...kept, restarts: before.restarts + restarts, ooms: before.ooms + ooms };
}

function isSame(a: ContainerPast, b: ContainerPast): boolean {
  return (
    a.startedAt === b.startedAt &&
    a.dockerRestarts === b.dockerRestarts &&
    a.restarts === b.restarts &&
    a.ooms === b.ooms
  );
}
