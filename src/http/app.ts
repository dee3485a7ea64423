import compression from 'compression';
import express, { type ErrorRequestHandler, type Express } from 'express';
import helmet from 'helmet';
import { type Log, reasonOf } from '../lib/log.ts';
import { acknowledgeRoutes } from './acknowledge.ts';
import { alertmanagerRoutes } from './alertmanager/index.ts';
import { apiRoutes } from './api.ts';
import { deadLetterRoutes } from './dead-letters.ts';
import { deploymentRoutes } from './deployments.ts';
import { lifecycleRoutes } from './lifecycle.ts';
import { pageRoutes } from './page.ts';
import type { HttpPorts } from './ports.ts';
import { probeRoutes } from './probe.ts';
import { queueRoutes } from './queue.ts';
import { recoverRoutes } from './recover.ts';
import { relayRoutes } from './relays.ts';
import { ruleRoutes } from './rules.ts';
import { refuseOtherPaths, runnerRoutes } from './runner-token.ts';
import { webhookRoutes } from './webhooks.ts';
import { whyRoutes } from './why.ts';

/** Served over plain HTTP in a private network: a browser that is told to use TLS would find nothing there. */
const plainHttp = {
  strictTransportSecurity: false,
  contentSecurityPolicy: { directives: { upgradeInsecureRequests: null } },
} as const;

/** All routes of the main address; those of runners only where these have no address of their own. */
export function createApp(ports: HttpPorts, log: Log, { servesRunners = true } = {}): Express {
  const app = createBareApp();
  app.use(compression());
  app.use(lifecycleRoutes(ports), probeRoutes(ports), apiRoutes(ports), recoverRoutes(ports), pageRoutes(ports));
  app.use(webhookRoutes(ports));
  app.use(deploymentRoutes(ports));
  app.use(queueRoutes(ports));
  if (servesRunners) app.use(runnerRoutes(ports));
  app.use(ruleRoutes(ports));
  app.use(alertmanagerRoutes(ports), acknowledgeRoutes(ports));
  app.use(whyRoutes(ports), deadLetterRoutes(ports));
  app.use(relayRoutes(ports));
  app.use((_, response) => {
    response.status(404).type('text/plain').send('404: not found. / lists what there is.\n');
  });
  app.use(failure(log));
  return app;
}

/** All routes of the runners' own address. */
export function createRunnerApp(ports: Pick<HttpPorts, 'runner'>, log: Log): Express {
  const app = createBareApp();
  app.use(runnerRoutes(ports), refuseOtherPaths(ports), failure(log));
  return app;
}

function createBareApp(): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use(helmet(plainHttp));
  return app;
}

/** A client's fault keeps its status and message; our own is logged, and said without its inside. */
function failure(log: Log): ErrorRequestHandler {
  return (error: { status?: unknown }, request, response, next) => {
    if (response.headersSent) return next(error);
    const status = typeof error.status === 'number' && error.status < 500 ? error.status : 500;
    if (status === 500) log.error({ path: request.path, reason: reasonOf(error) }, 'request failed');
    const message = status === 500 ? 'internal error; the log says more' : reasonOf(error);
    response.status(status).json({ status: 'error', error: message });
  };
}
