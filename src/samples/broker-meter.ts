import { Counter, type Registry } from 'prom-client';

/** What runners asked the token broker for, and what they reported. */
export interface BrokerMeter {
  countToken(outcome: string): void;
  countReport(outcome: string): void;
  countDenial(reason: string): void;
}

/** Every outcome is there from the start, or increase() would not see the first of each. */
export function createBrokerMeter(
  registry: Registry,
  outcomes: {
    readonly token: readonly string[];
    readonly report: readonly string[];
    readonly denial: readonly string[];
  },
): BrokerMeter {
  const registers = [registry];
  const tokens = new Counter({
    name: 'runnerwatch_runner_token_requests_total',
    help: 'Requests of runners for something to register with, by outcome.',
    labelNames: ['outcome'],
    registers,
  });
  const reports = new Counter({
    name: 'runnerwatch_runner_job_reports_total',
    help: 'Reports of jobs by the hooks of runners, by outcome.',
    labelNames: ['outcome'],
    registers,
  });
  const denied = new Counter({
    name: 'runnerwatch_runner_access_denied_total',
    help: 'What runners reached for and must not: the main port, another path than theirs, Docker, or a request for somebody else, by reason.',
    labelNames: ['reason'],
    registers,
  });
  for (const outcome of outcomes.token) tokens.inc({ outcome }, 0);
  for (const outcome of outcomes.report) reports.inc({ outcome }, 0);
  for (const reason of outcomes.denial) denied.inc({ reason }, 0);
  return {
    countToken: (outcome) => tokens.inc({ outcome }),
    countReport: (outcome) => reports.inc({ outcome }),
    countDenial: (reason) => denied.inc({ reason }),
  };
}
