const cell = 'style="padding: 0 0 16px; vertical-align: top;"';

function pairs(what: string): string {
  return `<strong>${what}</strong><br>
{{ range .${what}.SortedPairs }}{{ .Name }} = {{ .Value }}<br>
{{ end }}`;
}

function section(status: string): string {
  return `{{ if .Alerts.${status} }}<tr><td ${cell}><strong>[{{ len .Alerts.${status} }}] ${status}</strong></td></tr>
{{ range .Alerts.${status} }}<tr><td ${cell}>
${pairs('Labels')}{{ if .Annotations }}${pairs('Annotations')}{{ end }}<a href="{{ .GeneratorURL }}">Source</a>
</td></tr>
{{ end }}{{ end }}`;
}

const heading = `{{ len .Alerts }} alert{{ if gt (len .Alerts) 1 }}s{{ end }} for
{{ range .GroupLabels.SortedPairs }}{{ .Name }}={{ .Value }} {{ end }}`;

/** `email.default.html`: tables and styles within the tags, since a mail reader knows little more. */
export const emailTemplate = `<!DOCTYPE html>
<html>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{{ template "__subject" . }}</title>
</head>
<body style="margin: 0; padding: 16px; background: #f4f4f5; font: 14px/1.5 Helvetica, Arial, sans-serif;">
<table role="presentation" width="100%" style="max-width: 640px; margin: 0 auto; background: #fff; border-collapse: collapse;">
{{ if .Alerts.Firing }}<tr><td style="padding: 16px; background: #b3261e; color: #fff;">${heading}</td></tr>
{{ else }}<tr><td style="padding: 16px; background: #1b7f4b; color: #fff;">${heading}</td></tr>
{{ end }}<tr><td style="padding: 16px;"><table role="presentation" width="100%">
<tr><td ${cell}><a href="{{ template "__alertmanagerURL" . }}">View in {{ template "__alertmanager" . }}</a></td></tr>
${section('Firing')}${section('Resolved')}</table></td></tr>
<tr><td style="padding: 16px; color: #666; font-size: 12px;"><a href="{{ .ExternalURL }}">Sent by {{ template "__alertmanager" . }}</a></td></tr>
</table>
</body>
</html>
`;
