import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { shownJobs } from './collectors/github/queue-view.ts';
import { createGithubTallies } from './collectors/github/tallies.ts';
import type { LoadedConfig } from './config/load.ts';
import { readFile } from './config/ports.ts';
import type { HttpPorts, ReloadResult } from './http/ports.ts';
import { type Clock, systemClock } from './lib/clock.ts';
import { type Log, reasonOf } from './lib/log.ts';
import { freshFlight } from './lib/loop.ts';
import { ProblemsError } from './lib/problem.ts';
import { readSecret } from './lib/secret.ts';
import { version } from './lib/version.ts';
import { requestsFrom } from './recovery/payload.ts';
import { createExposition } from './samples/exposition.ts';
import { createHistory } from './samples/history.ts';
import { createSelfMetrics } from './samples/self.ts';
import { createAlertmanagerPorts } from './server/alertmanager.ts';
import { type Auditing, createAuditing } from './server/auditing.ts';
import { createRunnerPorts } from './server/brokering.ts';
import { createHealingPorts, type Healing, startHealing } from './server/healing.ts';
import { openAddresses } from './server/listening.ts';
import { createRelayPorts } from './server/relays.ts';
import { type Kept, prepareRuntime, type Runtime } from './server/runtime.ts';
import { startScaling } from './server/scaling.ts';
import { createWebhooks } from './server/webhooks.ts';
import { createGithubMemory } from './sources/github/memory.ts';
import { openDatabase } from './state/database.ts';
import { createGithubHoldStore } from './state/github-holds.ts';
import { createOutbox } from './state/outbox.ts';

export interface ServerOptions {
  /** Reads the configuration anew at each call. Throws a ProblemsError where it is bad. */
  readonly load: () => Promise<LoadedConfig>;
  readonly log: Log;
  readonly clock?: Clock;
}

export interface RunningServer extends AsyncDisposable {
  readonly url: string;
  reload(): Promise<ReloadResult>;
  /** Settles when the server has ended. */
  readonly ended: Promise<void>;
}

/**
 * Joins all floors along one line: sources → collectors → samples → rules → alerts → receivers, with recovery as the
 * last receiver. All that is opened is on one stack, so that a start that fails and a stop unwind alike.
 */
export async function createServer({ load, log, clock = systemClock }: ServerOptions): Promise<RunningServer> {
  await using stack = new AsyncDisposableStack();
  const loaded = await load();
  const { config } = loaded;
  const kept = await openKept(loaded, { clock, log, readFile, userAgent: `runnerwatch/${version}` }, stack);
  let runtime = await prepareRuntime(config, kept);
  kept.self.reloaded(true, clock.now());
  stack.defer(() => runtime.stop());
  const healing = startHealing(() => runtime, kept, stack);
  startScaling(() => runtime, kept, healing, stack);
  const onUnwell = healing.processes.expect;
  const reload = reloader(load, kept, async (next) => {
    await runtime.stop();
    const carried = runtime.engine()?.held();
    runtime = next;
    next.start({ carried, onUnwell });
  });
  const ports = portsOver(() => runtime, { healing, reload, kept });
  const listening = await openAddresses(config, ports, { clock, log, stack });
  kept.auditing.started();
  runtime.start({ onUnwell });
  tellWhatIsWatched(runtime, log);
  const owned = stack.move();
  const ended = Promise.withResolvers<void>();
  return {
    url: listening.url,
    reload,
    ended: ended.promise,
    [Symbol.asyncDispose]: () => owned.disposeAsync().finally(ended.resolve),
  };
}

interface Opened extends Kept {
  readonly auditing: Auditing;
}

async function openKept(
  loaded: LoadedConfig,
  ground: Omit<Kept['ground'], 'audit'>,
  stack: AsyncDisposableStack,
): Promise<Opened> {
  const { data_dir, history } = loaded.config;
  await mkdir(data_dir, { recursive: true, mode: 0o700 }).catch((error: unknown) => {
    throw new Error(`data_dir ${data_dir} cannot be made: ${reasonOf(error)}; set data_dir to one that can`);
  });
  const database = stack.use(openDatabase(join(data_dir, 'runnerwatch.db')));
  database.keepReserve();
  const outbox = createOutbox(database);
  const self = createSelfMetrics({ version, nodeVersion: process.version }, outbox.pending, outbox.deadCount);
  const auditing = stack.use(createAuditing({ loaded, database, meter: self.audit, version, ground }));
  return {
    ground: { ...ground, audit: auditing.audit },
    auditing,
    database,
    githubMemory: createGithubMemory({ clock: ground.clock, holds: createGithubHoldStore(database) }),
    history: createHistory({ retentionMs: 0, maxSeries: history.max_series, maxPoints: history.max_points }),
    self,
    tallies: createGithubTallies(ground.clock),
  };
}

/** All that can fail is done before anything that lives is touched. One reload at a time. */
function reloader(load: ServerOptions['load'], kept: Opened, use: (next: Runtime) => Promise<void>) {
  const { clock, log } = kept.ground;
  async function reloadOnce(): Promise<ReloadResult> {
    try {
      const loaded = await load();
      await use(await prepareRuntime(loaded.config, kept));
      kept.auditing.use(loaded);
      kept.self.reloaded(true, clock.now());
      return { ok: true };
    } catch (error) {
      kept.self.reloaded(false, clock.now());
      if (!(error instanceof ProblemsError)) log.error({ reason: reasonOf(error) }, 'reload failed');
      return { ok: false, problems: reasonOf(error) };
    }
  }
  // Whoever reaches the port may ask: however many do, one waits behind the one that is under way.
  return freshFlight(reloadOnce);
}

function portsOver(
  current: () => Runtime,
  { healing, reload, kept }: { readonly healing: Healing; readonly reload: HttpPorts['reload']; readonly kept: Kept },
): HttpPorts {
  const exposition = createExposition({ registry: kept.self.registry, samples: () => current().picture.samples() });
  return {
    metrics: async (accept) => {
      await current().collecting.scrape();
      return exposition.render(accept);
    },
    probe: (request, signal) => current().probing(request, signal),
    ready: () =>
      current()
        .collecting.status()
        .every(({ idle, success }) => (idle ?? success) !== undefined),
    reload,
    overview: () => {
      const { config, picture, engine, collecting } = current();
      return {
        version,
        evaluates: config.rules.enabled,
        runners: picture.runners(),
        alerts: engine()?.alerts() ?? [],
        collectors: collecting.status(),
      };
    },
    rules: () => current().engine()?.rules() ?? [],
    deployments: () => current().sources.runs.deployments(),
    queue: () => shownJobs({ ...kept.ground, ...current().sources }),
    recoveryToken: async () => {
      const { token } = current().config.recovery;
      return token && readSecret(token, kept.ground.readFile);
    },
    recover: async (body) => {
      const requests = requestsFrom(body);
      return requests && Promise.all(requests.map(healing.healer.recover));
    },
    healing: createHealingPorts(current, healing),
    webhooks: createWebhooks(current, kept),
    runner: createRunnerPorts(current, kept),
    alertmanager: createAlertmanagerPorts(current, kept),
    relays: createRelayPorts(current),
  };
}

function tellWhatIsWatched({ collecting }: Runtime, log: Log): void {
  for (const { name: collector, idle: reason } of collecting.status()) {
    if (reason === undefined) log.info({ collector }, 'watching');
    else log.info({ collector, reason }, 'not watching');
  }
}
