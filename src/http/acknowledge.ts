import express, { type Request, type RequestHandler, type Response, Router } from 'express';
import { z } from 'zod';
import type { Acknowledger } from '../alerts/acknowledge.ts';
import type { Acknowledging, HeldAcknowledgement, Asked as Target } from '../alerts/acknowledging.ts';
import { parseMatchers } from '../alerts/matchers.ts';
import { rfc3339 } from '../lib/clock.ts';
import { reasonOf } from '../lib/log.ts';
import { acknowledgePage, closedText, maxComment, maxName } from './acknowledge-page.ts';
import { mayChange, onlyJson } from './alertmanager/guard.ts';
import type { HttpPorts } from './ports.ts';

const path = '/api/v1/alerts/acknowledge';
const maxBody = '64kb';
const maxMatchers = 100;

const By = z.string().trim().min(1).max(maxName);
const Comment = z.string().trim().max(maxComment).default('');
const Fingerprint = z.string().regex(/^[0-9a-f]{16}$/, 'expected the 16 digits of a fingerprint');

const Asked = z
  .strictObject({
    fingerprint: Fingerprint.optional(),
    matchers: z.array(z.string().max(4096)).min(1).max(maxMatchers).optional(),
    by: By,
    comment: Comment,
  })
  .refine(
    ({ fingerprint, matchers }) => (fingerprint === undefined) !== (matchers === undefined),
    'expected either matchers or fingerprint',
  );
const Form = z.object({ by: By, comment: Comment });
/** What was filled in, however wrong, for the form to show again. */
const Filled = z.object({ by: z.string().catch(''), comment: z.string().catch('') }).catch({ by: '', comment: '' });

type Handle = (acknowledging: Acknowledging, request: Request, response: Response) => void;
/** Where no alerts are routed. */
type Closed = (response: Response) => void;

/** Acknowledging by a link of a notification, which shows who may, and by the API. */
export function acknowledgeRoutes({ alertmanager: ports }: HttpPorts): Router {
  const router = Router();
  const withDesk =
    (closed: Closed) =>
    (handle: Handle): RequestHandler =>
    (request, response) => {
      response.set('Cache-Control', 'no-store');
      const acknowledging = ports.view()?.escalation.acknowledging;
      if (acknowledging) handle(acknowledging, request, response);
      else closed(response);
    };
  const forPeople = withDesk((response) => send(response, acknowledgePage({ state: 'closed' })));
  const forPrograms = withDesk((response) => fail(response, 503, closedText));
  // Programs that show previews follow links: only the button acknowledges.
  router.get('/ack', forPeople(showLink));
  router.post('/ack', express.urlencoded({ extended: false, limit: maxBody }), forPeople(takeLink));
  router.get(path, forPrograms(list));
  const mayAlter = mayChange(ports);
  router.post(path, mayAlter, onlyJson, express.json({ limit: maxBody }), forPrograms(take));
  router.delete(`${path}/:fingerprint`, mayAlter, forPrograms(takeBack));
  return router;
}

function showLink(acknowledging: Acknowledging, { query }: Request, response: Response): void {
  send(response, acknowledgePage(acknowledging.ask(query)));
}

function takeLink(acknowledging: Acknowledging, { query, body }: Request, response: Response): void {
  const { data } = Form.safeParse(body);
  if (data) {
    send(response, acknowledgePage(acknowledging.takeLink(query, data), data));
    return;
  }
  const fault = `Say who you are, in at most ${maxName} characters; a comment has at most ${maxComment}.`;
  send(response, acknowledgePage(acknowledging.ask(query), Filled.parse(body), fault));
}

function send(response: Response, { status, page }: ReturnType<typeof acknowledgePage>): void {
  response.status(status).type('text/html').send(page.html);
}

function list(acknowledging: Acknowledging, _: Request, response: Response): void {
  succeed(response, acknowledging.all());
}

function take(acknowledging: Acknowledging, { body }: Request, response: Response): void {
  const asked = askedIn(body);
  if ('fault' in asked) {
    fail(response, 400, asked.fault);
    return;
  }
  const taken = acknowledging.take(asked, asked);
  if (!taken) fail(response, 503, 'found too many acknowledgements: take back some that are not needed');
  else if (taken.length === 0) fail(response, 404, 'found no firing alert of an escalation that matches');
  else succeed(response, taken);
}

function askedIn(body: unknown): (Target & Acknowledger) | { readonly fault: string } {
  const { data, error } = Asked.safeParse(body);
  if (!data) return { fault: faultOf(error) };
  const { fingerprint, matchers = [], ...who } = data;
  if (fingerprint !== undefined) return { ...who, fingerprint };
  try {
    const parsed = matchers.flatMap(parseMatchers);
    // `{}` is a list of none: whoever wants all says so.
    return parsed.length > 0 ? { ...who, matchers: parsed } : { fault: 'matchers: expected at least one' };
  } catch (bad) {
    return { fault: `matchers: ${reasonOf(bad)}` };
  }
}

function faultOf({ issues: [issue] }: z.ZodError): string {
  const place = issue?.path.map(String).join('.') ?? '';
  return `${place === '' ? '' : `${place}: `}${issue?.message ?? 'invalid'}`;
}

function takeBack(acknowledging: Acknowledging, { params }: Request, response: Response): void {
  if (acknowledging.takeBack(String(params.fingerprint))) response.json({ status: 'success' });
  else fail(response, 404, 'found no acknowledgement of an alert with that fingerprint');
}

function fail(response: Response, status: number, error: string): void {
  response.status(status).json({ status: 'error', error });
}

function succeed(response: Response, held: readonly HeldAcknowledgement[]): void {
  response.json({ status: 'success', data: { acknowledgements: held.map(shown) } });
}

/** Labels and start are left out until the alert is said again after a start. */
function shown({ acknowledgement: { fingerprint, at, by, comment }, alert }: HeldAcknowledgement) {
  const known = alert ? { labels: alert.labels, startsAt: rfc3339(alert.startsAt) } : {};
  return { fingerprint, ...known, by, comment, at: rfc3339(at) };
}
