import { Router } from 'express';
import { rfc3339 } from '../lib/clock.ts';
import type { RunnerState } from '../model/runner.ts';
import type { HttpPorts } from './ports.ts';
import { shownAlert } from './rules.ts';

/** The present state as JSON, in the envelope that Prometheus' API uses. */
export function apiRoutes({ overview }: HttpPorts): Router {
  const router = Router();
  router.get('/api/v1/runners', (_, response) => {
    response.json({ status: 'success', data: { runners: overview().runners.map(toRunner) } });
  });
  router.get('/api/v1/alerts', (_, response) => {
    response.json({ status: 'success', data: { alerts: overview().alerts.map(shownAlert) } });
  });
  router.get('/api/v1/collectors', (_, response) => {
    response.json({ status: 'success', data: { collectors: overview().collectors } });
  });
  return router;
}

/** Its times as RFC 3339. What decided is beside all that is known. */
function toRunner({ evidence, facts, since, ...judgement }: RunnerState) {
  const {
    dockerAt,
    hostAt,
    pathAt,
    githubAt,
    offlineSince,
    updateDeadline,
    busySince,
    jobLostSince,
    quietSince,
    ...rest
  } = evidence;
  const times = {
    dockerAt,
    hostAt,
    pathAt,
    githubAt,
    offlineSince,
    updateDeadline,
    busySince,
    jobLostSince,
    quietSince,
  };
  const known = Object.entries({ ...times, since }).filter(
    (entry): entry is [string, number] => entry[1] !== undefined,
  );
  return {
    ...rest,
    ...judgement,
    ...Object.fromEntries(known.map(([name, at]) => [name, rfc3339(at)])),
    evidence: facts.map(({ at, value, name, ...fact }) => ({
      ...{ name, value: name.endsWith('Since') || name === 'updateDeadline' ? rfc3339(Number(value)) : value, ...fact },
      ...(at !== undefined && { at: rfc3339(at) }),
    })),
  };
}
