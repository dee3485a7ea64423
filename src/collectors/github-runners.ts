import { z } from 'zod';
import { reasonOf } from '../lib/log.ts';
import { Duration } from '../lib/schema.ts';
import type { GithubScope } from '../model/runner.ts';
import type { Sample } from '../model/sample.ts';
import type { GithubSource } from '../sources/github/github-source.ts';
import { type AuditDeps, type BaseDeps, defineCollector, PartialCollection } from './collector.ts';
import type { ReadScope, RunnerCatalog } from './github/runner-catalog.ts';
import type { RunnerMemory } from './github/runner-memory.ts';
import { runnerMetrics } from './github/runner-metrics.ts';
import { readScopes } from './github/runner-reading.ts';
import { picture } from './github/runner-samples.ts';

export type GithubRunnersDeps = BaseDeps &
  AuditDeps & {
    readonly github: GithubSource;
    readonly githubScopes: readonly GithubScope[];
    readonly runnerMemory: RunnerMemory;
    readonly runnerCatalog: RunnerCatalog;
    /** The names of those that have a container here, as far as that is known. */
    readonly hostedRunners?: () => ReadonlySet<string>;
  };

const Config = z.strictObject({
  enabled: z.boolean().default(true).describe('Whether GitHub is asked for its runners.'),
  interval: Duration.prefault('30s').describe('How often GitHub is asked.'),
  timeout: Duration.prefault('20s').describe('How long one collection may take.'),
  max_runners: z
    .int()
    .min(1)
    .max(10_000)
    .default(1000)
    .describe('Runners of each scope that have series of their own; further ones are only counted.'),
});

/** The part of the timeout that is used: what was read in it must still be given. */
const usedOfTimeout = 0.9;

export const githubRunners = defineCollector({
  name: 'github-runners',
  help: 'Registered runners and their state, as GitHub sees them.',
  schedule: 'interval',
  config: Config,
  metrics: runnerMetrics,
  idle({ github, githubScopes }: GithubRunnersDeps) {
    const missing = [github.available(), githubScopes.length === 0 ? noScopes : undefined];
    return missing.filter((reason) => reason !== undefined).join(' and ') || undefined;
  },
  pace: ({ github }, { interval }) => github.pace(interval),
  view: known,

  async collect(deps, config, signal) {
    const end = deps.clock.monotonic() + config.timeout * usedOfTimeout;
    const { read, failures } = await readScopes(deps, end, signal);
    const all = new Set([...failures, ...(await refreshCatalog(deps, read, end, signal))]);
    const samples = known(deps, config);
    if (all.size > 0) throw new PartialCollection([...all].join('; '), samples);
    return samples;
  },
});

const noScopes = 'no github.repositories, github.organizations or github.enterprises';

/** Only where GitHub answers now; gives why it could not be kept, if so. */
async function refreshCatalog(
  { clock, github, runnerCatalog }: GithubRunnersDeps,
  read: readonly ReadScope[],
  end: number,
  signal: AbortSignal,
): Promise<readonly string[]> {
  if (read.length === 0) return [];
  try {
    await runnerCatalog.refresh(github, read, end - clock.monotonic(), signal);
    return [];
  } catch (error) {
    signal.throwIfAborted();
    return [reasonOf(error)];
  }
}

function known(deps: GithubRunnersDeps, config: z.output<typeof Config>): readonly Sample[] {
  const scopes = deps.githubScopes.map(({ name }) => name);
  const hosted = deps.hostedRunners?.() ?? new Set();
  return picture(scopes, config.max_runners, { memory: deps.runnerMemory, catalog: deps.runnerCatalog, hosted });
}
