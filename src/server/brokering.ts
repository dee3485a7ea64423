import { createBroker } from '../broker/broker.ts';
import { createDenials, denials } from '../broker/denials.ts';
import { createReports, reportOutcomes } from '../broker/reports.ts';
import { refusals } from '../broker/request.ts';
import type { RunnerPorts } from '../http/ports.ts';
import { createBrokerMeter } from '../samples/broker-meter.ts';
import { createGrantStore } from '../state/runner-grants.ts';
import type { Kept, Runtime } from './runtime.ts';

/** Joins the token broker to the sources of the configuration in force. */
export function createRunnerPorts(current: () => Runtime, { ground, database, self }: Kept): RunnerPorts {
  const { clock, log, audit, readFile } = ground;
  const meter = createBrokerMeter(self.registry, {
    ...{ token: ['granted', ...refusals], report: reportOutcomes, denial: denials },
  });
  const docker = {
    list: (signal: AbortSignal) => current().sources.docker.list(signal),
    inspect: (id: string, signal: AbortSignal) => current().sources.docker.inspect(id, signal),
    changes: (id: string, signal: AbortSignal) => current().sources.docker.changes(id, signal),
    version: (signal: AbortSignal) => current().sources.docker.version(signal),
    top: (name: string, signal: AbortSignal) => current().sources.docker.top(name, signal),
  };
  const broker = createBroker(() => current().config.broker, {
    ...{ clock, log, audit, readFile, docker },
    store: createGrantStore(database),
    github: () => current().sources.github,
    scopes: () => current().sources.githubScopes,
    count: meter.countToken,
  });
  const reports = createReports({ clock, log, audit, docker, countReport: meter.countReport });
  const tellDenial = createDenials({ clock, log, audit, docker, countDenial: meter.countDenial });
  return {
    token: async (request, signal) => {
      const answer = await broker.ask(request, signal);
      // Who took a decoy does not learn that it is one.
      if (answer.outcome === 'decoy') return { ...answer, outcome: 'bad-key' };
      if (answer.outcome !== 'granted') return answer;
      const { outcome, ...data } = answer;
      return { outcome, data };
    },
    report: reports.report,
    deny: (reason, denied) => void tellDenial(reason, denied),
  };
}
