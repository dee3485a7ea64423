import express, { type RequestHandler, Router } from 'express';
import { hasBearer } from './bearer.ts';
import { healingRoutes } from './healing.ts';
import type { HttpPorts } from './ports.ts';

/** A payload of 1,000 alerts with long annotations stays well below this. */
const maxBody = '2mb';

/**
 * Alertmanager's webhook in. Answers as soon as it is decided: 200 with each decision, so that Alertmanager repeats at
 * its repeat_interval and not as a retry; 4xx where a retry cannot help.
 */
export function recoverRoutes(ports: HttpPorts): Router {
  const router = Router();
  router.use(healingRoutes(ports));
  router.post('/api/v1/recover', authorised(ports), express.json({ limit: maxBody }), async (request, response) => {
    const decisions = await ports.recover(request.body);
    if (decisions) {
      response.json({ status: 'success', data: { decisions } });
      return;
    }
    response.status(400).json({
      status: 'error',
      error: "the body is not an Alertmanager webhook payload of version 4; point webhook_configs' url here",
    });
  });
  return router;
}

/** Before the body is read: who may not ask may not make us parse either. */
function authorised({ recoveryToken }: HttpPorts): RequestHandler {
  return async (request, response, next) => {
    const expected = await recoveryToken();
    if (expected === undefined) {
      response.status(403).json({ status: 'error', error: 'recovery has no token: set recovery.token_file' });
      return;
    }
    if (hasBearer(request, expected)) return next();
    response
      .status(401)
      .set('WWW-Authenticate', 'Bearer realm="runnerwatch"')
      .json({ status: 'error', error: 'send the token of recovery.token as "Authorization: Bearer …"' });
  };
}
