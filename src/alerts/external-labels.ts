import { z } from 'zod';
import { fingerprint, type Labels } from '../model/labels.ts';
import { mostOfAll, remembered } from '../promql/remembered.ts';
import { withoutEmpty } from './found-alerts.ts';
import { isLabelName } from './label-names.ts';

/** Prometheus' `global.external_labels`. */
export const ExternalLabels = z.record(z.string(), z.string()).superRefine((labels, context) => {
  for (const name of Object.keys(labels)) {
    if (isLabelName(name) && !name.startsWith('__')) continue;
    const message =
      'expected a label name of letters, digits and underscores that does not begin with a digit or with __';
    context.addIssue({ code: 'custom', path: [name], message });
  }
});

/** What an alert is called to those who are told of it. */
export type Naming = (alert: Named) => Named;

interface Named {
  readonly labels: Labels;
  readonly fingerprint: string;
}

/** Adds Prometheus' `global.external_labels` to what is told; a label that the alert has itself stays. */
export function namingWith(labelsOfAll: Labels): Naming {
  const external = withoutEmpty(labelsOfAll);
  if (Object.keys(external).length === 0) return (alert) => alert;
  const widened = remembered((own: Labels): Named => {
    const labels = { ...external, ...own };
    return { labels, fingerprint: fingerprint(labels) };
  }, mostOfAll);
  return ({ labels }) => widened(labels);
}
