import type { HostKey } from '../model/host-key.ts';
import type { Database, Row } from './database.ts';

/** A host key that is not trusted, and since when the host shows it, in ms since the epoch. */
export interface SuspectKey {
  readonly key: HostKey;
  readonly since: number;
}

/** What is remembered of one host; `[address]:port` where the port is not 22. */
export interface RememberedHost {
  readonly host: string;
  /** The key that was trusted on first use; undefined where the configuration pins one. */
  readonly trusted: HostKey | undefined;
  readonly suspect: SuspectKey | undefined;
}

/** SSH host keys over restarts. */
export interface HostKeyStore {
  trusted(host: string): HostKey | undefined;
  /** Throws where there is no room for another host. */
  trust(host: string, key: HostKey, at: number): void;
  suspected(host: string): SuspectKey | undefined;
  /** Since when the host shows this key. */
  suspect(host: string, key: HostKey, at: number): number;
  clear(host: string): void;
  /** Trusts the key that the host shows, if it is the one with this fingerprint; returns whether it is. */
  accept(host: string, fingerprint: string, at: number): boolean;
  list(): readonly RememberedHost[];
}

/** More hosts than anybody configures: whoever may probe what he likes must not fill the disk. */
const maxHosts = 10_000;

export function createHostKeyStore(database: Database): HostKeyStore {
  function makeRoom(host: string): void {
    const [count] = database.all('SELECT count(*) AS hosts FROM host_key WHERE host != ?', host);
    if (Number(count?.hosts) >= maxHosts)
      throw new Error(`the keys of ${maxHosts} hosts are remembered, no room for more`);
  }
  function find(host: string): RememberedHost | undefined {
    const [row] = database.all('SELECT * FROM host_key WHERE host = ?', host);
    return row && hostOf(row);
  }
  function trust(host: string, { type, fingerprint }: HostKey, at: number): void {
    makeRoom(host);
    database.run(
      `INSERT INTO host_key (host, type, fingerprint, trusted_at) VALUES (?, ?, ?, ?)
       ON CONFLICT (host) DO UPDATE SET type = excluded.type, fingerprint = excluded.fingerprint,
         trusted_at = excluded.trusted_at, suspect_type = NULL, suspect_fingerprint = NULL, suspect_since = NULL`,
      ...[host, type, fingerprint, at],
    );
  }
  return {
    trusted: (host) => find(host)?.trusted,
    trust: (host, key, at) => database.transaction(() => trust(host, key, at)),
    suspected: (host) => find(host)?.suspect,
    suspect: (host, { type, fingerprint }, at) => {
      const before = find(host)?.suspect;
      // Read, not written, at each probe that sees the same.
      if (before?.key.fingerprint === fingerprint) return before.since;
      makeRoom(host);
      database.run(
        `INSERT INTO host_key (host, suspect_type, suspect_fingerprint, suspect_since) VALUES (?, ?, ?, ?)
         ON CONFLICT (host) DO UPDATE SET suspect_type = excluded.suspect_type,
           suspect_fingerprint = excluded.suspect_fingerprint, suspect_since = excluded.suspect_since`,
        ...[host, type, fingerprint, at],
      );
      return at;
    },
    clear: (host) => {
      if (!find(host)?.suspect) return;
      database.run(
        `UPDATE host_key SET suspect_type = NULL, suspect_fingerprint = NULL, suspect_since = NULL WHERE host = ?`,
        host,
      );
    },
    accept: (host, fingerprint, at) =>
      database.transaction(() => {
        const shown = find(host)?.suspect?.key;
        if (shown?.fingerprint !== fingerprint) return false;
        trust(host, shown, at);
        return true;
      }),
    list: () => database.all('SELECT * FROM host_key ORDER BY host').map(hostOf),
  };
}

function hostOf(row: Row): RememberedHost {
  const key = keyOf(row.suspect_type, row.suspect_fingerprint);
  return {
    host: String(row.host),
    trusted: keyOf(row.type, row.fingerprint),
    suspect: key && { key, since: Number(row.suspect_since) },
  };
}

function keyOf(type: Row[string] | undefined, fingerprint: Row[string] | undefined): HostKey | undefined {
  return type == null ? undefined : { type: String(type), fingerprint: String(fingerprint) };
}
