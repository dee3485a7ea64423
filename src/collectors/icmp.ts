import { z } from 'zod';
import { Duration } from '../lib/schema.ts';
import { gauge, type Sample, sample } from '../model/sample.ts';
import type { IcmpReply, IcmpRequest, IcmpSource } from '../sources/icmp.ts';
import { preferenceOf } from '../sources/probes/ip-protocol.ts';
import { type BaseDeps, defineCollector, PartialCollection } from './collector.ts';
import { icmpMetrics, icmpSamples } from './icmp-metrics.ts';
import { type AnyProbe, type Probe, probesBy } from './modules.ts';
import { idleWithout, probeAll, probeMetrics } from './probe.ts';

const tools = ['fping', 'ping'] as const;

const metrics = {
  ...probeMetrics,
  ...icmpMetrics,
  tool: gauge('runnerwatch_icmp_tool', 'Which program sent the last round of pings (1), for each that there is (0).', [
    'tool',
  ]),
} as const;

/** Up to here a `ping` for each target is as cheap, and tells the hop limit too. */
const fewTargets = 4;

/** For a process to start and to end. */
const processMs = 2_000;

const Config = z
  .strictObject({
    enabled: z.boolean().default(true).describe('Run this collector.'),
    interval: Duration.refine((ms) => ms >= 1_000, 'expected at least 1s')
      .prefault('15s')
      .describe('How often each target is pinged.'),
    timeout: Duration.prefault('1m').describe('How long one round over all targets may take.'),
    count: z.int().min(1).max(20).default(3).describe('Echo requests per target and round.'),
    packet_timeout: Duration.refine((ms) => ms >= 100, 'expected at least 100ms')
      .prefault('2s')
      .describe('How long an answer is waited for.'),
    concurrency: z
      .int()
      .min(1)
      .max(200)
      .default(50)
      .describe('Targets pinged at the same time where each takes a process: up to 4 targets, or without fping.'),
  })
  .refine(({ timeout, ...one }) => timeout > longestProbe(one), {
    path: ['timeout'],
    message: 'expected more than one target needs: twice packet_timeout, and a second per 5 requests, and 2 seconds',
  });
type Config = z.output<typeof Config>;

type IcmpDeps = BaseDeps & { readonly probes: readonly AnyProbe[]; readonly icmp: IcmpSource };

export const icmp = defineCollector({
  name: 'icmp',
  help: 'Whether the targets with a module of prober icmp answer pings.',
  schedule: 'interval',
  config: Config,
  metrics,
  idle: ({ probes }) => idleWithout('icmp', probes),
  async collect(deps: IcmpDeps, config, signal) {
    const mine = probesBy('icmp', deps.probes);
    const together = mine.length > fewTargets && (await deps.icmp.hasFping(signal));
    const tool = together ? 'fping' : 'ping';
    const used = tools.map((name) => sample(metrics.tool, { tool: name }, Number(name === tool)));
    try {
      return [...used, ...(await (together ? probeTogether : probeEach)(deps, config, signal))];
    } catch (error) {
      if (!(error instanceof PartialCollection)) throw error;
      throw new PartialCollection(error.message, [...used, ...error.samples]);
    }
  },
});

/** The name's lookup, the requests 0.2 s apart, the wait for the last answer, and the process around it; in ms. */
function longestProbe({ count, packet_timeout: wait }: { readonly count: number; readonly packet_timeout: number }) {
  return 2 * wait + count * 200 + processMs;
}

function probeEach({ icmp: source, ...deps }: IcmpDeps, config: Config, signal: AbortSignal) {
  const { concurrency, timeout } = config;
  return probeAll<'icmp', IcmpReply>({
    ...{ ...deps, prober: 'icmp', concurrency, timeout, longestProbe: longestProbe(config) },
    probe: (probe) => {
      const { address, ...options } = requestOf(probe, config);
      return source.probe(address, options, signal);
    },
    samplesOf,
  });
}

/** Every probe waits for the one round; which of them came too late for it is the source's to say. */
async function probeTogether(
  { icmp: source, ...deps }: IcmpDeps,
  config: Config,
  signal: AbortSignal,
): Promise<readonly Sample[]> {
  const mine = probesBy('icmp', deps.probes);
  const requests = mine.map((probe) => requestOf(probe, config));
  const round = source.probeMany(requests, { budgetMs: config.timeout - processMs }, signal);
  const places = new Map(mine.map((probe, index) => [probe, index]));
  return probeAll<'icmp', IcmpReply>({
    ...{ ...deps, prober: 'icmp', concurrency: mine.length, timeout: config.timeout, longestProbe: 0 },
    probe: async (probe) => (await round)[places.get(probe) ?? -1],
    samplesOf,
  });
}

function requestOf({ address, settings, timeout }: Probe<'icmp'>, config: Config): IcmpRequest {
  const { payload_size: payloadSize, ttl } = settings;
  const prefer = preferenceOf(settings);
  return { address, count: config.count, timeoutMs: timeout ?? config.packet_timeout, payloadSize, ttl, prefer };
}

function samplesOf(reply: IcmpReply, labels: Parameters<typeof icmpSamples>[1], { target }: Probe): readonly Sample[] {
  return icmpSamples(reply, labels, target.labels);
}
