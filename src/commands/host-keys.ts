import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { loadConfig } from '../config/load.ts';
import { rfc3339, systemClock } from '../lib/clock.ts';
import { type Database, openDatabase } from '../state/database.ts';
import { createHostKeyStore, type RememberedHost } from '../state/host-keys.ts';
import type { CommandIo, ExitCode } from './command.ts';
import { formatTable } from './table.ts';

interface StateOptions {
  readonly file: string | undefined;
}

/** Lists the SSH host keys that are remembered, and those that hosts show in their place. */
export async function listHostKeys(io: CommandIo, { file }: StateOptions): Promise<ExitCode> {
  using database = await openState(io, file);
  const hosts = createHostKeyStore(database).list();
  if (hosts.length === 0) io.out('no host key is remembered');
  else for (const line of formatTable(['HOST', 'TRUSTED', 'SHOWN INSTEAD', 'SINCE'], hosts.map(rowOf))) io.out(line);
  return 0;
}

/** The state is a running instance's too: what is accepted here counts from its next probe on. */
export async function acceptHostKey(
  io: CommandIo,
  { file, host, fingerprint }: StateOptions & { readonly host: string; readonly fingerprint: string },
): Promise<ExitCode> {
  using database = await openState(io, file);
  if (createHostKeyStore(database).accept(host, fingerprint, systemClock.now())) {
    io.out(`${host} is trusted with ${fingerprint} from now on`);
    return 0;
  }
  io.err(`${host} does not show the key ${fingerprint} in place of a trusted one; see runnerwatch host-keys list`);
  return 1;
}

async function openState({ ports }: CommandIo, file: string | undefined): Promise<Database> {
  const { config } = await loadConfig(ports, file);
  const path = join(config.data_dir, 'runnerwatch.db');
  await access(path).catch(() => {
    throw new Error(`${path} is not there: run this where Runnerwatch runs, as its user and with its configuration`);
  });
  return openDatabase(path);
}

function rowOf({ host, trusted, suspect }: RememberedHost): readonly string[] {
  const shown = suspect ? [`${suspect.key.fingerprint} (${suspect.key.type})`, rfc3339(suspect.since)] : ['', ''];
  return [host, trusted ? `${trusted.fingerprint} (${trusted.type})` : 'as configured', ...shown];
}
