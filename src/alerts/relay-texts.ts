import { z } from 'zod';
import { reasonOf } from '../lib/log.ts';
import { parseTemplates } from './gotemplate/templates.ts';
import { notificationFunctions } from './notification-functions.ts';

const functions = notificationFunctions({ now: () => 0 });

/** A template over Alertmanager's notification data. */
export const Template = z.string().superRefine((text, context) => {
  try {
    parseTemplates([{ name: '', text }], functions);
  } catch (error) {
    const fault = reasonOf(error).replace(/^template: :(\d+): /, 'line $1: ');
    context.addIssue({ code: 'custom', message: `a template without fault (${fault})` });
  }
});

/** A whole number by the gravest alert that fires. */
function priority(by: { readonly critical: number; readonly warning: number; readonly other: number }): string {
  return (
    `{{ $p := ${by.other} }}{{ range .Alerts.Firing }}` +
    `{{ if eq .Labels.severity "critical" }}{{ $p = ${by.critical} }}` +
    `{{ else if and (eq .Labels.severity "warning") (lt $p ${by.warning}) }}{{ $p = ${by.warning} }}{{ end }}` +
    '{{ end }}{{ $p }}'
  );
}

/** Each alert's summary, or its name, and its description. */
const message =
  '{{ range .Alerts }}{{ if gt (len $.Alerts) 1 }}{{ toUpper .Status }} {{ end }}' +
  '{{ or .Annotations.summary .Labels.alertname }}{{ with .Annotations.description }}\n{{ . }}{{ end }}\n{{ end }}';

const html =
  '<p><strong>{{ template "__subject" . }}</strong></p><ul>{{ range .Alerts }}<li>' +
  '{{ if eq .Status "firing" }}🔥{{ else }}✅{{ end }} <strong>{{ .Labels.alertname }}</strong> ' +
  '{{ .Annotations.summary }}{{ with .Annotations.description }}<br>{{ . }}{{ end }}</li>{{ end }}</ul>';

const definitions: readonly (readonly [string, string])[] = [
  ['relay.default.title', '{{ template "__subject" . }}'],
  ['relay.default.message', message],
  ['relay.default.html', html],
  ['ntfy.default.priority', priority({ critical: 5, warning: 4, other: 3 })],
  ['ntfy.default.tags', '{{ if eq .Status "firing" }}rotating_light{{ else }}white_check_mark{{ end }}'],
  ['gotify.default.priority', priority({ critical: 8, warning: 5, other: 3 })],
  ['matrix.default.message', '{{ template "relay.default.title" . }}\n{{ template "relay.default.message" . }}'],
];

/** The templates that relays have by themselves, beside those of Alertmanager. */
export const relayTemplates = definitions
  .map(([name, body]) => `{{ define ${JSON.stringify(name)} }}${body}{{ end }}`)
  .join('');

/** The default of a key: the template of this name. */
export function templateOf(name: string): string {
  return `{{ template ${JSON.stringify(name)} . }}`;
}

/** As much of the text as fits into so many bytes of UTF-8, an ellipsis at its end where it was cut. */
export function fitting(text: string, maxBytes: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= maxBytes) return text;
  const ellipsis = '…';
  const cut = bytes.subarray(0, maxBytes - Buffer.byteLength(ellipsis)).toString();
  // A character that was cut in two reads as one that is none.
  return `${cut.replace(/\uFFFD$/, '')}${ellipsis}`;
}
