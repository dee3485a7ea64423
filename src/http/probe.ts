import { type Request, Router } from 'express';
import type { HttpPorts } from './ports.ts';

/** What is taken off a scrape's timeout, so that the answer is there before Prometheus gives up: the original's. */
const offsetMs = 500;

/** A probe on demand: the parameters, the texts and the statuses are blackbox_exporter's. */
export function probeRoutes({ probe }: HttpPorts): Router {
  const router = Router();
  router.get('/probe', async (request, response) => {
    const timeout = scrapeTimeoutMs(request);
    if (timeout === null) {
      const text = `Failed to parse timeout from Prometheus header: "${request.get(timeoutHeader)}" is no number\n`;
      response.status(500).type('text/plain').send(text);
      return;
    }
    const gone = new AbortController();
    response.once('close', () => gone.abort(new Error('the client is gone')));
    const answer = await probe(
      {
        target: parameter(request, 'target'),
        module: parameter(request, 'module') ?? 'http_2xx',
        hostname: parameter(request, 'hostname'),
        debug: parameter(request, 'debug') === 'true',
        timeoutMs: timeout,
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

const timeoutHeader = 'X-Prometheus-Scrape-Timeout-Seconds';

/** How long the scraper's time lets the probe take; undefined where it does not say, null where that is no number. */
function scrapeTimeoutMs(request: Request): number | undefined | null {
  const text = request.get(timeoutHeader);
  if (text === undefined || text === '') return undefined;
  const seconds = Number(text);
  if (!Number.isFinite(seconds)) return null;
  const ms = seconds * 1000 - offsetMs;
  return ms > 0 ? ms : undefined;
}
