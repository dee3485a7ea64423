import { join } from 'node:path';
import { composeStack } from '../support/compose-stack.ts';
import { createGithubEmulator } from '../support/github-emulator/index.ts';
import { temporaryFolder } from '../support/processes.ts';
import { createSink } from '../support/sink.ts';
import { waitUntil } from '../support/wait.ts';
import { dockerAt } from './host.ts';
import {
  composeSettings,
  linkKeys,
  project,
  roomIn,
  subnet,
  type WorldOptions,
  writeFiles,
  writeOverlay,
} from './layout.ts';
import type { Machine } from './machine.ts';
import { startMonitoring } from './monitoring.ts';
import { pagesIn } from './pages.ts';
import { port, procfsBootedAt, runnerwatchIn } from './runnerwatch.ts';
import { type Mode, recoveryToken, settingsFor } from './settings.ts';
import { type Hand, watchTouches } from './touches.ts';
import { watchVerdicts } from './verdicts.ts';

export const [victim, other] = [`${project}-1`, `${project}-2`] as const;
export type Runner = typeof victim | typeof other;

const minute = 60_000;
/** An event may be dated a moment after the command that caused it has ended. */
const afterglowMs = 300;

/**
 * Two runners of the shipped compose file on a machine of their own, an emulated GitHub behind its gateway, and
 * Runnerwatch as a process, with pages that arrive at a webhook.
 */
export async function startWorld(machine: Machine, mode: Mode, options: WorldOptions = {}) {
  await using stack = new AsyncDisposableStack();
  const { internet, docker: daemon } = machine;
  const { here, console } = internet;
  const folder = stack.use(temporaryFolder());
  const github = stack.use(
    await createGithubEmulator({ longPollMs: 3000, offlineAfterMs: 6000, limit: 1_000_000, ...options.github }),
  );
  internet.setGithub(github.port);
  const sink = stack.use(await createSink());
  writeFiles(folder.path, { mode, sink: `http://${console.near}:${sink.port}/` });
  linkKeys(folder.path, daemon.volumes);
  const procfs = procfsBootedAt(folder.path, undefined);
  const { room } = options;
  if (room) daemon.mountRoom(roomIn(folder.path), `${room.options},uid=1001`);
  const overlay = writeOverlay(folder.path, options);
  const env = composeSettings(options);
  const compose = stack.use(await composeStack({ name: project, subnet, github, dockerHost: daemon.host, env }));

  const hands: Hand[] = [];
  async function byHand<T>(work: () => Promise<T>): Promise<T> {
    const hand = { from: Date.now(), to: Number.POSITIVE_INFINITY };
    hands.push(hand);
    try {
      return await work();
    } finally {
      hand.to = Date.now() + afterglowMs;
    }
  }
  const docker = (...args: readonly string[]) => byHand(() => dockerAt(daemon.host, args));
  const runnerwatch = stack.use(runnerwatchIn({ at: here, folder: folder.path, url: `http://${console.far}:${port}` }));
  const place = { mode, folder: folder.path, dockerHost: daemon.host, procfs };
  runnerwatch.configure(settingsFor(place, options.settings));
  const touches = stack.use(watchTouches(daemon.host));
  const verdicts = stack.use(watchVerdicts(runnerwatch.url));
  const up = (...services: readonly string[]) =>
    byHand(() => compose.compose([overlay], 'up', '--detach', '--no-build', '--no-deps', ...services));
  await Promise.all([
    runnerwatch.start(),
    byHand(() => compose.compose([overlay], 'up', '--no-build', '--no-deps', 'runner-volumes')),
  ]);
  await up('github-runner-1', 'github-runner-2');
  if (mode === 'external') stack.use(await startMonitoring(here, folder.path, console.far));

  const container = (runner: string) => compose.container(`github-runner-${runner.split('-')[1]}`);
  const registration = (runner: string) => github.runners().find(({ name }) => name === runner);
  const isWell = (runner: string) =>
    ['healthy', 'busy'].includes(verdicts.now(runner) ?? '') && registration(runner)?.status === 'online';
  const owned = stack.move();
  return {
    mode,
    machine,
    github,
    internet,
    daemon,
    runnerwatch,
    verdicts,
    touches,
    hands,
    pages: pagesIn(sink),
    byHand,
    docker,
    up,
    compose: (...args: readonly string[]) => byHand(() => compose.compose([overlay], ...args)),
    audit: runnerwatch.audit,
    container,
    /** A shell command in the runner's container, as its user. */
    exec: (runner: Runner, script: string) => dockerAt(daemon.host, ['exec', container(runner), 'bash', '-c', script]),
    registration,
    isWell,
    untilWell: (runners: readonly Runner[] = [victim, other], timeoutMs = 2 * minute) =>
      waitUntil(() => runners.every(isWell), {
        timeoutMs,
        what: () =>
          `${runners.join(' and ')} well; ${JSON.stringify(verdicts.all())} ${JSON.stringify(github.runners())}`,
      }),
    /** As the command line posts it. */
    ask: (path: string, body: object) =>
      fetch(`${runnerwatch.url}${path}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${recoveryToken}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
    /** From here on Runnerwatch sees a machine that was booted then. */
    bootedAt: (at: number) => void procfsBootedAt(folder.path, at),
    file: (name: string) => join(folder.path, name),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

export type World = Awaited<ReturnType<typeof startWorld>>;
