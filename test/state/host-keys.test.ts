import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openDatabase } from '../../src/state/database.ts';
import { createHostKeyStore } from '../../src/state/host-keys.ts';
import { temporaryFolder } from '../support/processes.ts';

const first = { type: 'ssh-ed25519', fingerprint: 'SHA256:first' };
const second = { type: 'ssh-rsa', fingerprint: 'SHA256:second' };

it('remembers keys over a restart', () => {
  using folder = temporaryFolder();
  const path = join(folder.path, 'state.db');
  {
    using database = openDatabase(path);
    const store = createHostKeyStore(database);
    store.trust('nas', first, 1000);
    store.suspect('nas', second, 2000);
  }
  using database = openDatabase(path);
  expect(createHostKeyStore(database).list()).toEqual([
    { host: 'nas', trusted: first, suspect: { key: second, since: 2000 } },
  ]);
});

it('knows since when a host shows the same untrusted key', () => {
  using database = openDatabase(':memory:');
  const store = createHostKeyStore(database);
  expect(store.suspect('nas', first, 1000)).toBe(1000);
  expect(store.suspect('nas', first, 2000)).toBe(1000);
  expect(store.suspect('nas', second, 3000)).toBe(3000);
  store.clear('nas');
  expect(store.suspected('nas')).toBeUndefined();
  expect(store.suspect('nas', second, 4000)).toBe(4000);
});

it('accepts only the key that the host shows', () => {
  using database = openDatabase(':memory:');
  const store = createHostKeyStore(database);
  store.trust('nas', first, 1000);
  expect(store.accept('nas', second.fingerprint, 2000)).toBe(false);
  store.suspect('nas', second, 2000);
  expect(store.accept('nas', 'SHA256:third', 3000)).toBe(false);
  expect(store.accept('other', second.fingerprint, 3000)).toBe(false);
  expect(store.accept('nas', second.fingerprint, 3000)).toBe(true);
  expect(store.list()).toEqual([{ host: 'nas', trusted: second, suspect: undefined }]);
});

it('has room for many hosts, but not for any number', () => {
  using database = openDatabase(':memory:');
  const store = createHostKeyStore(database);
  database.transaction(() => {
    for (let host = 0; host < 10_000; host++) store.trust(`host-${host}`, first, 1000);
  });
  expect(() => store.trust('one more', first, 1000)).toThrow('no room');
  expect(() => store.suspect('one more', first, 1000)).toThrow('no room');
  store.trust('host-1', second, 2000);
  expect(store.trusted('host-1')).toEqual(second);
});
