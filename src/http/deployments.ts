import { Router } from 'express';
import { rfc3339 } from '../lib/clock.ts';
import type { HttpPorts, ShownDeployment } from './ports.ts';

/** How the deployments go, in the envelope that Prometheus' API uses. */
export function deploymentRoutes({ deployments }: HttpPorts): Router {
  const router = Router();
  router.get('/api/v1/deployments', (_, response) => {
    response.json({ status: 'success', data: { deployments: deployments().map(toApi) } });
  });
  return router;
}

/** Times as RFC 3339, spans in seconds; what is not known is left out. */
function toApi({ lastAt, failingSince, windowMs, meanRecoveryMs, ...shown }: ShownDeployment) {
  return {
    ...shown,
    lastAt: lastAt === undefined ? undefined : rfc3339(lastAt),
    failingSince: failingSince === undefined ? undefined : rfc3339(failingSince),
    windowSeconds: windowMs / 1000,
    meanRecoverySeconds: meanRecoveryMs === undefined ? undefined : meanRecoveryMs / 1000,
  };
}
