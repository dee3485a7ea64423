import { z } from 'zod';
import { reasonOf } from '../lib/log.ts';
import { askerAt } from './identity.ts';
import { createLimiter, ofReports } from './limiter.ts';
import type { BrokerPorts } from './ports.ts';

const Text = z.string().max(256);

/** What a job hook says of its job: GITHUB_REPOSITORY, GITHUB_RUN_ID and their sisters. Others are left out. */
const Report = z.object({
  phase: z.enum(['started', 'completed']),
  repository: Text,
  workflow: Text.optional(),
  run_id: Text.optional(),
  run_attempt: Text.optional(),
  job: Text.optional(),
  actor: Text.optional(),
  triggering_actor: Text.optional(),
  event: Text.optional(),
  ref: Text.optional(),
  sha: Text.optional(),
});

export const reportOutcomes = ['accepted', 'rate-limited', 'not-a-runner', 'malformed', 'failed'] as const;
export type ReportOutcome = (typeof reportOutcomes)[number];

export interface Reports {
  /** Notes what the runner at the address says of a job. Never rejects. */
  report(address: string | undefined, body: unknown, signal: AbortSignal): Promise<ReportOutcome>;
}

type ReportPorts = Pick<BrokerPorts, 'audit' | 'clock' | 'docker' | 'log'> & {
  countReport(outcome: ReportOutcome): void;
};

/**
 * Who ran what, in the audit log. The runner is known by its address, so that no job speaks for another runner; of its
 * own runner a job can say what it likes, as GitHub's own `job-started` beside it shows.
 */
export function createReports(ports: ReportPorts): Reports {
  const isAllowed = createLimiter(ports.clock);
  const mayReport = createLimiter(ports.clock, ofReports);

  async function take(address: string | undefined, body: unknown, signal: AbortSignal): Promise<ReportOutcome> {
    if (!isAllowed(address ?? '')) return 'rate-limited';
    const asker = await askerAt(address, ports, signal);
    if ('outcome' in asker) return 'not-a-runner';
    const report = Report.safeParse(body);
    if (!report.success) return 'malformed';
    const { runner } = asker;
    if (!mayReport(runner)) return 'rate-limited';
    const said = Object.entries(report.data).filter((entry): entry is [string, string] => entry[1] !== undefined);
    const message = `The runner says that it ${report.data.phase} a job.`;
    ports.audit({ action: 'job-reported', message, labels: { runner, ...Object.fromEntries(said) } });
    return 'accepted';
  }

  return {
    async report(address, body, signal) {
      const outcome = await take(address, body, signal).catch((error: unknown): ReportOutcome => {
        ports.log.warn({ address, reason: reasonOf(error) }, 'job report could not be taken');
        return 'failed';
      });
      ports.countReport(outcome);
      return outcome;
    },
  };
}
