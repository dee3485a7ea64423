import express, { type Request, type Response, Router } from 'express';
import { compareLabels, inOrder } from '../../alerts/alert-order.ts';
import type { AlertView, GroupView } from '../../alerts/dispatch-views.ts';
import { alertFilterOf, flagOf, receiverFilterOf } from './filter.ts';
import { mayChange, onlyJson } from './guard.ts';
import type { AlertmanagerPorts, AlertmanagerView } from './ports.ts';
import { parseAlerts } from './posted.ts';
import { shownAlert } from './shapes.ts';
import type { WithView } from './view.ts';

/** 64 alerts, a Prometheus' batch, are well below this. */
const maxBody = '4mb';

export function alertRoutes(ports: AlertmanagerPorts, withView: WithView): Router {
  const router = Router();
  router.get('/alerts', withView(getAlerts));
  router.get('/alerts/groups', withView(getGroups));
  const post = withView((view, request, response) => postAlerts(ports, { view, request, response }));
  router.post('/alerts', mayChange(ports), onlyJson, express.json({ limit: maxBody, strict: false }), post);
  return router;
}

function getAlerts({ alerts }: AlertmanagerView, request: Request, response: Response): void {
  const [isAsked, isReceiver] = [alertFilterOf(request), receiverFilterOf(request)];
  const found = alerts().filter((each) => isAsked(each) && each.receivers.some(isReceiver));
  const order = (a: AlertView, b: AlertView): number => (a.alert.fingerprint < b.alert.fingerprint ? -1 : 1);
  response.json(found.sort(order).map((each) => shownAlert(each, [])));
}

function getGroups({ groups }: AlertmanagerView, request: Request, response: Response): void {
  const [isAsked, isReceiver, muted] = [alertFilterOf(request), receiverFilterOf(request), flagOf(request, 'muted')];
  const found = groups()
    .filter(({ step }) => step === undefined)
    .filter(({ receiver, mutedBy }) => isReceiver(receiver) && (muted || mutedBy.length === 0))
    .map((group) => ({ ...group, alerts: group.alerts.filter(isAsked) }))
    .filter(({ alerts }) => alerts.length > 0);
  const order = (a: GroupView, b: GroupView): number =>
    compareLabels(a.labels, b.labels) || (a.receiver < b.receiver ? -1 : 1);
  response.json(found.sort(order).map(shownGroup));
}

function shownGroup({ alerts, labels, receiver, mutedBy }: GroupView) {
  const views = new Map(alerts.map((each) => [each.alert.fingerprint, each]));
  const sorted = inOrder(alerts.map(({ alert }) => alert)).flatMap(({ fingerprint }) => views.get(fingerprint) ?? []);
  return { alerts: sorted.map((each) => shownAlert(each, mutedBy)), labels, receiver: { name: receiver } };
}

/** As Alertmanager: what is valid is taken, and what is not is told. */
function postAlerts(
  { clock }: AlertmanagerPorts,
  {
    view,
    request,
    response,
  }: { readonly view: AlertmanagerView; readonly request: Request; readonly response: Response },
): void {
  const parsed = parseAlerts(request.body, { now: clock.now(), resolveTimeoutMs: view.resolveTimeoutMs });
  if ('refused' in parsed) {
    response.status(parsed.refused.status).json(parsed.refused.body);
    return;
  }
  const { alerts, faults } = parsed.value;
  if (alerts.length > 0) view.accept(alerts);
  if (faults.length === 0) response.status(200).end();
  else response.status(400).json(faults.slice(0, 10).join('\n'));
}
