import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openDatabase } from '../../src/state/database.ts';
import { createHostKeyStore } from '../../src/state/host-keys.ts';
import { temporaryFolder } from '../support/processes.ts';
import { runCli } from './run-cli.ts';

const first = { type: 'ssh-ed25519', fingerprint: `SHA256:${'a'.repeat(43)}` };
const second = { type: 'ssh-rsa', fingerprint: `SHA256:${'b'.repeat(43)}` };

describe.concurrent('host-keys', () => {
  it('lists and accepts keys while the state is open elsewhere', async () => {
    using folder = temporaryFolder();
    using database = openDatabase(join(folder.path, 'runnerwatch.db'));
    const store = createHostKeyStore(database);
    store.trust('nas', first, 0);
    store.suspect('nas', second, 86_400_000);
    const env = { RUNNERWATCH_DATA_DIR: folder.path };

    const listed = await runCli(['host-keys', 'list'], { env });
    expect(listed).toMatchObject({ code: 0, err: '' });
    expect(listed.out.split('\n')[1]?.split(/ {2,}/)).toEqual([
      'nas',
      `${first.fingerprint} (ssh-ed25519)`,
      `${second.fingerprint} (ssh-rsa)`,
      '1970-01-02T00:00:00.000Z',
    ]);

    const refused = await runCli(['host-keys', 'accept', 'nas', first.fingerprint], { env });
    expect(refused).toMatchObject({ code: 1, out: '' });
    expect(refused.err).toContain('does not show the key');
    expect(store.trusted('nas')).toEqual(first);

    const accepted = await runCli(['host-keys', 'accept', 'nas', second.fingerprint], { env });
    expect(accepted).toMatchObject({ code: 0, err: '' });
    expect(store.list()).toEqual([{ host: 'nas', trusted: second, suspect: undefined }]);
  });

  it('says where it is to be run where there is no state, and makes none', async () => {
    using folder = temporaryFolder();
    const env = { RUNNERWATCH_DATA_DIR: folder.path };
    for (const _ of [1, 2]) {
      const { code, err } = await runCli(['host-keys', 'list'], { env });
      expect(code).toBe(1);
      expect(err).toContain('run this where Runnerwatch runs');
    }
  });
});
