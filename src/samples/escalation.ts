import { counter, gauge, type Sample, sample } from '../model/sample.ts';

export const escalationMetrics = {
  acknowledgements: gauge('runnerwatch_acknowledgements', 'Alerts that somebody has acknowledged.'),
  escalations: counter(
    'runnerwatch_escalations_total',
    'How often a step of an escalation told its receiver of alerts that it did not know, by chain and step from 1 on.',
    ['chain', 'step'],
  ),
} as const;

interface EscalationFill {
  readonly acknowledgements: number;
  readonly escalations: readonly { readonly chain: string; readonly step: number; readonly count: number }[];
}

export function escalationSamples({ acknowledgements, escalations }: EscalationFill): readonly Sample[] {
  return [
    sample(escalationMetrics.acknowledgements, {}, acknowledgements),
    ...escalations.map(({ chain, step, count }) =>
      sample(escalationMetrics.escalations, { chain, step: String(step) }, count),
    ),
  ];
}
