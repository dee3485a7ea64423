import express, { type Request, type RequestHandler, type Response, Router } from 'express';
import type { Delivery } from '../alerts/receivers/receiver.ts';
import { createTurns, NoTurnError } from '../lib/turns.ts';
import { type CallerRefusal, foreignPage, refusalOf } from './caller.ts';
import type { HttpPorts, RelayPorts } from './ports.ts';

/** A payload of 1,000 alerts with long annotations stays well below this. */
const maxBody = '2mb';
const atOnce = 16;
const waiting = 64;
/** For a sender that came when too many others did. */
const crowdedSeconds = 5;

/**
 * Alertmanager's webhook in, another API out. Answers when the other side has answered: 2xx where it took the
 * notification, 5xx where another try may help, 4xx where none does. Never 429: Alertmanager does not try a webhook
 * again after it, but obeys 503.
 */
export function relayRoutes({ relays }: HttpPorts): Router {
  const router = Router();
  const inTurn = createTurns(atOnce, waiting);
  router.post(
    '/relays/:name',
    mayPost(relays),
    onlyJson,
    express.json({ limit: maxBody }),
    async (request, response) => {
      const gone = new AbortController();
      response.once('close', () => gone.abort(new Error('the sender went away')));
      try {
        answer(response, await inTurn(gone.signal, () => relays.send(nameOf(request), request.body, gone.signal)));
      } catch (error) {
        if (!(error instanceof NoTurnError)) throw error;
        refuse(response.set('Retry-After', String(crowdedSeconds)), 503, 'too many notifications at once');
      }
    },
  );
  router.all('/relays/:name', (_, response) => {
    refuse(response.set('Allow', 'POST'), 405, "point webhook_configs' url here: it posts");
  });
  return router;
}

function nameOf(request: Request): string {
  return String(request.params.name);
}

function mayPost(relays: RelayPorts): RequestHandler {
  return async (request, response, next) => {
    const name = nameOf(request);
    const { externalURL } = relays;
    const refusal = await refusalOf(request, { externalURL, token: () => relays.token(name) });
    if (refusal) refuseCaller(response, refusal);
    else if (relays.names().includes(name)) next();
    else refuse(response, 404, 'found no such relay: runnerwatch.yml names them under relays');
  };
}

function refuseCaller(response: Response, refusal: CallerRefusal): void {
  if (refusal === 'page') refuse(response, 403, foreignPage);
  else if (refusal === 'machine') {
    refuse(response, 403, 'only this machine may post here: set the token of the relay to let others');
  } else {
    response.set('WWW-Authenticate', 'Bearer realm="runnerwatch"');
    refuse(response, 401, "send the relay's token as bearer token");
  }
}

const onlyJson: RequestHandler = (request, response, next) => {
  if (request.is('application/json') === 'application/json') return next();
  refuse(response, 415, 'expected a body of application/json');
};

function answer(response: Response, delivery: Delivery | undefined): void {
  if (!delivery) {
    refuse(response, 400, 'the body is not an Alertmanager webhook payload of version 4');
    return;
  }
  if (delivery.ok) {
    response.json({ status: 'success' });
    return;
  }
  const { retry, reason, message, retryAfterMs } = delivery;
  if (retryAfterMs !== undefined) response.set('Retry-After', String(Math.ceil(retryAfterMs / 1000)));
  const status = reason === 'network' || reason === 'server' ? 502 : 503;
  refuse(response, retry ? status : 422, message);
}

function refuse(response: Response, status: number, error: string): void {
  response.status(status).json({ status: 'error', error });
}
