import { Router } from 'express';
import { rfc3339 } from '../lib/clock.ts';
import type { RunnerState } from '../model/runner.ts';
import { type Html, html } from './html.ts';
import type { HttpPorts, Overview, ShownAlert, ShownCollector, ShownDeployment, ShownJob } from './ports.ts';
import { styles } from './styles.ts';

/** The landing page: the present state and where everything else is. It needs no script. */
export function pageRoutes({ overview, queue, deployments }: HttpPorts): Router {
  const router = Router();
  router.get('/', (_, response) => {
    response
      .type('text/html')
      .set('Cache-Control', 'no-store')
      .send(renderPage(overview(), queue(), deployments()).html);
  });
  router.get('/style.css', (_, response) => {
    response.type('text/css').set('Cache-Control', 'max-age=3600').send(styles);
  });
  return router;
}

function renderPage(
  { version, evaluates, runners, alerts, collectors }: Overview,
  jobs: readonly ShownJob[],
  deployments: readonly ShownDeployment[],
): Html {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="15">
<title>Runnerwatch</title>
<link rel="stylesheet" href="style.css">
</head>
<body>
<header>
<h1>Runnerwatch</h1>
<nav aria-label="Endpoints">
<a href="metrics">Metrics</a>
<a href="api/v1/runners">Runners</a>
<a href="api/v1/queue">Queue</a>
<a href="api/v1/deployments">Deployments</a>
<a href="api/v1/alerts">Alerts</a>
<a href="api/v1/collectors">Collectors</a>
<a href="-/healthy">Health</a>
<a href="-/ready">Ready</a>
</nav>
</header>
<main>
${section('Runners', ['Runner', 'Verdict', 'Since', 'Because', 'Container', 'GitHub'], runners.map(runnerRow), 'No runner is known yet: label its container runnerwatch.runner=NAME, or set github.repositories.')}
${section('Alerts', ['Alert', 'State', 'Since', 'Summary'], alerts.map(alertRow), evaluates ? 'No alert is pending or firing.' : 'Rules are evaluated by Prometheus, not here.')}
${section('Queue', ['Job', 'State', 'Since', 'Labels'], jobs.slice(0, maxJobs).map(jobRow), 'No job waits or runs.')}
${deployments.length === 0 ? html`` : section('Deployments', ['Deployment', 'State', 'Since', 'Succeeded'], deployments.map(deploymentRow), '')}
${section('Collectors', ['Collector', 'State', 'Last success'], collectors.map(collectorRow), 'No collector is enabled.')}
</main>
<footer>runnerwatch ${version}</footer>
</body>
</html>
`;
}

function section(title: string, columns: readonly string[], rows: readonly Html[], empty: string): Html {
  const id = title.toLowerCase();
  const body =
    rows.length === 0
      ? html`<p>${empty}</p>`
      : html`<table aria-labelledby="${id}"><thead><tr>${columns.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
<tbody>${rows}</tbody></table>`;
  return html`<section><h2 id="${id}">${title}</h2>
${body}</section>
`;
}

const good = new Set(['healthy', 'busy']);
const neutral = new Set(['starting', 'stopped', 'unknown']);

function runnerRow({ evidence, verdict, since, because, githubSays }: RunnerState): Html {
  const mood = good.has(verdict) ? 'good' : neutral.has(verdict) ? 'neutral' : 'bad';
  return html`<tr><th scope="row">${evidence.runner}</th><td class="${mood}">${verdict}</td>
<td><time>${since === undefined ? '–' : rfc3339(since)}</time></td><td>${because}</td>
<td>${evidence.container ?? '–'}</td><td>${githubSays || '–'}</td></tr>`;
}

function alertRow({ labels, annotations, state, activeAt, acknowledgedBy }: ShownAlert): Html {
  // The watchdog fires always, and that is well.
  const mood = state === 'firing' && labels.severity !== 'none' ? 'bad' : 'neutral';
  return html`<tr><th scope="row">${labels.alertname ?? ''}</th><td class="${mood}">${state}${acknowledgedBy === undefined ? '' : `, acknowledged by ${acknowledgedBy}`}</td>
<td><time>${rfc3339(activeAt)}</time></td><td>${annotations.summary ?? ''}</td></tr>`;
}

/** A page is for looking at; the API has all of them. */
const maxJobs = 50;

function jobRow({ job, queuedAt, missing }: ShownJob): Html {
  const since = job.startedAt ?? queuedAt ?? job.createdAt;
  const [mood, state] = missing === undefined ? ['neutral', job.status] : ['bad', `no runner takes it: ${missing}`];
  return html`<tr><th scope="row">${job.name} (${job.repository})</th><td class="${mood}">${state}</td>
<td><time>${rfc3339(since)}</time></td><td>${job.labels.join(', ')}</td></tr>`;
}

function deploymentRow({ deployment, lastOutcome, lastAt, failingSince, counts }: ShownDeployment): Html {
  const mood = failingSince === undefined ? 'good' : 'bad';
  const at = failingSince ?? lastAt;
  const succeeded = counts ? `${counts.success} of ${counts.success + counts.failure}` : '–';
  return html`<tr><th scope="row">${deployment}</th><td class="${lastOutcome === undefined ? 'neutral' : mood}">${lastOutcome ?? 'none yet'}</td>
<td><time>${at === undefined ? '–' : rfc3339(at)}</time></td><td>${succeeded}</td></tr>`;
}

function collectorRow({ name, idle, success, error, lastSuccess }: ShownCollector): Html {
  const [mood, state] = stateOf({ idle, success, error });
  const at = lastSuccess === undefined ? '–' : rfc3339(lastSuccess);
  return html`<tr><th scope="row">${name}</th><td class="${mood}">${state}</td><td><time>${at}</time></td></tr>`;
}

function stateOf({ idle, success, error }: Pick<ShownCollector, 'idle' | 'success' | 'error'>): [string, string] {
  if (idle !== undefined) return ['neutral', `idle: ${idle}`];
  if (success === undefined) return ['neutral', 'not collected yet'];
  return success ? ['good', 'ok'] : ['bad', `failed: ${error ?? 'unknown reason'}`];
}
