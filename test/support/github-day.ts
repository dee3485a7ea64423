import { setImmediate as nextTurn } from 'node:timers/promises';
import { createGithubTallies } from '../../src/collectors/github/tallies.ts';
import { type BoundCollector, createCollecting } from '../../src/collectors/run.ts';
import { type Config, Settings } from '../../src/config/schema.ts';
import { silentLog } from '../../src/lib/log.ts';
import { VerdictConfig } from '../../src/recovery/verdict-config.ts';
import { createLatest } from '../../src/samples/latest.ts';
import { bindCollectors } from '../../src/server/collecting.ts';
import { createPicture } from '../../src/server/picture.ts';
import { createSources } from '../../src/server/sources.ts';
import { createGithubSource } from '../../src/sources/github/create.ts';
import { createGithubMemory } from '../../src/sources/github/memory.ts';
import { createContainerPastStore } from '../../src/state/container-past.ts';
import { type Database, openDatabase } from '../../src/state/database.ts';
import { createGithubHoldStore } from '../../src/state/github-holds.ts';
import { createJobStore } from '../../src/state/github-jobs.ts';
import { createGithubRunnerStore, createRunnerReleaseStore } from '../../src/state/github-runners.ts';
import { createGithubRunStore } from '../../src/state/github-runs.ts';
import { createHostKeyStore } from '../../src/state/host-keys.ts';
import { createRunnerVerdictStore } from '../../src/state/runner-verdicts.ts';
import { FakeClock } from './fake-clock.ts';
import { createGithubEmulator, TEST_TOKEN } from './github-emulator/index.ts';

/** Shorter than every deadline of a request: one that is under way is never cut off by a clock that runs ahead. */
const stepMs = 5000;

/** Turns of the event loop that an answer without a socket takes at most, and a part of the wait between attempts. */
const patience = 50;
const attemptMs = 100;

const names: ReadonlySet<string> = new Set([
  'github-runners',
  'github-queue',
  'github-pipelines',
  'github-credentials',
]);

export type GithubDay = Awaited<ReturnType<typeof startGithubDay>>;

type Emulator = Awaited<ReturnType<typeof createGithubEmulator>>;

interface Watched {
  readonly repositories?: readonly string[];
  readonly organizations?: readonly string[];
}

/** GitHub's collectors with their source, as the server makes them, and an emulated GitHub under one clock. */
export async function startGithubDay(watched: Watched) {
  const clock = new FakeClock();
  const emulator = await createGithubEmulator({ clock });
  const database = openDatabase(':memory:');
  let instance = start(watched, { clock, emulator, database });

  return {
    clock,
    emulator,
    get source() {
      return instance.source;
    },
    get collecting() {
      return instance.collecting;
    },
    get latest() {
      return instance.latest;
    },
    get picture() {
      return instance.picture;
    },
    /** Lets the time pass; whoever asks GitHub is waited for. */
    async pass(ms: number): Promise<void> {
      for (const end = clock.now() + ms; clock.now() < end; ) {
        await clock.advance(Math.min(stepMs, end - clock.now()));
        for (let turns = 1; instance.underWay() > 0; turns++) {
          await nextTurn();
          // Who still is not done waits for the clock, before another attempt.
          if (turns % patience === 0) await clock.advance(attemptMs);
        }
      }
    },
    /** Ends Runnerwatch and starts it again: only what is on its disk stays. */
    async restart(): Promise<void> {
      await instance.stop();
      instance = start(watched, { clock, emulator, database });
    },
    async [Symbol.asyncDispose]() {
      await instance.stop();
      database[Symbol.dispose]();
      await emulator[Symbol.asyncDispose]();
    },
  };
}

interface Ground {
  readonly clock: FakeClock;
  readonly emulator: Emulator;
  readonly database: Database;
}

function start(watched: Watched, ground: Ground) {
  const { clock } = ground;
  const { source, collectors } = createCollectors(watched, ground);
  const { collectors: counted, underWay } = countUnderWay(collectors);
  const latest = createLatest();
  const stopping = new AbortController();
  const collecting = createCollecting(counted, { clock, log: silentLog, latest, signal: stopping.signal });
  const running = collecting.run(stopping.signal);
  async function stop(): Promise<void> {
    stopping.abort(new Error('the day is over'));
    await running;
  }
  const config = { targets: [], verdict: VerdictConfig.parse({}) };
  const store = createRunnerVerdictStore(ground.database);
  const parts = { ground: { clock, log: silentLog, audit: () => undefined }, latest, collecting, config };
  const picture = createPicture({ ...parts, verdictStore: store }, () => []);
  return { source, collecting, latest, picture, underWay, stop };
}

/** All but GitHub's own are left out, and the source asks the emulator without a socket. */
function createCollectors(watched: Watched, { clock, emulator, database }: Ground) {
  const docker = { host: 'unix:///nonexistent/docker.sock' };
  const settings = Settings.parse({ docker, github: { token: TEST_TOKEN, ...watched } });
  // What loading a file fills in beside is for others than these collectors.
  const config = settings as Config;
  const audit = (): void => undefined;
  const ground = { clock, log: silentLog, userAgent: 'runnerwatch/test', audit, readFile: async () => '' };
  const memory = createGithubMemory({ clock, holds: createGithubHoldStore(database) });
  const stores = {
    memory,
    runners: createGithubRunnerStore(database),
    releases: createRunnerReleaseStore(database),
    jobs: createJobStore(database),
    runs: createGithubRunStore(database),
    tallies: createGithubTallies(clock),
  };
  const pasts = createContainerPastStore(database);
  const sources = createSources(config, ground, createHostKeyStore(database), pasts, stores);
  const { api_url: apiUrl, budget_ratio: budgetRatio } = config.github;
  const access = { apiUrl, budgetRatio, scopes: sources.githubScopes, token: async () => TEST_TOKEN, memory };
  const source = createGithubSource({ ...ground, ...access, random: () => 0.5, http: emulator.http });
  // One handshake an hour with the real GitHub is none of the limit.
  const githubEdge = { certificateEnd: async () => undefined, keyModified: async () => undefined };
  const bound = bindCollectors(config, { ...ground, ...sources, github: source, githubEdge });
  return { source, collectors: bound.filter(({ name }) => names.has(name)) };
}

function countUnderWay(collectors: readonly BoundCollector[]) {
  let underWay = 0;
  const counted = collectors.map((collector) => ({
    ...collector,
    async collect(signal: AbortSignal) {
      underWay += 1;
      return await collector.collect(signal).finally(() => {
        underWay -= 1;
      });
    },
  }));
  return { collectors: counted, underWay: () => underWay };
}
