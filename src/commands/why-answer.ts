import { z } from 'zod';

const Labels = z.record(z.string(), z.string());
const Time = z.iso.datetime();

const Decision = z.object({
  groupKey: z.string(),
  queue: z.string(),
  fingerprint: z.string().optional(),
  what: z.string(),
  same: z.string(),
  reason: z.string(),
  lastReason: z.string().optional(),
  until: Time.optional(),
  about: Time.optional(),
  firstAt: Time,
  lastAt: Time,
  count: z.number(),
});

const Way = z.object({
  queue: z.string(),
  sendResolved: z.boolean(),
  latest: Decision.optional(),
  told: Decision.optional(),
  outcome: Decision.optional(),
  waiting: z.array(z.object({ createdAt: Time, attempts: z.number(), dueAt: Time })),
});

const Route = z.object({
  matchers: z.array(z.string()),
  key: z.string(),
  receiver: z.string(),
  step: z.object({ chain: z.string(), number: z.number() }).optional(),
  groupKey: z.string(),
  groupLabels: Labels,
  nextFlushAt: Time.optional(),
  mutedBy: z.array(z.string()),
  suppressed: z.array(z.object({ reason: z.string(), until: Time.optional() })),
  ways: z.array(Way),
});

const Holding = z.object({
  by: z.enum(['inhibition', 'silence']),
  source: z.string(),
  labels: Labels.optional(),
  createdBy: z.string().optional(),
  comment: z.string().optional(),
  until: Time.optional(),
});

const Rule = z.object({
  file: z.string(),
  group: z.string(),
  expr: z.string(),
  forMs: z.number(),
  keepFiringForMs: z.number(),
  health: z.string(),
  lastError: z.string().optional(),
  lastEvaluation: Time.optional(),
});

const AlertStory = z.object({
  fingerprint: z.string(),
  labels: Labels,
  annotations: Labels,
  phase: z.enum(['firing', 'pending', 'resolved', 'past']),
  rule: z.number().optional(),
  generatorURL: z.string().optional(),
  value: z.string().optional(),
  pendingSince: Time.optional(),
  firesAt: Time.optional(),
  firingSince: Time.optional(),
  keptSince: Time.optional(),
  keptUntil: Time.optional(),
  endedAt: Time.optional(),
  holding: z.array(Holding),
  routes: z.array(Route),
  history: z.array(Decision),
});

/** What /api/v1/alerts/why answers: times are RFC 3339. */
export const WhyAnswer = z.object({
  at: Time,
  alertname: z.string().optional(),
  rules: z.array(Rule),
  alerts: z.array(AlertStory),
  leftTo: z.array(z.string()),
  leftOut: z.number(),
  nearest: z.array(z.string()),
});

export type WhyAnswer = z.output<typeof WhyAnswer>;
export type ToldAlert = WhyAnswer['alerts'][number];
export type ToldRoute = z.output<typeof Route>;
export type ToldWay = z.output<typeof Way>;
export type ToldDecision = z.output<typeof Decision>;
export type ToldRule = z.output<typeof Rule>;
export type ToldHolding = z.output<typeof Holding>;
