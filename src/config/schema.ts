import { z } from 'zod';
import { Escalations } from '../alerts/escalation-schema.ts';
import { ExternalLabels } from '../alerts/external-labels.ts';
import { FlapDamping } from '../alerts/flap-schema.ts';
import { Relays } from '../alerts/relays-config.ts';
import { Upstreams } from '../alerts/upstream-config.ts';
import { BrokerConfig } from '../broker/config.ts';
import { collectors } from '../collectors/index.ts';
import { Modules } from '../collectors/modules.ts';
import { Targets } from '../collectors/targets.ts';
import { ProbeConfig } from '../http/probe-config.ts';
import { Listen } from '../lib/listen-address.ts';
import { Duration, HttpUrl, Secret } from '../lib/schema.ts';
import { RecoveryConfig } from '../recovery/config.ts';
import { VerdictConfig } from '../recovery/verdict-config.ts';
import { AuditConfig } from '../state/audit-config.ts';
import { GitHub } from './github.ts';

/** {icmp: Collector<C>} → {icmp: C}, each prefaulted to {} so that absent means its defaults. */
function configOf<T extends Record<string, { readonly config: z.ZodType; readonly help: string }>>(units: T) {
  const shape = Object.fromEntries(
    Object.entries(units).map(([name, { config, help }]) => [name, config.prefault({}).describe(help)]),
  );
  return shape as { [K in keyof T]: z.ZodPrefault<T[K]['config']> };
}

const Log = z.strictObject({
  level: z.enum(['debug', 'info', 'warn', 'error']).default('info').describe('The least severe line that is logged.'),
  format: z
    .enum(['auto', 'pretty', 'json'])
    .default('auto')
    .describe('How log lines look; auto is pretty on a terminal and JSON otherwise.'),
});

const Docker = z.strictObject({
  host: z
    .string()
    .regex(
      /^(unix|tcp|http|https):\/\/[^@\s]+$/,
      'expected an address such as unix:///var/run/docker.sock or tcp://proxy:2375',
    )
    .optional()
    .describe('Where the Docker daemon answers; by default DOCKER_HOST, else unix:///var/run/docker.sock.'),
});

const Scrape = z.strictObject({
  job: z.string().min(1).default('runnerwatch').describe('The job label that embedded rules see on every series.'),
  instance: z
    .string()
    .min(1)
    .optional()
    .describe('The instance label that embedded rules see on every series; by default <hostname>:<port>.'),
});

/** The keyword in `rules.files` for the rules that come with Runnerwatch. */
export const shippedRules = 'shipped';

const Rules = z.strictObject({
  enabled: z
    .boolean()
    .default(true)
    .describe('Whether Runnerwatch evaluates the rules itself; off where a Prometheus server does.'),
  files: z
    .array(z.string().min(1))
    .default([shippedRules])
    .describe('Prometheus rule files, globs allowed; the word shipped stands for those that come with Runnerwatch.'),
  evaluation_interval: Duration.prefault('15s').describe(
    'How often samples are taken for the rules, and groups without their own interval evaluated.',
  ),
  external_labels: ExternalLabels.prefault({}).describe(
    "Labels that every alert has for whoever is told of it, unless it has them itself: Prometheus' global.external_labels.",
  ),
});

const Alertmanager = z.strictObject({
  config_file: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Alertmanager configuration file with routes and receivers; without one alerts are only shown and logged.',
    ),
  token: Secret.optional().describe(
    'The bearer token for posting alerts and silences to /api/v2; without one only this machine may.',
  ),
});

const History = z.strictObject({
  max_series: z
    .int()
    .min(1)
    .default(20_000)
    .describe('Series kept in memory for embedded rules; further ones are left out.'),
  max_points: z
    .int()
    .min(1000)
    .default(2_000_000)
    .describe('Samples kept in all, 16 bytes each; a series then gives up its oldest for its newest.'),
});

/** Everything that may be written in runnerwatch.yml. Every key has a sentence: the reference is generated from here. */
export const Settings = z.strictObject({
  listen: Listen.prefault('127.0.0.1:9478').describe('Address and port of /metrics, the status page and the API.'),
  external_url: HttpUrl.optional().describe(
    'The URL under which people reach this instance; used in links of notifications.',
  ),
  data_dir: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Directory of what must survive a restart; by default $STATE_DIRECTORY, /var/lib/runnerwatch or ~/.local/state/runnerwatch.',
    ),
  log: Log.prefault({}).describe('The log.'),
  docker: Docker.prefault({}).describe('The Docker daemon.'),
  github: GitHub.prefault({}).describe('What GitHub is asked, and how.'),
  collectors: z
    .strictObject(configOf(collectors))
    .prefault({})
    .describe('What is measured; each collector has its own keys.'),
  modules: Modules.prefault({}).describe(
    "Ways to probe, by name, as blackbox_exporter's modules; icmp, ssh, tcp_connect and http_2xx are built in.",
  ),
  targets: Targets.prefault([]).describe('Hosts that are probed over the network.'),
  probe: ProbeConfig.prefault({}).describe('What /probe may do.'),
  scrape: Scrape.prefault({}).describe('The labels of the samples that embedded rules see.'),
  rules: Rules.prefault({}).describe('Alerting and recording rules.'),
  alertmanager: Alertmanager.prefault({}).describe('Where alerts go.'),
  alertmanagers: Upstreams.prefault([]).describe(
    'Real Alertmanagers that are told every alert, all of a cluster; instead of the routing here, or beside alertmanager.config_file.',
  ),
  relays: Relays.prefault({}).describe(
    'Local webhooks by name, POST /relays/<name>, that hand what Alertmanager tells on to what it has no receiver for.',
  ),
  escalations: Escalations.prefault([]).describe(
    'Who is told of an alert that nobody acknowledges, one after another, beside the routing of the Alertmanager file.',
  ),
  flap_damping: FlapDamping.optional().describe(
    'Keeps an alert that changes too often firing until it is steady; without it each change is told, as by Alertmanager.',
  ),
  history: History.prefault({}).describe('Bounds of the memory that embedded rules look back into.'),
  verdict: VerdictConfig.prefault({}).describe('What the verdict on a runner goes by.'),
  recovery: RecoveryConfig.prefault({}).describe('Healing of runners that failed.'),
  broker: BrokerConfig.prefault({}).describe('What runners of this Docker are given to register with.'),
  audit: AuditConfig.prefault({}).describe('The log of what happened to runners, jobs and credentials.'),
});
export type Settings = z.output<typeof Settings>;

/** The settings with every default decided that depends on the machine; paths are absolute, globs are expanded. */
export type Config = Settings & {
  readonly external_url: string;
  readonly data_dir: string;
  readonly docker: { readonly host: string };
  readonly scrape: { readonly instance: string };
};
