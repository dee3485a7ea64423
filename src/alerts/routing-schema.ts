import { z } from 'zod';
import { Duration } from '../lib/schema.ts';
import { HttpConfig } from './http-config.ts';
import { LabelMap } from './label-names.ts';
import { receiverKinds } from './receivers/index.ts';
import type { IntegrationConfig } from './receivers/receiver.ts';
import { NamedTimeInterval } from './time-interval-schema.ts';

const MatcherTexts = z.array(z.string());

const routeKeys = {
  receiver: z.string().min(1).optional(),
  group_by: z.array(z.string()).optional(),
  matchers: MatcherTexts.optional(),
  match: LabelMap.optional(),
  match_re: LabelMap.optional(),
  continue: z.boolean().default(false),
  group_wait: Duration.optional(),
  group_interval: Duration.optional(),
  repeat_interval: Duration.optional(),
  mute_time_intervals: z.array(z.string()).optional(),
  active_time_intervals: z.array(z.string()).optional(),
};

const RouteBase = z.strictObject(routeKeys);

export type RouteSettings = z.output<typeof RouteBase> & { readonly routes?: readonly RouteSettings[] | undefined };

const Route: z.ZodType<RouteSettings> = z.strictObject({
  ...routeKeys,
  get routes() {
    return z.array(Route).optional();
  },
});

const InhibitRule = z.strictObject({
  name: z.string().optional(),
  source_matchers: MatcherTexts.optional(),
  target_matchers: MatcherTexts.optional(),
  source_match: LabelMap.optional(),
  target_match: LabelMap.optional(),
  source_match_re: LabelMap.optional(),
  target_match_re: LabelMap.optional(),
  equal: z.array(z.string()).optional(),
});

const integrationKeys = Object.fromEntries(
  receiverKinds.map(({ kind, config }) => [`${kind}_configs`, z.array(config).optional()]),
) as Readonly<Record<string, z.ZodOptional<z.ZodArray<z.ZodType<IntegrationConfig>>>>>;

const ReceiverSettings = z.strictObject({ name: z.string().min(1), ...integrationKeys });

const Global = z.strictObject({
  resolve_timeout: Duration.optional(),
  http_config: HttpConfig.optional(),
  ...(Object.assign({}, ...receiverKinds.map(({ globals }) => globals?.shape)) as Readonly<
    Record<string, z.ZodOptional<z.ZodType>>
  >),
});

/** An Alertmanager configuration file, as it is written, as far as it is known here. */
export const RoutingFile = z.strictObject({
  global: Global.optional(),
  route: Route,
  receivers: z.array(ReceiverSettings).default([]),
  inhibit_rules: z.array(InhibitRule).optional(),
  templates: z.array(z.string()).optional(),
  time_intervals: z.array(NamedTimeInterval).optional(),
  mute_time_intervals: z.array(NamedTimeInterval).optional(),
});

export type RoutingSettings = z.output<typeof RoutingFile>;
export type InhibitSettings = z.output<typeof InhibitRule>;
/** The name, and a list of settings for each kind of integration. */
export interface ReceiverSettings {
  readonly name: string;
  readonly [kind: `${string}_configs`]: readonly IntegrationConfig[] | undefined;
}
