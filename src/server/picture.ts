import { healthMetrics } from '../collectors/container-health-metrics.ts';
import { unreachableSamples } from '../collectors/depends.ts';
import type { Collecting, CollectorStatus } from '../collectors/run.ts';
import type { Config } from '../config/schema.ts';
import type { RunnerState } from '../model/runner.ts';
import type { Sample } from '../model/sample.ts';
import { evidenceFrom } from '../recovery/evidence.ts';
import { verdictSamples } from '../recovery/verdict.ts';
import { createVerdictKeeper } from '../recovery/verdict-keeper.ts';
import type { SourceView, Views } from '../recovery/views.ts';
import type { Latest } from '../samples/latest.ts';
import type { RunnerVerdictStore } from '../state/runner-verdicts.ts';
import type { Ground } from './sources.ts';

/** The present state, joined from what all collectors said last. */
export interface Picture {
  runners(): readonly RunnerState[];
  /** Docker was asked to stop a container. */
  noteStop(containerId: string): void;
  /** Everything that is not prom-client's own: the collectors' samples, how they fare, what follows from them, the engine's own. */
  samples(): readonly Sample[];
}

interface Parts {
  readonly ground: Pick<Ground, 'clock' | 'log' | 'audit'>;
  readonly latest: Latest;
  readonly collecting: Pick<Collecting, 'status' | 'samples'>;
  readonly config: Pick<Config, 'targets' | 'verdict'>;
  readonly verdictStore: RunnerVerdictStore;
}

export function createPicture(
  { ground, latest, collecting, config, verdictStore }: Parts,
  engineSamples: () => readonly Sample[],
): Picture {
  const { clock, log, audit } = ground;
  const keeper = createVerdictKeeper({ clock, log, audit, store: verdictStore, config: config.verdict });
  function runners(): readonly RunnerState[] {
    const status = collecting.status();
    const views = viewsOf(status, latest);
    return keeper.look(
      evidenceFrom(latest.all(), views),
      views,
      asked.some((name) => isToCome(status, name)),
    );
  }
  return {
    runners,
    noteStop: keeper.noteStop,
    samples: () => [
      ...latest.all(),
      ...unreachableSamples(config.targets, latest.all()),
      ...collecting.samples(),
      ...verdictSamples(runners()),
      ...engineSamples(),
    ],
  };
}

/** The runners that have a container here, as far as Docker said. */
export function hostedRunners(latest: Pick<Latest, 'of'>): ReadonlySet<string> {
  const samples = latest.of('container-health').filter(({ metric }) => metric.name === healthMetrics.runnerInfo.name);
  return new Set(samples.map(({ labels }) => labels.runner ?? ''));
}

/** Without these, a verdict would be another one. */
const asked = ['container-health', 'github-runners'] as const;

function statusOf(statuses: readonly CollectorStatus[], name: string): CollectorStatus | undefined {
  return statuses.find((candidate) => candidate.name === name);
}

function viewsOf(statuses: readonly CollectorStatus[], latest: Latest): Views {
  const scopes = latest.of('github-runners').filter(({ metric }) => metric.name === 'github_scope_success');
  return {
    docker: viewOf(statuses, 'container-health'),
    github: viewOf(statuses, 'github-runners'),
    scopes: new Set(scopes.map(({ labels }) => labels.scope ?? '')),
    dockerAt: readAt(statuses, 'container-health'),
    dockerAgainAt: statusOf(statuses, 'container-health')?.againAt,
    hostAt: readAt(statuses, 'host'),
    pathAt: readAt(statuses, 'path'),
  };
}

function viewOf(statuses: readonly CollectorStatus[], name: string): SourceView {
  const status = statusOf(statuses, name);
  if (!status || status.idle !== undefined) return 'off';
  return status.success ? 'answering' : 'failing';
}

/** Of a reading that failed in a part, the rest is of this moment. */
function readAt(statuses: readonly CollectorStatus[], name: string): number | undefined {
  const status = statusOf(statuses, name);
  return status?.success ? status.lastSuccess : undefined;
}

function isToCome(statuses: readonly CollectorStatus[], name: string): boolean {
  const status = statusOf(statuses, name);
  return status !== undefined && status.idle === undefined && status.success === undefined;
}
