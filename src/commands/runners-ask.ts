import { readSecret, secretFile } from '../lib/secret.ts';
import type { CommandIo } from './command.ts';
import type { AskOptions } from './runners.ts';

export interface HoldOptions extends AskOptions {
  readonly name: string | undefined;
  readonly all: boolean;
  readonly by: string | undefined;
  readonly tokenFile: string | undefined;
}

/** Whom it is about, and who asks; undefined, and said, where the command line does not tell. */
export function askedOf(io: CommandIo, { name, all, by }: HoldOptions) {
  const who = by ?? (io.ports.env.USER || io.ports.env.LOGNAME);
  if ((name === undefined) !== all) io.err('runnerwatch: say either the name of a runner or --all');
  else if (!who) io.err('runnerwatch: say who asks with --by NAME');
  else return { ...(all ? { all } : { runner: name }), by: who };
  return undefined;
}

/** The configuration's token is for the instance that it configures, and is told to no other. */
export async function recoveryTokenOf(
  { ports }: CommandIo,
  { url, tokenFile }: Pick<HoldOptions, 'url' | 'tokenFile'>,
): Promise<string | undefined> {
  if (tokenFile !== undefined) return readSecret(secretFile(tokenFile), ports.readFile);
  if (url !== undefined) return undefined;
  const { loadConfig } = await import('../config/load.ts');
  const token = await loadConfig(ports).then(
    ({ config }) => config.recovery.token,
    () => undefined,
  );
  return token && readSecret(token, ports.readFile);
}
