import { isUtf8 } from 'node:buffer';
import { verifyWithFallback } from '@octokit/webhooks-methods';
import express, { type Request, type Response, Router } from 'express';
import { TimeoutError, withDeadline } from '../lib/deadline.ts';
import { reasonOf } from '../lib/log.ts';
import { createTurns } from '../lib/turns.ts';
import type { HttpPorts, WebhookOutcome, WebhookPorts, WebhookResult } from './ports.ts';

/** A workflow_job is about 40 KB; GitHub itself goes up to 25 MB. */
const maxBytes = 2 * 1024 * 1024;
/** GitHub waits no longer for the answer. */
const readMs = 10_000;
/** Bodies in memory at the same time; a matrix of 256 jobs, the largest there is, is told at once. */
const bodiesAtOnce = 16;
const bodiesWaiting = 256;

/** The octets as they were signed, whatever they are. */
const raw = express.raw({ limit: maxBytes, type: () => true, inflate: false });

/** What GitHub's webhooks tell. Nothing of a body is looked at before its signature was found right. */
export function webhookRoutes({ webhooks }: HttpPorts): Router {
  const router = Router();
  const receive = createReceiver(webhooks);
  router.post('/webhooks/github', async (request, response) => {
    const event = request.get('x-github-event') ?? '';
    const result = await receive(event, request, response);
    webhooks.told(event, result, { delivery: request.get('x-github-delivery'), from: request.ip });
    answer(response, event, result);
  });
  router.all('/webhooks/github', (_, response) => {
    response.status(405).set('Allow', 'POST').type('text/plain').send('405: GitHub delivers by POST.\n');
  });
  return router;
}

function createReceiver({ clock, secrets, take }: WebhookPorts) {
  const inTurn = createTurns(bodiesAtOnce, bodiesWaiting);

  /** The body, or why there is none. */
  async function read(request: Request, response: Response): Promise<Buffer | WebhookResult> {
    const deadline = { ms: readMs, what: 'the sender' };
    let begun = false;
    try {
      return await withDeadline(clock, deadline, (signal) =>
        inTurn(signal, () => {
          begun = !signal.aborted;
          // Again, so that the turn ends too: the parser is not told when a request that was answered goes away.
          return withDeadline(clock, { ...deadline, signal }, () => readBody(request, response));
        }),
      );
    } catch (error) {
      if (!begun) return overloaded;
      // Nothing more of it is wanted: who sends slowly would keep its place.
      if (error instanceof TimeoutError) response.set('Connection', 'close');
      return refusalOf(error);
    }
  }

  return async (event: string, request: Request, response: Response): Promise<WebhookResult> => {
    const [secret, ...others] = await secrets();
    if (secret === undefined) return notConfigured;
    // Before the body is read: who may not ask may not make us read either.
    const signature = request.get('x-hub-signature-256') ?? '';
    if (!/^sha256=[0-9a-f]{64}$/.test(signature)) return notSigned;
    const body = await read(request, response);
    if (!Buffer.isBuffer(body)) return body;
    // A text stands for the same octets only where they are UTF-8, and GitHub sends nothing else.
    const text = isUtf8(body) ? body.toString() : '';
    if (text === '' || !(await verifyWithFallback(secret, text, signature, others))) return notSigned;
    return take(event, request.is('application/x-www-form-urlencoded') ? payloadOf(text) : text);
  };
}

function readBody(request: Request, response: Response): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  raw(request, response, (error?: unknown) => {
    if (error !== undefined) reject(error);
    else if (Buffer.isBuffer(request.body)) resolve(request.body);
    else reject(new Error('there is no body'));
  });
  return promise;
}

/** GitHub's other content type: a form with one field. */
function payloadOf(form: string): string {
  return new URLSearchParams(form).get('payload') ?? '';
}

const notConfigured: WebhookResult = {
  outcome: 'not_configured',
  reason: 'there is no secret to check signatures with: set github.webhook_secret_file',
};
const notSigned: WebhookResult = {
  outcome: 'bad_signature',
  reason: 'X-Hub-Signature-256 is missing or wrong: the secret of the webhook at GitHub must be github.webhook_secret',
};
const overloaded: WebhookResult = { outcome: 'overloaded', reason: 'too many deliveries at once: redeliver it later' };

function refusalOf(error: unknown): WebhookResult {
  const tooLarge = error instanceof Error && 'type' in error && error.type === 'entity.too.large';
  return tooLarge
    ? {
        outcome: 'too_large',
        reason: `the body has more than ${maxBytes} bytes: subscribe to workflow jobs and runs only`,
      }
    : { outcome: 'malformed', reason: `the body could not be read: ${reasonOf(error)}` };
}

const statuses: Readonly<Record<WebhookOutcome, number>> = {
  accepted: 202,
  ignored: 202,
  duplicate: 200,
  malformed: 400,
  bad_signature: 401,
  not_configured: 403,
  too_large: 413,
  overloaded: 503,
};

function answer(response: Response, event: string, { outcome, reason }: WebhookResult): void {
  const status = event === 'ping' && outcome === 'accepted' ? 200 : statuses[outcome];
  if (status === 503) response.set('Retry-After', String(readMs / 1000));
  response.status(status);
  if (status < 300) response.json({ status: 'success', data: { outcome, reason } });
  else response.json({ status: 'error', error: reason });
}
