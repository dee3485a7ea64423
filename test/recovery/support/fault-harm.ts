import { RecoveryConfig } from '../../../src/recovery/config.ts';
import type { Name, Truth } from './fault-deeds.ts';

/* What must never be, whatever happens. */

export const config = RecoveryConfig.parse({
  ...{ grace: '10s', verify_timeout: '1m' },
  budget: { attempts: 2, total: 4 },
  breaker: { pause: '10m' },
  ghosts: { after: '1m', names: ['.*'] },
});

/** Verdicts at which nothing may be touched, whoever asks. */
export const untouchable = new Set(['healthy', 'busy', 'starting', 'stopped', 'cut-off', 'unknown', 'stuck-busy']);

export interface Done {
  readonly what: string;
  readonly runner: Name;
  /** On a clock that nobody sets. */
  readonly at: number;
}

/** What must never be true of an act at the moment when it is done. */
export function harmOf({
  what,
  runner,
  truth: now,
  githubAnswers,
  paused,
  draining,
}: {
  what: string;
  runner: Name;
  truth: Truth;
  githubAnswers: boolean;
  paused: ReadonlySet<Name | undefined>;
  draining: ReadonlySet<string>;
}): readonly string[] {
  const rules: readonly Rule[] = [
    ...jobs(now, githubAnswers),
    [draining.has(runner), 'it is being drained'],
    [untouchable.has(now.verdict), `it is ${now.verdict}`],
    [now.container === 'stopped', 'a person stopped it'],
    [paused.has(runner) || paused.has(undefined), 'it is paused'],
    [what === 'remove' && now.verdict === 'ghost' && now.container !== 'none', 'it has a container'],
  ];
  return broken(what, runner, rules);
}

/** The same of a person's drain, which asks neither for a verdict nor for a pause. */
export function harmOfDrain(runner: Name, now: Truth, githubAnswers: boolean): readonly string[] {
  return broken('stop', runner, jobs(now, githubAnswers));
}

type Rule = readonly [boolean, string];

function jobs(now: Truth, githubAnswers: boolean): readonly Rule[] {
  return [
    [now.githubBusy && now.listed, 'GitHub says busy'],
    [now.worker && now.container === 'running', 'a worker runs'],
    [now.factsSayWorker && now.container === 'running', 'the health check says that a worker runs'],
    [now.topFails && now.container === 'running', 'nobody knows whether a worker runs'],
    [!githubAnswers, 'GitHub does not answer'],
  ];
}

function broken(what: string, runner: Name, rules: readonly Rule[]): readonly string[] {
  return rules.filter(([isTrue]) => isTrue).map(([, why]) => `${what} of ${runner}, though ${why}`);
}

/** In any window of an hour of real time, whatever the wall clock was set to. A re-registration and a clean-up are one action. */
export function overBudget(acts: readonly Done[]): readonly string[] {
  const { attempts, total, window } = config.budget;
  const counted = acts.filter(({ what, runner, at }, index) => {
    const before = acts.slice(0, index).findLast((other) => other.runner === runner);
    const isPartOf = before?.what === 'remove' || before?.what === 'prune';
    return !(what === 'restart' && before && isPartOf && at - before.at < 120_000);
  });
  return counted.flatMap(({ runner, at }) => {
    const within = counted.filter((other) => other.at <= at && other.at > at - window);
    const own = within.filter((other) => other.runner === runner).length;
    return [
      ...(own > attempts ? [`${own} actions on ${runner} within an hour`] : []),
      ...(within.length > total ? [`${within.length} actions within an hour`] : []),
    ];
  });
}
