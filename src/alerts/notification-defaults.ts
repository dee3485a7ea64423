import { emailTemplate } from './email-template.ts';

/** One alert after the other, each with all that is known of it. */
function alertList(name: string, { item, gap }: { readonly item: string; readonly gap: string }): string {
  const pairs = (what: string): string =>
    `{{ range .${what}.SortedPairs }}${item}{{ .Name }} = {{ .Value }}\n{{ end }}`;
  return `{{ define "__${name}_alerts" }}{{ range . }}Labels:
${pairs('Labels')}${gap}Annotations:
${pairs('Annotations')}${gap}Source: {{ .GeneratorURL }}
${gap}{{ end }}{{ end }}`;
}

const text = alertList('text', { item: ' - ', gap: '' });
const card = alertList('card', { item: '  - ', gap: '\n' });

/** What is on fire and what is over, with the empty lines of Alertmanager's texts. */
const textMessage = `
{{ if .Alerts.Firing }}
Alerts Firing:
{{ template "__text_alerts" .Alerts.Firing }}
{{ end }}
{{ if .Alerts.Resolved }}
Alerts Resolved:
{{ template "__text_alerts" .Alerts.Resolved }}
{{ end }}
`;

const cardMessage = `
{{ if .Alerts.Firing }}
# Alerts Firing:

{{ template "__card_alerts" .Alerts.Firing }}
{{ end }}
{{ if .Alerts.Resolved }}
# Alerts Resolved:

{{ template "__card_alerts" .Alerts.Resolved }}
{{ end }}
`;

function define(name: string, body: string): string {
  return `{{ define "${name}" }}${body}{{ end }}`;
}

const subject =
  '[{{ toUpper .Status }}{{ if eq .Status "firing" }}:{{ len .Alerts.Firing }}{{ end }}] ' +
  '{{ join " " .GroupLabels.Values }} ' +
  '{{ with .CommonLabels.Remove .GroupLabels.Names }}({{ join " " .Values }}){{ end }}';

const subjectOf = '{{ template "__subject" . }}';
const link = '{{ template "__alertmanagerURL" . }}';

const definitions: readonly (readonly [string, string])[] = [
  ['__alertmanager', 'Alertmanager'],
  ['__alertmanagerURL', '{{ .ExternalURL }}/#/alerts?receiver={{ urlquery .Receiver }}'],
  ['__subject', subject],
  ['__description', ''],
  ['slack.default.title', subjectOf],
  ['slack.default.username', '{{ template "__alertmanager" . }}'],
  ['slack.default.fallback', '{{ template "slack.default.title" . }} | {{ template "slack.default.titlelink" . }}'],
  ['slack.default.callbackid', ''],
  ['slack.default.pretext', ''],
  ['slack.default.titlelink', link],
  ['slack.default.iconemoji', ''],
  ['slack.default.iconurl', ''],
  ['slack.default.text', ''],
  ['slack.default.footer', ''],
  ['slack.default.color', '{{ if eq .Status "firing" }}danger{{ else }}good{{ end }}'],
  ['email.default.subject', subjectOf],
  ['pushover.default.title', subjectOf],
  ['pushover.default.message', `{{ .CommonAnnotations.SortedPairs.Values | join " " }}${textMessage.trimEnd()}`],
  ['pushover.default.url', link],
  ['telegram.default.message', textMessage],
  ['discord.default.title', subjectOf],
  ['discord.default.message', textMessage],
  ['msteamsv2.default.title', subjectOf],
  ['msteamsv2.default.text', cardMessage],
];

/** The templates that Alertmanager has by itself, by their names, for the receivers that are known here. */
export const defaultTemplates = [
  text,
  card,
  ...definitions.map(([name, body]) => define(name, body)),
  define('email.default.html', emailTemplate),
].join('');
