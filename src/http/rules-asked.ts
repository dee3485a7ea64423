import type { Request } from 'express';
import type { RuleHealth } from '../alerts/rule-health.ts';
import { reasonOf } from '../lib/log.ts';
import type { Labels } from '../model/labels.ts';
import { type Matcher, matchesAll } from '../model/matcher.ts';
import { parseExpr } from '../promql/parse.ts';

/** Which rules are asked for. */
export interface AskedRules {
  /** By the labels that the rule sets itself. */
  readonly isLabelled: (labels: Labels) => boolean;
  readonly isKind: (kind: RuleHealth['rule']['kind']) => boolean;
  readonly isRule: (name: string) => boolean;
  readonly isGroup: (name: string) => boolean;
  readonly isFile: (name: string) => boolean;
  readonly excludesAlerts: boolean;
}

const kinds: ReadonlyMap<string, string> = new Map([
  ['alert', 'alerting'],
  ['record', 'recording'],
]);

/** What Go's strconv.ParseBool takes; nothing is no. */
const flags: ReadonlyMap<string, boolean> = new Map([
  ...['1', 't', 'T', 'true', 'TRUE', 'True'].map((text) => [text, true] as const),
  ...['', '0', 'f', 'F', 'false', 'FALSE', 'False'].map((text) => [text, false] as const),
]);

/** The text says what cannot be understood, in Prometheus' words. */
export function askedRules({ originalUrl }: Request): AskedRules | string {
  const query = new URL(originalUrl, 'http://localhost').searchParams;
  const type = query.get('type')?.toLowerCase() ?? '';
  const kind = kinds.get(type);
  if (type !== '' && kind === undefined) {
    return `invalid parameter "type": not supported value ${JSON.stringify(type)}`;
  }
  const text = query.get('exclude_alerts') ?? '';
  const excludesAlerts = flags.get(text);
  if (excludesAlerts === undefined) {
    const reason = `strconv.ParseBool: parsing ${JSON.stringify(text)}: invalid syntax`;
    return `invalid parameter "exclude_alerts": error converting exclude_alerts: ${reason}`;
  }
  const selectors = selectorsOf(query.getAll('match[]'));
  if (typeof selectors === 'string') return selectors;
  return {
    isLabelled: (labels) => selectors.length === 0 || selectors.some((matchers) => matchesAll(labels, matchers)),
    isKind: (own) => kind === undefined || kind === own,
    isRule: oneOf(query.getAll('rule_name[]')),
    isGroup: oneOf(query.getAll('rule_group[]')),
    isFile: oneOf(query.getAll('file[]')),
    excludesAlerts,
  };
}

/** The text says which cannot be understood. */
function selectorsOf(texts: readonly string[]): readonly (readonly Matcher[])[] | string {
  const selectors: (readonly Matcher[])[] = [];
  for (const text of texts) {
    try {
      const expr = parseExpr(text);
      if (expr.kind !== 'selector' || expr.offsetMs !== 0 || expr.at !== undefined) {
        return `invalid parameter "match[]": found ${JSON.stringify(text)}, expected a selector`;
      }
      selectors.push(expr.matchers);
    } catch (error) {
      return `invalid parameter "match[]": ${reasonOf(error)}`;
    }
  }
  return selectors;
}

/** None given means all. */
function oneOf(names: readonly string[]): (name: string) => boolean {
  const wanted = new Set(names);
  return (name) => wanted.size === 0 || wanted.has(name);
}
