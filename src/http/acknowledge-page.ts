import type { EscalatedAlert, LinkAnswer } from '../alerts/acknowledging.ts';
import { rfc3339 } from '../lib/clock.ts';
import { type Html, html } from './html.ts';

/** What somebody wrote into the form. */
interface AcknowledgeForm {
  readonly by: string;
  readonly comment: string;
}

export const maxName = 200;
export const maxComment = 1000;

interface Page {
  readonly status: number;
  readonly page: Html;
}

/** `fault`: what is wrong with what was filled in. */
export function acknowledgePage(
  answer: LinkAnswer | { readonly state: 'closed' },
  form: AcknowledgeForm = { by: '', comment: '' },
  fault?: string,
): Page {
  if (answer.state === 'taken') {
    const said = html`<p class="good" role="status">Acknowledged by ${form.by}. This escalation tells nobody else of it until it ends.</p>`;
    return { status: 200, page: layout('Acknowledged', html`${said}${alertTable(answer.alerts)}`) };
  }
  if (answer.state === 'open') {
    const parts = html`<p>Acknowledge these alerts of the escalation “${answer.chain}”: nobody else is told of them until they end.</p>
${alertTable(answer.alerts)}${formOf(form, fault)}`;
    return { status: fault === undefined ? 200 : 400, page: layout('Acknowledge alerts', parts) };
  }
  const { status, title, text } = refusals[answer.state];
  return { status, page: layout(title, html`<p>${text}</p>`) };
}

export const closedText = 'no alerts are routed here: rules.enabled is false, or Runnerwatch is starting';

/** One page for all that was not made here, whatever is wrong with it. */
const refusals = {
  refused: {
    status: 403,
    title: 'This link is not valid',
    text: 'It was cut off, or it was not made here. Open it from the notification again, whole.',
  },
  expired: {
    status: 410,
    title: 'This link has expired',
    text: 'Take the link of the newest notification, or run: runnerwatch alerts ack NAME',
  },
  over: {
    status: 404,
    title: 'Nothing to acknowledge',
    text: 'The alerts of that notification have ended, or their escalation is no longer configured.',
  },
  closed: { status: 503, title: 'Nothing can be acknowledged now', text: `Found that ${closedText}.` },
  full: {
    status: 503,
    title: 'Too many acknowledgements',
    text: 'No more are kept. Take back some that are not needed, or silence the alerts instead.',
  },
} as const;

function layout(title: string, content: Html): Html {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} – Runnerwatch</title>
<link rel="stylesheet" href="style.css">
</head>
<body>
<main>
<h1>${title}</h1>
${content}
</main>
</body>
</html>
`;
}

/** It is sent to where it came from, so that behind a proxy it finds its way too. */
function formOf({ by, comment }: AcknowledgeForm, fault: string | undefined): Html {
  return html`<form method="post">
${fault === undefined ? html`` : html`<p class="bad" role="alert">${fault}</p>`}
<p><label for="by">Your name</label><br>
<input id="by" name="by" required maxlength="${maxName}" autocomplete="name" value="${by}"></p>
<p><label for="comment">Comment (optional)</label><br>
<input id="comment" name="comment" maxlength="${maxComment}" autocomplete="off" size="50" value="${comment}"></p>
<p><button type="submit">Acknowledge</button></p>
</form>`;
}

const maxShown = 100;

function alertTable(alerts: readonly EscalatedAlert[]): Html {
  const more = alerts.length - maxShown;
  return html`<section><table>
<thead><tr><th scope="col">Alert</th><th scope="col">Since</th><th scope="col">Labels</th><th scope="col">Summary</th><th scope="col">Acknowledged</th></tr></thead>
<tbody>
${alerts.slice(0, maxShown).map(alertRow)}
</tbody>
</table></section>
${more > 0 ? html`<p>And ${more} more.</p>` : html``}`;
}

function alertRow({ alert, acknowledgement }: EscalatedAlert): Html {
  const { alertname = '', ...labels } = alert.labels;
  const shown = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
  const who = acknowledgement ? `by ${acknowledgement.by} ${acknowledgement.comment}` : 'no';
  return html`<tr><th scope="row">${alertname}</th><td><time>${rfc3339(alert.startsAt)}</time></td><td>${shown.join(' ')}</td>
<td>${alert.annotations.summary ?? ''}</td><td>${who.trim()}</td></tr>
`;
}
