import type { Relays } from '../alerts/relays.ts';
import type { GithubTallies } from '../collectors/github/tallies.ts';
import { type Collecting, createCollecting } from '../collectors/run.ts';
import { type Documents, loadDocuments } from '../config/documents.ts';
import type { Config } from '../config/schema.ts';
import { freshFlight } from '../lib/loop.ts';
import type { Alert } from '../model/alert.ts';
import type { History } from '../samples/history.ts';
import { createLatest } from '../samples/latest.ts';
import type { SelfMetrics } from '../samples/self.ts';
import type { DockerSource } from '../sources/docker/docker-source.ts';
import type { GithubMemory } from '../sources/github/memory.ts';
import { createContainerPastStore } from '../state/container-past.ts';
import type { Database } from '../state/database.ts';
import { createJobStore } from '../state/github-jobs.ts';
import { createGithubRunnerStore, createRunnerReleaseStore } from '../state/github-runners.ts';
import { createGithubRunStore } from '../state/github-runs.ts';
import { createHostKeyStore } from '../state/host-keys.ts';
import { createRunnerVerdictStore } from '../state/runner-verdicts.ts';
import { bindCollectors } from './collecting.ts';
import { createEngine, type Engine } from './engine.ts';
import { createNews, type ToldCollector, toldCollectors } from './news.ts';
import { createPicture, hostedRunners, type Picture } from './picture.ts';
import { createProbing, type Probing } from './probing.ts';
import { createReacting } from './reacting.ts';
import { createConfiguredRelays } from './relaying.ts';
import { createSources, type Ground, type Sources } from './sources.ts';

/** Everything that one configuration makes, and that a reload replaces as a whole. */
export interface Runtime {
  readonly config: Config;
  readonly sources: Sources;
  readonly collecting: Collecting;
  readonly picture: Picture;
  readonly probing: Probing;
  readonly relays: Relays;
  /** Shows what the collector was told between its collections, and asks the rules about it. */
  news(collector: ToldCollector): void;
  /** Undefined before the start, and where a real Prometheus evaluates the rules. */
  engine(): Engine | undefined;
  start(starting?: Starting): void;
  /** Ends when all that was started has ended. */
  stop(): Promise<void>;
}

interface Starting {
  /** The alerts that the engine of the runtime before it held. */
  readonly carried?: readonly Alert[] | undefined;
  /** Is told first of a runner's container that its check calls unwell; only where rules are evaluated here. */
  readonly onUnwell?: (container: string) => void;
}

/** What outlives a configuration. */
export interface Kept {
  readonly ground: Ground;
  readonly database: Database;
  readonly githubMemory: GithubMemory;
  readonly history: History;
  readonly self: SelfMetrics;
  readonly tallies: GithubTallies;
}

/** How long the rules wait for the collectors' first samples, so that `absent()` does not speak too early. */
const firstSamplesMs = 15_000;

/** Reads the files that the configuration names, and builds all; starts nothing. Throws a ProblemsError. */
export async function prepareRuntime(config: Config, kept: Kept): Promise<Runtime> {
  const { ground } = kept;
  const documents = await loadDocuments(config, ground.readFile);
  const stopping = new AbortController();
  const sources = createSources(
    config,
    ground,
    createHostKeyStore(kept.database),
    createContainerPastStore(kept.database),
    {
      memory: kept.githubMemory,
      runners: createGithubRunnerStore(kept.database),
      releases: createRunnerReleaseStore(kept.database),
      jobs: createJobStore(kept.database),
      runs: createGithubRunStore(kept.database),
      tallies: kept.tallies,
    },
  );
  const latest = createLatest();
  const deps = { ...ground, ...sources, hostedRunners: () => hostedRunners(latest) };
  const collecting = createCollecting(bindCollectors(config, deps), {
    ...{ clock: ground.clock, log: ground.log, latest, signal: stopping.signal },
    told: config.github.webhook_secret ? toldCollectors : [],
  });
  const verdictStore = createRunnerVerdictStore(kept.database);
  const picture = createPicture({ ground, latest, collecting, config, verdictStore }, () => engine?.samples() ?? []);
  let engine: Engine | undefined;
  const running: Promise<void>[] = [];
  const news = createNews({ ...ground, collecting, engine: () => engine, signal: stopping.signal });
  return {
    config,
    sources,
    collecting,
    picture,
    probing: createProbing({ config, ground, sources }),
    relays: createConfiguredRelays(config, kept),
    news: news.tell,
    engine: () => engine,
    start: ({ carried = [], onUnwell = () => undefined } = {}) => {
      // Not earlier: it takes over the state that the runtime before it wrote to its end.
      engine = createOptionalEngine({ config, documents, collecting, picture, kept, carried });
      running.push(...loops({ sources, collecting, picture, engine, onUnwell }, kept, stopping.signal));
    },
    stop: async () => {
      await engine?.drain();
      stopping.abort(new Error('stopped'));
      await Promise.all([...running, news.end()]);
      sources.docker.close();
      sources.ssh.close();
    },
  };
}

interface EngineParts {
  readonly config: Config;
  readonly carried: readonly Alert[];
  readonly documents: Documents;
  readonly collecting: Collecting;
  readonly picture: Picture;
  readonly kept: Kept;
}

function createOptionalEngine({
  config,
  documents,
  collecting,
  picture,
  kept,
  carried,
}: EngineParts): Engine | undefined {
  if (!config.rules.enabled) return undefined;
  const { ground, self } = kept;
  const shown = async () => [...picture.samples(), ...(await self.samples())];
  return createEngine({ config, documents, refresh: collecting.scrape, shown, carried, ...kept }, ground);
}

interface Parts extends Pick<Runtime, 'sources' | 'collecting' | 'picture'>, Pick<Required<Starting>, 'onUnwell'> {
  readonly engine: Engine | undefined;
}

function loops(
  { sources, collecting, picture, engine, onUnwell }: Parts,
  { ground, self }: Kept,
  signal: AbortSignal,
): readonly Promise<void>[] {
  // An event is told the moment it happens; polling is only the safety net.
  const react = freshFlight(async () => {
    if (signal.aborted) return;
    await collecting.collect('container-health');
    await engine?.evaluateShown();
  });
  const reactTo = createReacting({
    ...{ look: react, clock: ground.clock, signal },
    onUnwell: engine ? onUnwell : () => undefined,
  });
  const watching = sources.docker.watch(
    (event) => {
      if (event.action === 'oom') sources.history.noteOom(event.id);
      if (event.action === 'stop') picture.noteStop(event.id);
      reactTo(event);
    },
    (connected, reason) => {
      self.dockerEvents(connected);
      tellConnection(sources.docker, connected, reason, ground);
      if (connected) void react();
    },
    signal,
  );
  // The last look is waited for: after the end the database is closed.
  const lastLook = watching.then(react);
  return [collecting.run(signal), lastLook, runEngine(engine, collecting, ground, signal)];
}

function tellConnection(docker: DockerSource, connected: boolean, reason: string | undefined, { log }: Ground): void {
  const { host } = docker;
  if (connected) log.info({ host }, 'docker events connected');
  // Where there is no Docker at all, the collectors say so at the start.
  else if (docker.available() === undefined) log.warn({ host, reason }, 'docker events disconnected');
}

async function runEngine(
  engine: Engine | undefined,
  collecting: Collecting,
  { clock }: Ground,
  signal: AbortSignal,
): Promise<void> {
  if (!engine) return;
  await Promise.race([collecting.first(), clock.sleep(firstSamplesMs, signal).catch(() => undefined)]);
  await engine.run(signal);
}
