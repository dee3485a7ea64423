import { Router } from 'express';
import { rfc3339 } from '../lib/clock.ts';
import type { HttpPorts, ShownJob } from './ports.ts';

/** Jobs that wait or run, in the envelope that Prometheus' API uses. */
export function queueRoutes({ queue }: HttpPorts): Router {
  const router = Router();
  router.get('/api/v1/queue', (_, response) => {
    response.json({ status: 'success', data: { jobs: queue().map(toApi) } });
  });
  return router;
}

/** Times as RFC 3339; what is not known is left out. */
function toApi({ job, queuedAt, missing, deadline }: ShownJob) {
  const { id, runId, repository, name, workflow, status, labels, runner, createdAt, startedAt } = job;
  return {
    ...{ id, runId, repository, workflow, job: name, labels, status, runner },
    createdAt: rfc3339(createdAt),
    queuedAt: textOf(queuedAt),
    startedAt: textOf(startedAt),
    starved: missing !== undefined,
    missing,
    deadline: textOf(deadline),
  };
}

function textOf(time: number | undefined): string | undefined {
  return time === undefined ? undefined : rfc3339(time);
}
