import express, { type Request, type RequestHandler, type Response, Router } from 'express';
import { z } from 'zod';
import { reasonOf } from '../lib/log.ts';
import { parseDuration } from '../lib/schema.ts';
import { mayChange, onlyJson } from './alertmanager/guard.ts';
import type { HttpPorts } from './ports.ts';
import { withTimes } from './times.ts';

const maxBody = '16kb';

const Name = z.string().min(1).max(200);
const Text = z.string().max(500);
const Span = z.string().refine((text) => (parseDuration(text) ?? 0) > 0, 'expected a duration such as 30m or 2h');

/** One runner, or all. */
const about = { runner: Name.optional(), all: z.literal(true).optional(), by: Text.min(1) };
const isAboutOne = ({ runner, all }: { runner?: string | undefined; all?: true | undefined }): boolean =>
  (runner === undefined) !== (all === undefined);
const expected = 'expected either runner or all';

const PauseRequest = z
  .strictObject({
    ...about,
    reason: Text.default(''),
    for: Span.optional(),
  })
  .refine(isAboutOne, expected);

const ReleaseRequest = z.strictObject({ ...about, own: z.boolean().default(false) }).refine(isAboutOne, expected);

const OneRequest = z.strictObject({ runner: Name, by: Text.min(1) });
const DrainRequest = OneRequest.extend({
  timeout: Span.default('1h'),
  stop: z.boolean().default(true),
});

/** Why a runner is healed or not, and who keeps recovery away from it. */
export function healingRoutes(ports: HttpPorts): Router {
  const { healing, alertmanager, recoveryToken } = ports;
  const router = Router();
  const guard = mayChange(
    { token: recoveryToken, externalURL: () => alertmanager.externalURL() },
    { key: 'recovery.token', what: 'recovery' },
  );
  const posted = [guard, onlyJson, express.json({ limit: maxBody })];
  router.get('/api/v1/runners/why', ({ query: { runner } }, response) => {
    const name = Name.safeParse(runner).data;
    if (name === undefined) return refuse(response, 400, 'expected the name of a runner: ?runner=NAME');
    const why = healing.why(name);
    if (why) succeed(response, why);
    else refuse(response, 404, `found no runner that is called ${JSON.stringify(name)}`);
  });
  router.post(
    '/api/v1/runners/pause',
    ...posted,
    taking(PauseRequest, ({ runner, by, reason, for: time }) => ({
      ...healing.pause({ runner, by, reason, forMs: time === undefined ? undefined : parseDuration(time) }),
      known: runner === undefined || healing.isKnown(runner),
    })),
  );
  router.post(
    '/api/v1/runners/release',
    ...posted,
    taking(ReleaseRequest, ({ runner, by, own }) => healing.release({ runner, by, own })),
  );
  router.post(
    '/api/v1/runners/cordon',
    ...posted,
    taking(OneRequest, (request) => healing.cordon(request)),
  );
  router.post(
    '/api/v1/runners/uncordon',
    ...posted,
    taking(OneRequest, (request) => healing.uncordon(request)),
  );
  router.post(
    '/api/v1/runners/drain',
    ...posted,
    taking(DrainRequest, ({ timeout, ...request }) =>
      healing.drain({ ...request, timeoutMs: parseDuration(timeout) ?? 0 }),
    ),
  );
  router.get('/api/v1/runners/drain', ({ query: { runner } }, response) => {
    const drained = healing.drainOf(Name.safeParse(runner).data ?? '');
    if (drained) succeed(response, drained);
    else refuse(response, 404, 'found no drain of this runner since Runnerwatch was started');
  });
  return router;
}

function taking<S extends z.ZodType>(
  schema: S,
  work: (asked: z.output<S>) => object | Promise<object>,
): RequestHandler {
  return async ({ body }: Request, response) => {
    const { data, error } = schema.safeParse(body);
    if (error) refuse(response, 400, error.issues.map(({ path, message }) => [...path, message].join(': ')).join('; '));
    else await answer(response, async () => work(data));
  };
}

/** What GitHub, Docker or the state of things does not allow is told, with the reason. */
async function answer(response: Response, work: () => Promise<object>): Promise<void> {
  const result = await work().then(
    (data) => ({ data }),
    (error: unknown) => ({ error: reasonOf(error) }),
  );
  if ('data' in result) succeed(response, result.data);
  else refuse(response, 409, result.error);
}

function succeed(response: Response, data: object): void {
  response.set('Cache-Control', 'no-store').type('application/json');
  response.send(JSON.stringify({ status: 'success', data }, withTimes));
}

function refuse(response: Response, status: number, error: string): void {
  response.status(status).json({ status: 'error', error });
}
