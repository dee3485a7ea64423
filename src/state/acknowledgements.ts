import { randomBytes } from 'node:crypto';
import type { Acknowledgement } from '../model/acknowledgement.ts';
import type { Database, Row } from './database.ts';

export interface AcknowledgementStore {
  load(): readonly Acknowledgement[];
  /** All of them or none. */
  put(acknowledgements: readonly Acknowledgement[]): void;
  /** By the fingerprints of their alerts. */
  remove(fingerprints: readonly string[]): void;
  /** What links are signed with: made at the first call and never changed, so that links outlive a restart. Secret. */
  key(): Buffer;
}

export function createAcknowledgementStore(database: Database): AcknowledgementStore {
  return {
    load: () =>
      database.all('SELECT fingerprint, at, until_at, by, comment FROM acknowledgement').map(acknowledgementFrom),
    put: (acknowledgements) =>
      database.transaction(() => {
        for (const { fingerprint, at, until, by, comment } of acknowledgements) {
          database.run(
            'INSERT OR REPLACE INTO acknowledgement (fingerprint, at, until_at, by, comment) VALUES (?, ?, ?, ?, ?)',
            ...[fingerprint, at, until, by, comment],
          );
        }
      }),
    remove: (fingerprints) =>
      database.transaction(() => {
        for (const each of fingerprints) database.run('DELETE FROM acknowledgement WHERE fingerprint = ?', each);
      }),
    key: () => keyIn(database) ?? makeKey(database),
  };
}

function keyIn(database: Database): Buffer | undefined {
  return database.all('SELECT key FROM acknowledgement_key').map(({ key }) => Buffer.from(String(key), 'hex'))[0];
}

function makeKey(database: Database): Buffer {
  const key = randomBytes(32);
  database.run('INSERT INTO acknowledgement_key (id, key) VALUES (1, ?)', key.toString('hex'));
  return key;
}

function acknowledgementFrom({ fingerprint, at, until_at: until, by, comment }: Row): Acknowledgement {
  return {
    fingerprint: String(fingerprint),
    at: Number(at),
    until: Number(until),
    by: String(by),
    comment: String(comment),
  };
}
