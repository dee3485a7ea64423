import { z } from 'zod';
import { type CommandIo, type ExitCode, printable } from './command.ts';
import { tellApi } from './instance.ts';
import { askedOf, type HoldOptions, recoveryTokenOf } from './runners-ask.ts';

export interface PauseOptions extends HoldOptions {
  /** As it stands on the command line: `30m`. */
  readonly time: string | undefined;
  readonly reason: string;
}

const Paused = z.object({ until: z.string().optional(), known: z.boolean() });

/** Keeps recovery away from a runner, or from all. */
export async function pauseRunner(io: CommandIo, options: PauseOptions): Promise<ExitCode> {
  const asked = askedOf(io, options);
  if (!asked) return 2;
  const { url, json, name, time, reason } = options;
  const token = await recoveryTokenOf(io, options);
  const body = { ...asked, reason, for: time };
  const paused = await tellApi(io, { url, path: '/api/v1/runners/pause', body, token, schema: Paused });
  if (json) io.out(JSON.stringify(paused, null, 2));
  else io.out(`${printable(name ?? 'all of recovery')} is paused until ${paused.until ?? 'it is released'}`);
  if (!paused.known)
    io.err(`no runner is called ${printable(name ?? '')} now; the pause is kept for when there is one`);
  return 0;
}
