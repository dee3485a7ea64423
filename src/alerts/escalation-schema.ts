import { z } from 'zod';
import { Duration } from '../lib/schema.ts';
import { isLabelName } from './label-names.ts';
import { parseMatchers } from './matchers.ts';

const maxChains = 50;
const maxSteps = 20;

const MatcherText = z
  .string()
  .refine(isMatcher, 'expected an Alertmanager matcher such as severity="critical" or team=~"a|b"');

const Step = z.strictObject({
  after: Duration.describe(
    'How long an alert has been firing, and nobody acknowledged it, when this receiver is told.',
  ),
  receiver: z.string().min(1).describe('Name of a receiver in the Alertmanager file.'),
});

const Chain = z.strictObject({
  name: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/, 'expected up to 64 letters, digits, and . _ - after the first of them')
    .describe('Name of the chain, in links, metrics and reasons.'),
  matchers: z
    .array(MatcherText)
    .min(1)
    .transform((texts) => texts.flatMap(parseMatchers))
    .describe('Alertmanager matchers; the chain takes the alerts that match all of them.'),
  group_by: z
    .array(z.string().refine((name) => name === '...' || isLabelName(name), 'expected a label name'))
    .default(['alertname'])
    .transform((names) => (names.includes('...') ? ('all' as const) : [...new Set(names)]))
    .describe(
      'Alerts with the same values of these labels are told, and acknowledged, together; ... stands for all labels.',
    ),
  repeat_interval: Duration.prefault('4h')
    .refine((ms) => ms >= 60_000, 'expected at least 1m')
    .describe('How often a step that has spoken speaks again while nobody acknowledges.'),
  steps: z
    .array(Step)
    .min(1)
    .max(maxSteps)
    .describe('Who is told when, from the first on; each step comes later than the one before it.'),
});

/** `escalations` in runnerwatch.yml. */
export const Escalations = z.array(Chain).max(maxChains);

export type EscalationSettings = z.output<typeof Chain>;

/** The same fault as the parser's is told with the place of the text. */
function isMatcher(text: string): boolean {
  try {
    return parseMatchers(text).length > 0;
  } catch {
    return false;
  }
}
