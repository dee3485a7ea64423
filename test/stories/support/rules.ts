import type { Rule } from './story.ts';

export function isDown(target: string): string {
  return `probe_success{target="${target}"} == 0`;
}

export function down(target: string, more: Partial<Rule> = {}): Rule {
  return { alert: 'Down', expr: isDown(target), ...more };
}

/** A route with a group for each rule. */
export const byName = { receiver: 'team', group_by: ['alertname'] };
