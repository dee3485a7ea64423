import { counter, gauge, type Sample, sample } from '../model/sample.ts';

const labels = ['rule_group'];

/** Under the names that Prometheus has for them, so that the known rules on rules go on. */
export const ruleMetrics = {
  evaluations: counter('prometheus_rule_evaluations_total', 'Evaluations of rules.', labels),
  failures: counter('prometheus_rule_evaluation_failures_total', 'Evaluations of rules that failed.', labels),
  iterations: counter('prometheus_rule_group_iterations_total', 'Evaluations of rule groups.', labels),
  missed: counter(
    'prometheus_rule_group_iterations_missed_total',
    'Intervals in which a rule group was not evaluated because an evaluation was too slow.',
    labels,
  ),
  interval: gauge('prometheus_rule_group_interval_seconds', 'How often a rule group is to be evaluated.', labels),
  duration: gauge(
    'prometheus_rule_group_last_duration_seconds',
    'How long the last evaluation of a rule group took.',
    labels,
  ),
  evaluatedAt: gauge(
    'prometheus_rule_group_last_evaluation_timestamp_seconds',
    'When a rule group was last evaluated; 0 before the first time.',
    labels,
  ),
  returned: gauge(
    'prometheus_rule_group_last_evaluation_samples',
    'Samples that the last evaluation of a rule group returned.',
    labels,
  ),
  rules: gauge('prometheus_rule_group_rules', 'Rules in a rule group.', labels),
} as const;

interface Group {
  readonly file: string;
  readonly name: string;
  readonly intervalMs: number;
  readonly evaluations: number;
  readonly failures: number;
  readonly iterations: number;
  readonly missed: number;
  readonly lastEvaluation: number | undefined;
  readonly lastDurationMs: number;
  readonly samples: number;
  readonly rules: readonly unknown[];
}

/** How the evaluation of the embedded rules goes. */
export function ruleSamples(groups: readonly Group[]): readonly Sample[] {
  return groups.flatMap((group) => {
    const of = { rule_group: `${group.file};${group.name}` };
    return [
      sample(ruleMetrics.evaluations, of, group.evaluations),
      sample(ruleMetrics.failures, of, group.failures),
      sample(ruleMetrics.iterations, of, group.iterations),
      sample(ruleMetrics.missed, of, group.missed),
      sample(ruleMetrics.interval, of, group.intervalMs / 1000),
      sample(ruleMetrics.duration, of, group.lastDurationMs / 1000),
      sample(ruleMetrics.evaluatedAt, of, (group.lastEvaluation ?? 0) / 1000),
      sample(ruleMetrics.returned, of, group.samples),
      sample(ruleMetrics.rules, of, group.rules.length),
    ];
  });
}
