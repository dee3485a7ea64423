import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type DiskPoint, diskPoints } from './deadly.ts';
import type { Random } from './random.ts';
import { type Receiver, type RequestPoint, requestPoints } from './receiver.ts';
import type { Scenario } from './scenario.ts';
import type { Begin } from './victim.ts';

export type KillPoint = 'any moment' | 'start' | 'migration' | DiskPoint | RequestPoint;

/** One life of a process: how it ends. */
export interface Plan {
  readonly point: KillPoint;
  /** How often the point is passed before it kills; for any moment, how many notifications are accepted before. */
  readonly passes: number;
  /** After that. */
  readonly afterMs: number;
  /** The step of the schema that kills. */
  readonly step?: number;
}

export interface LivesOptions {
  readonly begin: Omit<Begin, 'picture'>;
  readonly receiver: Receiver;
  readonly scenario: Scenario;
  /** Where compiled code is kept from one process to the next. */
  readonly codeFolder: string;
}

const script = fileURLToPath(new URL('./victim.ts', import.meta.url));
const stepEveryMs = 20;
/** A point that is not reached until then is no longer waited for. */
const pointDeadlineMs = 3000;
/** Notifications in one life, so that how many there are does not hang on how fast the machine is. */
const mostAccepted = 260;
/** Flushes and evaluations tell of many alerts at once. */
const mostWrites = 12;

function passesOf(random: Random, point: KillPoint): number {
  const isWrite = point.startsWith('decision') || point.startsWith('alert state on');
  return random.integer(0, isWrite ? mostWrites : mostAccepted);
}

export function planLives(random: Random, lives: number, steps: number): readonly Plan[] {
  const migrating = [...new Set(Array.from({ length: 6 }, () => random.integer(1, steps)))].sort((a, b) => a - b);
  const first = migrating.map((step): Plan => ({ point: 'migration', passes: 0, afterMs: 0, step }));
  const rest = Array.from({ length: lives - first.length }, (): Plan => {
    const kind = random.next();
    if (kind < 0.05) return { point: 'start', passes: 0, afterMs: random.integer(0, 25) };
    if (kind < 0.65) {
      return { point: 'any moment', passes: random.integer(0, mostAccepted), afterMs: random.integer(0, 100) };
    }
    const point = random.pick<KillPoint>([...diskPoints, ...requestPoints]);
    return { point, passes: passesOf(random, point), afterMs: 0 };
  });
  return [...first, ...rest];
}

/** Processes that live and die one after the other on one data directory; the next one's code is loaded meanwhile. */
export function createLives({ begin, receiver, scenario, codeFolder }: LivesOptions) {
  let next = spawn();
  let endedUnseen = 0;

  /** What breaks and heals while no process lives. */
  function stepUnseen(): void {
    const before = scenario.picture();
    scenario.step();
    const after = new Set(scenario.picture());
    endedUnseen += before.filter((name) => !after.has(name)).length;
  }

  function spawn(): { readonly child: ChildProcess; readonly loaded: Promise<unknown> } {
    const env = { ...process.env, NODE_COMPILE_CACHE: codeFolder };
    const child = fork(script, { execArgv: [], env, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    return { child, loaded: said(child, 'loaded') };
  }

  async function beginNext(over: Partial<Begin>): Promise<ChildProcess> {
    const { child, loaded } = next;
    await loaded;
    child.send({ ...begin, ...over, picture: scenario.picture() });
    return child;
  }

  return {
    /** One life and its end; tells where it truly ended. */
    async live(plan: Plan): Promise<KillPoint> {
      stepUnseen();
      const isDisk = (diskPoints as readonly string[]).includes(plan.point);
      const child = await beginNext({
        ...(isDisk ? { deadly: { point: plan.point as DiskPoint, passes: plan.passes } } : {}),
        ...(plan.step === undefined ? {} : { deadlyStep: plan.step }),
      });
      const ended = once(child, 'exit');
      next = spawn();
      await said(child, plan.point === 'start' || plan.point === 'migration' ? 'opening' : 'running', ended);
      const killed = killAsPlanned(child, plan, { receiver, ended });
      await show(child, scenario, ended);
      const [, signal] = await ended;
      if (signal !== 'SIGKILL') throw new Error('a process ended by itself');
      return (await killed) ? plan.point : 'any moment';
    },
    /** The last life: to the end of all that is owed. */
    async outlive(isDone: () => boolean, timeoutMs: number): Promise<void> {
      const child = await beginNext({});
      const ended = once(child, 'exit');
      const stop = delay(timeoutMs, 'late', { ref: false });
      const showing = show(child, scenario, ended);
      while (!isDone() && (await Promise.race([stop, delay(stepEveryMs)])) !== 'late');
      child.kill('SIGKILL');
      await ended;
      await showing;
    },
    /** How much healed between two lives: its end, too, must be told. */
    endedUnseen: () => endedUnseen,
    async end(): Promise<void> {
      next.child.kill('SIGKILL');
      await next.loaded.catch(() => undefined);
    },
  };
}

/** Kills where the plan says so, or at last where that does not come; says whether it ended as planned. */
async function killAsPlanned(
  child: ChildProcess,
  { point, passes, afterMs }: Plan,
  { receiver, ended }: { readonly receiver: Receiver; readonly ended: Promise<unknown> },
): Promise<boolean> {
  const reached = Promise.withResolvers<void>();
  let left = passes;
  const awaited = point === 'any moment' ? 'answer sent' : point;
  receiver.at((at) => {
    if (at !== awaited || left-- > 0) return;
    // At once, where it is about this very moment.
    if (afterMs === 0) child.kill('SIGKILL');
    reached.resolve();
  });
  if (point === 'start' || left === 0) reached.resolve();
  const late = new AbortController();
  const how = await Promise.race([
    reached.promise.then(() => 'reached'),
    ended.then(() => 'ended'),
    delay(pointDeadlineMs, 'late', { signal: late.signal }),
  ]);
  late.abort();
  if (how === 'reached') await Promise.race([delay(afterMs), ended]);
  child.kill('SIGKILL');
  receiver.at(() => undefined);
  return how !== 'late' || point === 'any moment';
}

async function said(child: ChildProcess, word: string, ended: Promise<unknown> = once(child, 'exit')): Promise<void> {
  const heard = Promise.withResolvers<void>();
  child.on('message', (message) => {
    if (message === word) heard.resolve();
  });
  await Promise.race([heard.promise, ended]);
}

/** Shows the process what is broken, again and again until it ends. */
async function show(child: ChildProcess, scenario: Scenario, ended: Promise<unknown>): Promise<void> {
  let isOver = false;
  void ended.then(() => {
    isOver = true;
  });
  while (!isOver) {
    scenario.step();
    if (child.connected) child.send(scenario.picture(), () => undefined);
    await Promise.race([ended, delay(stepEveryMs)]);
  }
}
