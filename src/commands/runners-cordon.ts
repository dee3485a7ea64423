import { z } from 'zod';
import { type CommandIo, type ExitCode, printable } from './command.ts';
import { tellApi } from './instance.ts';
import { askedOf, type HoldOptions, recoveryTokenOf } from './runners-ask.ts';

/** GitHub is asked meanwhile. */
const timeoutMs = 60_000;

const Cordoned = z.object({ labels: z.array(z.string()) });
const Uncordoned = z.object({ given: z.array(z.string()).optional(), isAnother: z.boolean() });

/** Takes the labels of a runner away, so that it gets no more jobs that ask for one of them. */
export async function cordonRunner(io: CommandIo, options: HoldOptions): Promise<ExitCode> {
  const asked = askedOf(io, options);
  if (!asked) return 2;
  const { url, json, name = '' } = options;
  const token = await recoveryTokenOf(io, options);
  const path = '/api/v1/runners/cordon';
  const { labels } = await tellApi(io, { url, path, body: asked, token, schema: Cordoned, timeoutMs });
  if (json) io.out(JSON.stringify({ labels }, null, 2));
  else
    io.out(
      `${printable(name)} is cordoned; without its labels until it is uncordoned: ${printable(labels.join(', '))}`,
    );
  return 0;
}

/** Gives them back. 1 where it was not cordoned. */
export async function uncordonRunner(io: CommandIo, options: HoldOptions): Promise<ExitCode> {
  const asked = askedOf(io, options);
  if (!asked) return 2;
  const { url, json, name = '' } = options;
  const token = await recoveryTokenOf(io, options);
  const path = '/api/v1/runners/uncordon';
  const ended = await tellApi(io, { url, path, body: asked, token, schema: Uncordoned, timeoutMs });
  const who = printable(name);
  if (json) io.out(JSON.stringify(ended, null, 2));
  else if (ended.given === undefined) io.err(`${who} was not cordoned`);
  else if (ended.isAnother) io.out(`${who} is registered anew and has its own labels; the cordon ended`);
  else io.out(`${who} has its labels again: ${printable(ended.given.join(', '))}`);
  return ended.given === undefined ? 1 : 0;
}
