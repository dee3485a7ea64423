import { z } from 'zod';
import { reasonOf } from '../lib/log.ts';
import { Duration } from '../lib/schema.ts';
import { gauge, type Sample, sample } from '../model/sample.ts';
import type { Nameservers } from '../sources/nameservers.ts';
import { defineCollector, PartialCollection } from './collector.ts';
import { type Hop, type PathRecord, recordOf } from './path-record.ts';
import { type PathDeps, tryAll } from './path-tries.ts';

const metrics = {
  up: gauge(
    'runnerwatch_path_up',
    'Whether a hop between here and GitHub answers, or something that is only reached through it (1), or not (0).',
    ['hop'],
  ),
  brokenAt: gauge('runnerwatch_path_broken_at', 'The first hop that is down (1), for every hop that there is (0).', [
    'hop',
  ]),
} as const;

const address = /^(?!-)[A-Za-z0-9_.-]+(?::\d{1,5})?$|^[0-9A-Fa-f:.]+$|^\[[0-9A-Fa-f:.]+\]:\d{1,5}$/;
const Address = z.string().max(253).regex(address, 'expected an address such as 1.1.1.1, 1.1.1.1:443 or ::1');

const Config = z
  .strictObject({
    enabled: z.boolean().default(true).describe('Run this collector.'),
    interval: Duration.refine((ms) => ms >= 1_000, 'expected at least 1s')
      .prefault('30s')
      .describe('How often the path is tried.'),
    timeout: Duration.prefault('20s').describe('How long one round may take.'),
    hop_timeout: Duration.refine((ms) => ms >= 100, 'expected at least 100ms')
      .prefault('3s')
      .describe('How long the answer of a hop is waited for.'),
    gateways: z
      .array(Address)
      .max(10)
      .optional()
      .describe(
        'Addresses of the gateway, of which one must answer; by default those of the default routes; [] for none.',
      ),
    wan: z
      .array(Address)
      .max(10)
      .default(['1.1.1.1', '2606:4700:4700::1111'])
      .describe(
        'Addresses beyond the WAN, of which one must answer: pinged, or with a port connected to; [] for none.',
      ),
  })
  .refine(({ timeout, hop_timeout }) => timeout > 2 * hop_timeout + 2_000, {
    path: ['timeout'],
    message: 'expected more than twice hop_timeout and 2 seconds',
  });

export const path = defineCollector({
  name: 'path',
  help: 'Which hop is down on the way from here to GitHub: gateway, WAN, nameserver or GitHub itself.',
  schedule: 'interval',
  config: Config,
  metrics,
  idle: ({ githubScopes }) => (githubScopes.length === 0 ? 'no repository or organization to reach' : undefined),
  async collect(deps: PathDeps, config, signal) {
    const { checks, errors } = await tryAll({ ...deps, config, signal });
    const record = recordOf(checks);
    logChange(deps, record);
    const samples = samplesOf(record);
    if (errors.length > 0) throw new PartialCollection(reasonOf(errors[0]), samples);
    return samples;
  },
});

function samplesOf({ up, brokenAt }: PathRecord): readonly Sample[] {
  return [...up].flatMap(([hop, answers]) => [
    sample(metrics.up, { hop }, Number(answers)),
    sample(metrics.brokenAt, { hop }, Number(hop === brokenAt)),
  ]);
}

/** Where it was broken last, for as long as the sources of a configuration live. */
const lastBroken = new WeakMap<Nameservers, Hop>();

function logChange({ nameservers, log }: PathDeps, { brokenAt, sentence }: PathRecord): void {
  const before = lastBroken.get(nameservers);
  if (before === brokenAt) return;
  if (brokenAt === undefined) {
    lastBroken.delete(nameservers);
    log.info({ hop: before }, 'path to GitHub is whole again');
    return;
  }
  lastBroken.set(nameservers, brokenAt);
  log.warn({ hop: brokenAt, reason: sentence }, 'path to GitHub is broken');
}
