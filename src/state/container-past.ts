import type { ContainerPast } from '../model/container.ts';
import type { Database } from './database.ts';

/** What was counted of containers, kept over a restart; one row for each container that there is. */
interface ContainerPastStore {
  load(): readonly ContainerPast[];
  save(changed: readonly ContainerPast[], removed: readonly string[]): void;
}

export function createContainerPastStore(database: Database): ContainerPastStore {
  return {
    load: () =>
      database.all('SELECT * FROM container_past').map(({ id, started_at, docker_restarts, restarts, ooms }) => ({
        id: String(id),
        startedAt: Number(started_at),
        dockerRestarts: Number(docker_restarts),
        restarts: Number(restarts),
        ooms: Number(ooms),
      })),
    save(changed, removed) {
      database.transaction(() => {
        for (const { id, startedAt, dockerRestarts, restarts, ooms } of changed) {
          const insert =
            'INSERT OR REPLACE INTO container_past (id, started_at, docker_restarts, restarts, ooms) VALUES (?, ?, ?, ?, ?)';
          database.run(insert, id, startedAt, dockerRestarts, restarts, ooms);
        }
        for (const id of removed) database.run('DELETE FROM container_past WHERE id = ?', id);
      });
    },
  };
}
