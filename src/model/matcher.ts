import { type Labels, labelValue } from './labels.ts';

export type MatchOperator = '=' | '!=' | '=~' | '!~';

/** One label matcher. `test` gets '' for a label that is not there, as in Prometheus. */
export interface Matcher {
  readonly name: string;
  readonly operator: MatchOperator;
  readonly value: string;
  test(value: string): boolean;
}

export function matchesAll(labels: Labels, matchers: readonly Matcher[]): boolean {
  return matchers.every((matcher) => matcher.test(labelValue(labels, matcher.name)));
}
