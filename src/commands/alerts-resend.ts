import { z } from 'zod';
import { tokenOf } from './alerts-ack.ts';
import { type CommandIo, type ExitCode, printable } from './command.ts';
import { tellApi } from './instance.ts';
import type { AskOptions } from './runners.ts';

export interface ResendOptions extends AskOptions {
  /** As they stand on the command line. */
  readonly ids: readonly string[];
  readonly all: boolean;
  readonly to: string | undefined;
  readonly tokenFile: string | undefined;
}

const Result = z.object({
  resent: z.array(z.object({ id: z.number(), queues: z.array(z.string()) })),
  refused: z.array(z.object({ id: z.number(), reason: z.string() })),
});

/** Sends notifications that were given up again. 1 where one of them was refused. */
export async function resendDeadLetters(io: CommandIo, options: ResendOptions): Promise<ExitCode> {
  const { url, json, ids, all, to } = options;
  const wrong = ids.find((id) => !/^[1-9]\d{0,14}$/.test(id));
  if (wrong !== undefined || ids.length > 0 === all) {
    io.err(
      wrong === undefined
        ? 'runnerwatch: say either the ids of dead letters or --all; runnerwatch alerts dead lists them'
        : `runnerwatch: found ${printable(JSON.stringify(wrong))}, expected an id as runnerwatch alerts dead lists it`,
    );
    return 2;
  }
  const token = await tokenOf(io, options);
  const body = { ...(all ? { all } : { ids: ids.map(Number) }), to };
  const path = '/api/v1/notifications/resend';
  const { resent, refused } = await tellApi(io, { url, path, body, token, schema: Result });
  if (json) io.out(JSON.stringify({ resent, refused }, null, 2));
  else {
    for (const { id, queues } of resent) io.out(`${id} is sent again to ${printable(queues.join(', '))}`);
    for (const { id, reason } of refused) io.err(`${id} is not sent: ${printable(reason)}`);
    if (resent.length + refused.length === 0) io.out('no notification was given up');
  }
  return refused.length === 0 ? 0 : 1;
}
