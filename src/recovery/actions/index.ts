import type { Action } from './action.ts';
import { cleanUp } from './clean-up.ts';
import { cordon } from './cordon.ts';
import { removeGhost } from './remove-ghost.ts';
import { reregister } from './reregister.ts';
import { restart } from './restart.ts';
import { start } from './start.ts';
import { wait } from './wait.ts';

/** All actions, by their names. */
export const actions = {
  wait,
  start,
  restart,
  reregister,
  'clean-up': cleanUp,
  cordon,
  'remove-ghost': removeGhost,
} as const satisfies Readonly<Record<string, Action>>;
export type ActionName = keyof typeof actions;
