import { type Request, type Response, Router } from 'express';
import type { Question, Why } from '../alerts/why.ts';
import { BadQueryError, filtersOf } from './alertmanager/filter.ts';
import type { HttpPorts } from './ports.ts';
import { withTimes } from './times.ts';

/** Why alerts of a name were told or not: `alertname` or `fingerprint`, and each `filter` is one matcher. */
export function whyRoutes({ alertmanager }: HttpPorts): Router {
  const router = Router();
  router.get('/api/v1/alerts/why', (request, response) => {
    const view = alertmanager.view();
    const question = questionOf(request);
    if (typeof question === 'string') refuse(response, 400, question);
    else if (view) answer(response, view.why(question));
    else refuse(response, 503, 'no alerts are routed here: rules.enabled is false, or Runnerwatch is starting');
  });
  return router;
}

/** A text says what is wrong with it. */
function questionOf(request: Request): Question | string {
  const { alertname, fingerprint } = request.query;
  const [name, print] = [textOf(alertname), textOf(fingerprint)];
  if ((name === undefined) === (print === undefined)) return 'expected either alertname or fingerprint';
  if (print !== undefined && !/^[0-9a-f]{16}$/.test(print)) return 'expected the 16 digits of a fingerprint';
  try {
    return { alertname: name, fingerprint: print, matchers: filtersOf(request) };
  } catch (error) {
    if (error instanceof BadQueryError) return error.message;
    throw error;
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function answer(response: Response, data: Why): void {
  response.set('Cache-Control', 'no-store').type('application/json');
  response.send(JSON.stringify({ status: 'success', data }, shown));
}

/** Prometheus' API has values as texts: JSON knows no NaN. */
function shown(key: string, value: unknown): unknown {
  return key === 'value' && typeof value === 'number' ? String(value) : withTimes(key, value);
}

function refuse(response: Response, status: number, error: string): void {
  response.status(status).json({ status: 'error', error });
}
