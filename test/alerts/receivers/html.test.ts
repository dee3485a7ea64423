import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { createNotificationTemplates } from '../../../src/alerts/notification-template.ts';
import { payload } from '../../../src/alerts/payload.ts';
import type { Notification } from '../../../src/model/alert.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { temporaryFolder } from '../../support/processes.ts';
import { binary, needs } from '../../support/services.ts';
import { alert, resolved, start } from '../support/house.ts';

const labels = {
  alertname: 'Down',
  evil: `<b a="1">'&+\u0000`,
  url: 'http://h/p?a=b&c=d e"é',
  bad: 'javascript:alert(1)',
};
const notification: Notification = {
  groupKey: '{}:{}',
  receiver: 'team',
  groupLabels: { alertname: 'Down' },
  alerts: [alert(labels, { startsAt: start + 123 }), resolved({ ...labels, job: 'x' }, start + 5000)],
  at: start + 6000,
  truncatedAlerts: 0,
};
const externalURL = 'http://am.example:9093';

function theirs(template: string, type: 'text' | 'html'): string {
  using folder = temporaryFolder({ 'data.json': JSON.stringify(payload(notification, externalURL)), 'none.tmpl': '' });
  const args = [`--template.glob=${folder.path}/none.tmpl`, `--template.text=${template}`, `--template.type=${type}`];
  const run = spawnSync(binary('amtool'), ['template', 'render', ...args, `--template.data=${folder.path}/data.json`]);
  expect(run.stderr.toString()).toBe('');
  // It ends its output with a line break of its own.
  return run.stdout.toString().replace(/\n$/, '');
}

function ours(template: string, type: 'text' | 'html'): string {
  const clock = new FakeClock(start);
  return createNotificationTemplates([])({ notification, externalURL, clock })[type](template);
}

const evil = '{{ .CommonLabels.evil }}';

describe.skipIf(needs('amtool'))('beside amtool template render', () => {
  it.each([
    evil,
    `<p>${evil}</p>`,
    `<p title="${evil}">x</p>`,
    `<p title='${evil}' class="a ${evil}">x</p>`,
    '<a href="{{ .CommonLabels.url }}">x</a>',
    '<a href="{{ .CommonLabels.bad }}">x</a>',
    '<a href="{{ .ExternalURL }}/#/alerts?q={{ .GroupLabels.alertname }}">x</a>',
    `{{ safeHtml "<i>" }}${evil}`,
    `<style>p { color: red }</style><p>${evil}</p>`,
    '{{ define "x" }}<b>{{ . }}</b>{{ end }}<i>{{ template "x" .CommonLabels.evil }}</i>',
    '{{ range .Alerts }}<li>{{ .Labels.evil }} {{ .StartsAt }}</li>{{ end }}',
  ])('escapes %s', (template) => {
    expect(ours(template, 'html')).toBe(theirs(template, 'html'));
  });

  it.each([
    '{{ range .Alerts }}{{ .StartsAt | date "2006-01-02T15:04:05.000Z07:00 Jan 2 03:04PM Mon 002 06 -0700 .999" }}|{{ end }}',
    '{{ range .Alerts }}{{ .StartsAt | tz "America/New_York" | date "Monday 15:04 MST -07" }}|{{ end }}',
    '{{ range .Alerts }}{{ .EndsAt | tz "Asia/Kolkata" | date "15:04 Z07:00" }}{{ .StartsAt.Unix }}|{{ end }}',
    '{{ (index .Alerts 1).EndsAt.Sub (index .Alerts 1).StartsAt }}',
    '{{ range .CommonLabels.SortedPairs }}{{ .Name }}={{ .Value }};{{ end }}',
    '{{ (.CommonLabels.Remove .GroupLabels.Names).Names | join "," }}',
    '{{ reReplaceAll "(a+)(b)?" "[$1-$2]" "xaab a" }} {{ match "^D" .CommonLabels.alertname }} {{ title "éa b_c d-e f\'g" }}',
    '{{ toJson .CommonLabels }} {{ toJson .GroupLabels.SortedPairs }} {{ toJson (stringSlice "a<b") }}',
    '{{ humanizeDuration 93784.5 }} {{ humanizeDuration 0.02 }} {{ humanizeDuration "60" }}',
    '{{ urlUnescape "a%20b+c" }} {{ safeUrl "http://a/?b=c" }} {{ toUpper "éß" }} {{ toLower "ÉA" }} {{ trimSpace " a " }}',
    '{{ .Alerts.Firing | len }}{{ .Alerts.Resolved | len }} {{ .CommonLabels.none }}|{{ .Status }} {{ .Receiver }}',
    '{{ with .CommonAnnotations }}some{{ else }}none{{ end }} {{ .GroupLabels }} {{ .CommonLabels.Values }}',
  ])('writes %s', (template) => {
    expect(ours(template, 'text')).toBe(theirs(template, 'text'));
  });
});
