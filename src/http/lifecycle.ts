import { Router } from 'express';
import type { HttpPorts } from './ports.ts';

/** Metrics, health, readiness and reload, at the paths that Prometheus uses for its own. */
export function lifecycleRoutes(ports: HttpPorts): Router {
  const router = Router();
  router.get('/metrics', async (request, response) => {
    const { contentType, body } = await ports.metrics(request.get('accept'));
    // setHeader: Express' own setter would add a second charset to a type that has parameters.
    response.setHeader('Content-Type', contentType);
    response.end(body);
  });
  router.get('/-/healthy', (_, response) => {
    response.type('text/plain').send('Runnerwatch is healthy.\n');
  });
  router.get('/-/ready', (_, response) => {
    const ready = ports.ready();
    response
      .status(ready ? 200 : 503)
      .type('text/plain')
      .send(ready ? 'Runnerwatch is ready.\n' : 'Runnerwatch has not collected everything once yet.\n');
  });
  router.post('/-/reload', async (_, response) => {
    const result = await ports.reload();
    if (result.ok) response.type('text/plain').send('Reloaded.\n');
    else response.status(500).type('text/plain').send(`Kept the old configuration:\n${result.problems}\n`);
  });
  router.all('/-/reload', (_, response) => {
    response.status(405).set('Allow', 'POST').type('text/plain').send('405: use POST.\n');
  });
  return router;
}
