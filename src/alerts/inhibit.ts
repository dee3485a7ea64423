import { type Alert, alertStatus } from '../model/alert.ts';
import { type Labels, labelValue } from '../model/labels.ts';
import { matchesAll } from '../model/matcher.ts';
import type { InhibitRule } from './route.ts';

/** The fingerprints of the firing alerts that inhibit an alert with these labels; none where nothing does. */
export type Inhibitor = (labels: Labels) => readonly string[];

interface Source {
  readonly fingerprint: string;
  /** Whether it could be inhibited by the same rule. */
  readonly isTarget: boolean;
}

/**
 * Made anew for each moment, and then asked for every alert: each rule's sources are found by their equal labels at
 * once. As in Alertmanager, of two alerts that match both sides of a rule neither inhibits the other, and a label that
 * neither has counts as equal.
 */
export function createInhibitor(rules: readonly InhibitRule[], alerts: Iterable<Alert>, now: number): Inhibitor {
  const firing = rules.length === 0 ? [] : [...alerts].filter((alert) => alertStatus(alert, now) === 'firing');
  const indexed = rules.map((rule) => ({ rule, sources: sourcesOf(rule, firing) }));
  return (labels) => [
    ...new Set(
      indexed.flatMap(({ rule, sources }) => {
        if (!matchesAll(labels, rule.targetMatchers)) return [];
        const isSource = matchesAll(labels, rule.sourceMatchers);
        const candidates = sources.get(equalKey(rule, labels)) ?? [];
        return candidates.filter(({ isTarget }) => !(isSource && isTarget)).map(({ fingerprint }) => fingerprint);
      }),
    ),
  ];
}

function sourcesOf(rule: InhibitRule, firing: readonly Alert[]): ReadonlyMap<string, readonly Source[]> {
  const sources = firing
    .filter(({ labels }) => matchesAll(labels, rule.sourceMatchers))
    .map(({ fingerprint, labels }) => ({
      key: equalKey(rule, labels),
      fingerprint,
      isTarget: matchesAll(labels, rule.targetMatchers),
    }));
  return Map.groupBy(sources, ({ key }) => key);
}

function equalKey({ equal }: InhibitRule, labels: Labels): string {
  return JSON.stringify(equal.map((name) => labelValue(labels, name)));
}
