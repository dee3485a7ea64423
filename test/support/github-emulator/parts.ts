import { type Clock, systemClock } from '../../../src/lib/clock.ts';
import { createAccess, type TokenFacts } from './access.ts';
import { createAnnounced } from './announced.ts';
import { appRoutes } from './app-routes.ts';
import { type App, createApps } from './apps.ts';
import { createFaults } from './faults.ts';
import { createHooks } from './hooks.ts';
import { createRateLimits, createSecondaryLimit } from './rate.ts';
import { type Release, type Repository, repositoryRoutes } from './repository-routes.ts';
import { createRest } from './rest.ts';
import { type RunnerGroup, runnerRoutes } from './runner-routes.ts';
import { createService } from './service.ts';
import { createState, type Now } from './state.ts';
import type { Reply } from './wire.ts';
import { workRoutes } from './work-routes.ts';

export interface EmulatorOptions {
  readonly port?: number;
  readonly host?: string;
  /** Rate limit, token ends and session ends follow it; long polls take real time. */
  readonly clock?: Now & Partial<Clock>;
  /** How far GitHub's clock is ahead of `clock`. */
  readonly clockSkewMs?: number;
  readonly tokens?: Readonly<Record<string, TokenFacts>>;
  readonly apps?: readonly App[];
  readonly offlineAfterMs?: number;
  readonly jobLostAfterMs?: number;
  /** How long a listener's question for a job is held; the real GitHub holds it for most of a minute. */
  readonly longPollMs?: number;
  /** The runner version that GitHub offers for download. */
  readonly version?: string;
  /** Releases of the runner, the newest first. */
  readonly releases?: readonly Release[];
  /** Requests an hour that each credential may make; null for an Enterprise Server without limits. */
  readonly limit?: number | null;
}

export type Parts = ReturnType<typeof createParts>;

/** Everything of the emulator but the ways to it. */
export function createParts(options: EmulatorOptions, testToken: string) {
  const { offlineAfterMs = 3000, jobLostAfterMs = 600_000, longPollMs = 1000, limit = 5000 } = options;
  const given = options.clock ?? systemClock;
  const settings = createSettings(options);
  const clock: Now = { now: () => given.now() + settings.clockSkewMs() };
  const hooks = createHooks();
  const state = createState({ clock, offlineAfterMs, jobLostAfterMs, changed: hooks.tell });
  const rates = createRateLimits(clock, limit ?? Number.POSITIVE_INFINITY);
  const secondary = createSecondaryLimit(clock);
  const tokens = new Map(Object.entries(options.tokens ?? { [testToken]: {} }));
  const apps = createApps(clock, options.apps ?? []);
  const access = createAccess(clock, tokens, apps);
  const oneHourTokens = new Map<string, number>();
  const routes = [
    ...repositoryRoutes(settings),
    ...runnerRoutes({ state, clock, oneHourTokens, version: settings.version, groups: settings.groups }),
    ...workRoutes(state),
    ...appRoutes(apps),
  ];
  const handlers = [
    createRest({ routes, access, rates, secondary, limited: limit !== null }),
    createService({ state, clock, oneHourTokens, minimumVersion: settings.minimumVersion, longPollMs }),
  ];
  let answers = 0;

  /** With the headers that GitHub puts on every answer. */
  function dated(reply: Reply): Reply {
    answers += 1;
    const always = { date: new Date(clock.now()).toUTCString(), 'x-github-request-id': `EMUL:${answers}` };
    return { ...reply, headers: { ...always, ...reply.headers } };
  }

  const announced = createAnnounced(clock);
  const faults = createFaults();
  const callersClock = { ...systemClock, ...(isClock(given) && bound(given)) };
  return {
    ...settings,
    state,
    rates,
    secondary,
    tokens,
    apps,
    access,
    hooks,
    handlers,
    announced,
    faults,
    dated,
    callersClock,
  };
}

function isClock(clock: Now & Partial<Clock>): clock is Clock {
  return clock.sleep !== undefined && clock.monotonic !== undefined;
}

function bound(clock: Clock): Clock {
  return {
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    sleep: (ms, signal) => clock.sleep(ms, signal),
  };
}

/** What a test may change while the emulator runs. */
function createSettings({ version: offered = '2.336.0', releases: published = [], clockSkewMs = 0 }: EmulatorOptions) {
  const repositories = new Map<string, Repository>();
  const missing = new Set<string>();
  const groups: RunnerGroup[] = [];
  let minimum = '0';
  let version: string | undefined = offered;
  let releases = published;
  let skew = clockSkewMs;
  return {
    repositories,
    missing,
    groups: () => groups,
    version: () => version,
    releases: () => releases,
    minimumVersion: () => minimum,
    clockSkewMs: () => skew,
    addRepository: (repository: Repository): void => {
      missing.delete(repository.name);
      repositories.set(repository.name, repository);
    },
    removeRepository: (name: string): void => void missing.add(name),
    addRunnerGroup: (group: RunnerGroup): void => void groups.push(group),
    setMinimumVersion: (next: string): void => {
      minimum = next;
    },
    /** Undefined where GitHub offers none. */
    setVersion: (next: string | undefined): void => {
      version = next;
    },
    setReleases: (next: readonly Release[]): void => {
      releases = next;
    },
    setClockSkew: (ms: number): void => {
      skew = ms;
    },
  };
}
