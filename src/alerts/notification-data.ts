import { parseTime } from '../lib/clock.ts';
import type { Notification } from '../model/alert.ts';
import type { Labels } from '../model/labels.ts';
import { goTime, zeroTimeMs } from './go-time.ts';
import {
  compareTexts,
  type GoFunction,
  type GoList,
  type GoMap,
  type GoStruct,
  listOf,
  mapOf,
  structOf,
} from './gotemplate/value.ts';
import { payload } from './payload.ts';

/** What a notification's templates see as their dot. https://prometheus.io/docs/alerting/latest/notifications/ */
export function templateData(notification: Notification, externalURL: string): GoStruct {
  const shown = payload(notification, externalURL);
  const alerts = shown.alerts.map((alert) =>
    structOf('template.Alert', {
      Status: alert.status,
      Labels: labelMap(alert.labels),
      Annotations: labelMap(alert.annotations),
      StartsAt: goTime(parseTime(alert.startsAt)),
      EndsAt: goTime(alert.status === 'firing' ? zeroTimeMs : parseTime(alert.endsAt)),
      GeneratorURL: alert.generatorURL,
      Fingerprint: alert.fingerprint,
    }),
  );
  return structOf('*template.Data', {
    Receiver: shown.receiver,
    Status: shown.status,
    Alerts: alertList(alerts),
    GroupLabels: labelMap(shown.groupLabels),
    CommonLabels: labelMap(shown.commonLabels),
    CommonAnnotations: labelMap(shown.commonAnnotations),
    ExternalURL: shown.externalURL,
  });
}

function getter(call: () => ReturnType<GoFunction['call']>): GoFunction {
  return { params: [], call };
}

function alertList(alerts: readonly GoStruct[]): GoList {
  const having = (status: string) =>
    getter(() =>
      listOf(
        alerts.filter(({ fields }) => fields.Status === status),
        '[]template.Alert',
      ),
    );
  const methods = new Map([
    ['Firing', having('firing')],
    ['Resolved', having('resolved')],
  ]);
  return listOf(alerts, 'template.Alerts', methods);
}

/** Alertmanager's KV: labels with their methods; the alert's name comes first. */
function labelMap(labels: Labels): GoMap {
  const sorted = Object.entries(labels).sort(([a], [b]) => rank(a) - rank(b) || compareTexts(a, b));
  const names = getter(() => textList(sorted.map(([name]) => name)));
  const values = getter(() => textList(sorted.map(([, value]) => value)));
  const methods = new Map<string, GoFunction>([
    ['SortedPairs', getter(() => pairList(sorted))],
    ['Names', names],
    ['Values', values],
    ['Remove', { params: ['[]string'], call: ([keys]) => labelMap(without(labels, keys as GoList)) }],
    ['String', getter(() => pairText(sorted))],
  ]);
  return mapOf(labels, methods, 'template.KV');
}

function rank(name: string): number {
  return name === 'alertname' ? 0 : 1;
}

function without(labels: Labels, { items }: GoList): Labels {
  return Object.fromEntries(Object.entries(labels).filter(([name]) => !items.includes(name)));
}

export function textList(items: readonly string[]): GoList {
  return listOf(items, '[]string');
}

type Pairs = readonly (readonly [string, string])[];

function pairList(pairs: Pairs): GoList {
  const items = pairs.map(([name, value]) => structOf('template.Pair', { Name: name, Value: value }));
  const methods = new Map([
    ['Names', getter(() => textList(pairs.map(([name]) => name)))],
    ['Values', getter(() => textList(pairs.map(([, value]) => value)))],
    ['String', getter(() => pairText(pairs))],
  ]);
  return listOf(items, 'template.Pairs', methods);
}

function pairText(pairs: Pairs): string {
  return pairs.map(([name, value]) => `${name}=${value}`).join(', ');
}
