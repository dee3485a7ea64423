import { type Request, Router } from 'express';
import type { HttpPorts } from './ports.ts';

/** A probe on demand: the parameters, the texts and the statuses are blackbox_exporter's. */
export function probeRoutes({ probe }: HttpPorts): Router {
  const router = Router();
  router.get('/probe', async (request, response) => {
    const gone = new AbortController();
    response.once('close', () => gone.abort(new Error('the client is gone')));
    const answer = await probe(
      {
        target: parameter(request, 'target'),
        module: parameter(request, 'module') ?? 'http_2xx',
        hostname: parameter(request, 'hostname'),
        debug: parameter(request, 'debug') === 'true',
        timeoutHeader: request.get('X-Prometheus-Scrape-Timeout-Seconds'),
        accept: request.get('accept'),
      },
      gone.signal,
    );
    if (gone.signal.aborted) return;
    response.status(answer.status).setHeader('Content-Type', answer.contentType);
    response.end(answer.body);
  });
  return router;
}

/** The first value of a parameter; an empty one counts as none. */
function parameter({ query }: Request, name: string): string | undefined {
  const [value] = [query[name]].flat();
  return typeof value === 'string' && value !== '' ? value : undefined;
}
