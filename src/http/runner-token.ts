import express, { type Request, type RequestHandler, type Response, Router } from 'express';
import { plainAddress } from '../lib/ip-address.ts';
import type { HttpPorts, RunnerPorts } from './ports.ts';

/** What a runner asks for is some hundred bytes. */
const json = express.json({ limit: '16kb' });

/** What runners ask for and report. Who they are is told by the address of the connection, never by a header. */
export function runnerRoutes({ runner }: Pick<HttpPorts, 'runner'>): Router {
  const router = Router();
  const unlessForwarded = refuseForwarded(runner);
  router.post('/api/v1/runner-token', unlessForwarded, json, giveToken(runner));
  router.post('/api/v1/runner-job', unlessForwarded, json, takeReport(runner));
  return router;
}

const statuses: Readonly<Record<string, number>> = {
  granted: 200,
  disabled: 403,
  'rate-limited': 429,
  malformed: 400,
  'not-a-runner': 403,
  'bad-key': 401,
  'already-granted': 409,
  'too-late': 409,
  'in-progress': 409,
  budget: 429,
  'programs-changed': 403,
  'name-taken': 409,
  working: 409,
  busy: 409,
  'github-failed': 502,
  failed: 503,
};

function giveToken({ token }: RunnerPorts): RequestHandler {
  return async (request, response) => {
    const key = /^Bearer (.+)$/i.exec(request.get('authorization') ?? '')?.[1];
    const answer = await token({ address: addressOf(request), key, body: request.body }, untilGone(response));
    response.status(statuses[answer.outcome] ?? 500).set('Cache-Control', 'no-store');
    if (answer.data) {
      response.json({ status: 'success', data: answer.data });
      return;
    }
    const { outcome, reason, retryAfter } = answer;
    if (retryAfter !== undefined) response.set('Retry-After', String(retryAfter));
    response.json({ status: 'error', outcome, error: reason });
  };
}

const reportStatuses: Readonly<Record<string, number>> = {
  accepted: 202,
  'rate-limited': 429,
  'not-a-runner': 403,
  malformed: 400,
  failed: 503,
};

function takeReport({ report }: RunnerPorts): RequestHandler {
  return async (request, response) => {
    const outcome = await report(addressOf(request), request.body, untilGone(response));
    response
      .status(reportStatuses[outcome] ?? 500)
      .json({ status: outcome === 'accepted' ? 'success' : 'error', outcome });
  };
}

/** A proxy speaks for others: behind one, the address says nothing. */
function refuseForwarded({ deny }: RunnerPorts): RequestHandler {
  return (request, response, next) => {
    const forwarded = ['forwarded', 'x-forwarded-for', 'via'].some((name) => request.get(name) !== undefined);
    if (!forwarded) return next();
    deny('forwarded', { address: addressOf(request), path: request.path });
    response
      .status(403)
      .json({ status: 'error', error: 'runners ask directly: found a request that came through a proxy' });
  };
}

/** As programs ask that speak to Docker: most with the API's version before the path, some libraries without. */
const ofDocker =
  /^\/(v1\.\d+\/|(_ping|version|info|events|auth|build|session|grpc|commit)$|(containers|images|networks|volumes|exec|system|distribution|plugins|swarm)(\/|$))/;

const noDocker =
  'this runner has no Docker. docs/compose.md#dind of Runnerwatch says how each runner gets an engine of its own';

/** For who asks the runners' own address for anything else. Docker's programs print the message of what they get. */
export function refuseOtherPaths({ runner }: Pick<HttpPorts, 'runner'>): RequestHandler {
  return (request, response) => {
    if (ofDocker.test(request.path)) {
      runner.deny('docker', { address: addressOf(request), path: `${request.method} ${request.path}` });
      response.status(403).json({ message: noDocker });
      return;
    }
    runner.deny('path', { address: addressOf(request), path: `${request.method} ${request.path}` });
    response.status(404).type('text/plain').send('404: not found. This address is for runners alone.\n');
  };
}

function addressOf({ socket: { remoteAddress } }: Request): string | undefined {
  return plainAddress(remoteAddress);
}

/** Nothing is asked for somebody who has hung up. */
function untilGone(response: Response): AbortSignal {
  const gone = new AbortController();
  response.on('close', () => gone.abort(new Error('the runner has hung up')));
  return gone.signal;
}
