import { z } from 'zod';
import { type CommandIo, type ExitCode, printable } from './command.ts';
import { tellApi } from './instance.ts';
import { askedOf, type HoldOptions, recoveryTokenOf } from './runners-ask.ts';

const Released = z.object({ pause: z.boolean(), quarantine: z.boolean(), ladder: z.boolean() });

/** What may have ended. */
const words = { pause: 'pause', quarantine: 'quarantine', ladder: 'wait for the next ladder' } as const;

/** Ends a pause, and the quarantine of one runner or its wait. 1 where there was none of them. */
export async function releaseRunner(
  io: CommandIo,
  options: HoldOptions & { readonly own?: boolean },
): Promise<ExitCode> {
  const asked = askedOf(io, options);
  if (!asked) return 2;
  const { url, json, name, own = false } = options;
  const token = await recoveryTokenOf(io, options);
  const released = await tellApi(io, {
    url,
    path: '/api/v1/runners/release',
    body: { ...asked, own },
    token,
    schema: Released,
  });
  const ended = Object.entries(words).flatMap(([key, word]) => (released[key as keyof typeof words] ? [word] : []));
  const who = printable(name ?? 'all of recovery');
  if (json) io.out(JSON.stringify(released, null, 2));
  else if (ended.length > 0) io.out(`the ${ended.join(' and the ')} of ${who} ended`);
  else if (own) io.err(`${who} was not paused by ${printable(asked.by)}`);
  else io.err(`${who} was neither paused nor in quarantine, and no ladder of it had ended`);
  return ended.length > 0 ? 0 : 1;
}
