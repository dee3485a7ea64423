import express, { type Request, type Response, Router } from 'express';
import type { SilenceResult } from '../../alerts/silences.ts';
import { matchesAll } from '../../model/matcher.ts';
import { filtersOf } from './filter.ts';
import { mayChange, onlyJson } from './guard.ts';
import type { AlertmanagerPorts } from './ports.ts';
import { parseSilence } from './posted.ts';
import { inSilenceOrder, shownSilence } from './shapes.ts';
import type { WithView } from './view.ts';

const maxBody = '256kb';

export function silenceRoutes(ports: AlertmanagerPorts, withView: WithView): Router {
  const router = Router();
  router.get(
    '/silences',
    withView(({ silences }, request, response) => {
      const filters = filtersOf(request);
      // As Alertmanager: by what the matchers ask for, whatever their operators.
      const found = silences.all().filter(({ matchers }) => {
        return matchesAll(Object.fromEntries(matchers.map(({ name, value }) => [name, value])), filters);
      });
      response.json(inSilenceOrder(found, ports.clock.now()).map((each) => shownSilence(each, ports.clock.now())));
    }),
  );
  router.post(
    '/silences',
    ...[mayChange(ports), onlyJson, express.json({ limit: maxBody, strict: false })],
    withView(({ silences }, request, response) => {
      const parsed = parseSilence(request.body, ports.clock.now());
      if ('refused' in parsed) response.status(parsed.refused.status).json(parsed.refused.body);
      else answerSet(response, silences.set(parsed.value));
    }),
  );
  router.get(
    '/silence/:id',
    withView(({ silences }, request, response) => {
      const found = silences.get(idOf(request));
      if (found) response.json(shownSilence(found, ports.clock.now()));
      else response.status(404).end();
    }),
  );
  router.delete(
    '/silence/:id',
    mayChange(ports),
    withView(({ silences }, request, response) => {
      response.status(silences.expire(idOf(request)).ok ? 200 : 404).end();
    }),
  );
  return router;
}

function idOf(request: Request): string {
  return String(request.params.id);
}

const statuses = { invalid: 400, 'not-found': 404, full: 503 } as const;

function answerSet(response: Response, result: SilenceResult): void {
  if (result.ok) response.json({ silenceID: result.id });
  else response.status(statuses[result.fault]).json(result.message);
}
