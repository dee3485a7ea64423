import { Router } from 'express';
import { rfc3339 } from '../../lib/clock.ts';
import type { HttpPorts } from '../ports.ts';
import { alertRoutes } from './alerts.ts';
import type { AlertmanagerPorts, AlertmanagerView } from './ports.ts';
import { silenceRoutes } from './silences.ts';
import { createWithView } from './view.ts';

/**
 * Alertmanager's API v2, as far as amtool and a Prometheus use it.
 * https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml
 */
export function alertmanagerRoutes({ alertmanager: ports }: HttpPorts): Router {
  const router = Router();
  const api = Router();
  const withView = createWithView(ports);
  api.use((_, response, next) => {
    response.set('Cache-Control', 'no-store');
    next();
  });
  api.get(
    '/status',
    withView((view, _, response) => void response.json(shownStatus(ports, view))),
  );
  api.get(
    '/receivers',
    withView(({ receivers }, _, response) => void response.json(receivers.map((name) => ({ name })))),
  );
  api.use(alertRoutes(ports, withView), silenceRoutes(ports, withView));
  api.use((request, response) => {
    const known = ['/status', '/receivers', '/alerts', '/alerts/groups', '/silences'].includes(request.path);
    const status = known ? 405 : 404;
    const fault = known ? `method ${request.method} is not allowed` : 'the path was not found';
    response.status(status).json({ code: status, message: fault });
  });
  router.use('/api/v2', api);
  return router;
}

function shownStatus({ version, startedAt }: AlertmanagerPorts, { original }: AlertmanagerView) {
  const unknown = { branch: '', buildDate: '', buildUser: '', goVersion: '', revision: '' };
  return {
    cluster: { peers: [], status: 'disabled' },
    config: { original },
    uptime: rfc3339(startedAt),
    versionInfo: { ...unknown, version },
  };
}
