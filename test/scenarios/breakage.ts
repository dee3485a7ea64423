import { setTimeout as delay } from 'node:timers/promises';
import { waitUntil } from '../support/wait.ts';
import { type Act, actsIn } from './harm.ts';
import type { Runner, World } from './world.ts';

/** Programs of the runner, as their command lines name them. The brackets keep the pattern from matching its own shell. */
const programs = {
  listener: 'bin/[R]unner.Listener',
  worker: 'bin/[R]unner.Worker',
  entrypoint: '[r]unner/entrypoint.sh',
} as const;

export async function signal(
  world: World,
  runner: Runner,
  program: keyof typeof programs,
  name: 'KILL' | 'STOP' | 'CONT',
): Promise<void> {
  await world.exec(runner, `pkill -${name} -f '${programs[program]}'`).catch((error: unknown) => {
    // The shell may end with the container.
    if (program !== 'entrypoint') throw error;
  });
}

export const killListener = (world: World, runner: Runner) => signal(world, runner, 'listener', 'KILL');

/** From its next start on, run.sh is these lines; `kept` is the real one. */
export function replaceRun(world: World, runner: Runner, lines: string): Promise<string> {
  const script = ['cp -p run.sh kept', `printf '%s\\n' '#!/usr/bin/env bash' '${lines}' >run.new`, 'chmod +x run.new'];
  return world.exec(runner, [...script, 'mv -f run.new run.sh'].join(' && '));
}

/** Right after Runnerwatch has begun a step that fits, it is killed and started anew. */
export async function killDuring(world: World, fits: (act: Act) => boolean, afterMs = 0): Promise<void> {
  await waitUntil(() => actsIn(world.audit()).some(fits), {
    timeoutMs: 240_000,
    what: () => `such a step among ${JSON.stringify(actsIn(world.audit()))}`,
  });
  await delay(afterMs);
  await world.runnerwatch.kill();
  await world.runnerwatch.start();
}

/** For which healing is held back after a boot, in the shipped rules, and how much of it is left here: a start takes some. */
const heldMs = 180_000;
const leftMs = 40_000;

/** Everything on the machine ends at once, Runnerwatch too, and comes back as its policies say. */
export async function reboot({ daemon, runnerwatch, byHand, bootedAt }: World): Promise<void> {
  await byHand(async () => {
    await Promise.all([daemon.losePower(), runnerwatch.kill()]);
    await daemon.boot();
    bootedAt(Date.now() - heldMs + leftMs);
    await runnerwatch.start();
  });
}
