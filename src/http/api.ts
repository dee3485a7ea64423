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
function toRunner({ evidence, facts, ...judgement }: RunnerState) {
  const all = Object.entries({ ...evidence, ...judgement }).map(([name, value]) => [name, shownValue(name, value)]);
  return {
    ...Object.fromEntries(all),
    evidence: facts.map(({ name, value, source, at, isOld }) => ({
      ...{ name, value: shownValue(name, value), source, isOld },
      ...(at !== undefined && { at: rfc3339(at) }),
    })),
  };
}

/** By its name: a moment is a number of milliseconds like any other. */
function shownValue(name: string, value: unknown): unknown {
  const isTime = typeof value === 'number' && /(At|[sS]ince|Deadline)$/.test(name);
  return isTime ? rfc3339(value) : value;
}
