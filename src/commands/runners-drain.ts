import { z } from 'zod';
import { systemClock } from '../lib/clock.ts';
import { type CommandIo, type ExitCode, printable } from './command.ts';
import { askApi, tellApi } from './instance.ts';
import { askedOf, type HoldOptions, recoveryTokenOf } from './runners-ask.ts';

export interface DrainOptions extends HoldOptions {
  /** As it stands on the command line: `1h`. */
  readonly timeout: string;
  readonly stop: boolean;
}

const path = '/api/v1/runners/drain';
const betweenLooksMs = 1000;

const Drain = z.object({ state: z.enum(['draining', 'drained', 'failed']), reason: z.string() });

/** Waits until the runner is idle and stopped. 1 where that did not come true. What was begun goes on without this command. */
export async function drainRunner(io: CommandIo, options: DrainOptions, sleep = systemClock.sleep): Promise<ExitCode> {
  const asked = askedOf(io, options);
  if (!asked) return 2;
  const { url, json, name = '', timeout, stop } = options;
  const token = await recoveryTokenOf(io, options);
  let now = await tellApi(io, { url, path, body: { ...asked, timeout, stop }, token, schema: Drain });
  let told = '';
  while (now.state === 'draining') {
    if (io.progress) io.progress(`${printable(name)}: ${printable(now.reason)}`);
    else if (now.reason !== told) io.err(`${printable(name)}: ${printable(now.reason)}`);
    told = now.reason;
    await sleep(betweenLooksMs);
    now = await askApi(io, { url, path: `${path}?runner=${encodeURIComponent(name)}`, schema: Drain });
  }
  io.progress?.('');
  const isDrained = now.state === 'drained';
  if (json) io.out(JSON.stringify(now, null, 2));
  else if (isDrained) io.out(`${printable(name)} is drained: ${printable(now.reason)}`);
  else io.err(`${printable(name)} was not drained: ${printable(now.reason)}`);
  return isDrained ? 0 : 1;
}
