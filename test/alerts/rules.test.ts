import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadRules } from '../../src/alerts/rules.ts';
import { temporaryFolder } from '../support/processes.ts';
import { binary, needs } from '../support/services.ts';

const whole = `
groups:
  - name: runners
    interval: 30s
    query_offset: 5s
    limit: 10
    labels: { team: ci }
    rules:
      - record: runner:down:count
        expr: count by (scope) (github_runner_online == 0)
        labels: { source: runnerwatch }
      - alert: RunnerDown
        expr: |
          github_runner_online
            == 0
        for: 1h30m
        keep_firing_for: 2m
        labels: { severity: page, team: '{{ $labels.scope | toUpper }}' }
        annotations: { summary: '{{ $labels.runner }} is {{ $value | humanize }}' }
`;

/** Each is the text of one group's list of rules. */
const good: readonly (readonly [string, string])[] = [
  ['nothing', '[]'],
  ['a number for an expression', '[{ record: one, expr: 1 }]'],
  ['two alerts of one name', '[{ alert: A, expr: up, labels: { s: a } }, { alert: A, expr: up, labels: { s: b } }]'],
  ['an alert name of several words', '[{ alert: The runner is down, expr: up }]'],
  ['an anchor', '[{ alert: A, expr: &up up, labels: &l { s: a } }, { alert: B, expr: *up, labels: *l }]'],
];

const bad: readonly (readonly [string, string])[] = [
  ['a mapping for rules', '{ alert: A, expr: up }'],
  ['a bad duration', '[{ alert: A, expr: up, for: 1.5h }]'],
  ['an empty expression', "[{ alert: A, expr: '' }]"],
  ['a bad label', '[{ alert: A, expr: up, labels: { __name__: b } }]'],
  ['a template that does not end', "[{ alert: A, expr: up, annotations: { s: '{{ $value' } }]"],
  ['an unknown function', "[{ alert: A, expr: up, annotations: { s: '{{ shout $value }}' } }]"],
  ['keep_firing_for on a recording', '[{ record: a, expr: up, keep_firing_for: 1m }]'],
];

function group(rules: string): string {
  return `groups:\n  - { name: g, rules: ${rules} }\n`;
}

describe('a rule file', () => {
  it('is loaded with everything in it', () => {
    const [loaded] = loadRules('rules.yml', whole);
    const [recording, alerting] = loaded?.rules ?? [];
    expect(loaded).toMatchObject({
      file: 'rules.yml',
      name: 'runners',
      intervalMs: 30_000,
      queryOffsetMs: 5000,
      limit: 10,
    });
    expect(recording).toMatchObject({
      kind: 'recording',
      name: 'runner:down:count',
      labels: { team: 'ci', source: 'runnerwatch' },
    });
    expect(alerting).toMatchObject({
      kind: 'alerting',
      query: 'github_runner_online\n  == 0\n',
      forMs: 5_400_000,
      keepFiringForMs: 120_000,
      labels: { severity: { text: 'page' }, team: { text: '{{ $labels.scope | toUpper }}' } },
    });
  });

  it.each([
    ['empty', ''],
    ['without groups', '{}'],
    ['with no group', 'groups: []'],
  ])('may be %s', (_, text) => {
    expect(loadRules('rules.yml', text)).toEqual([]);
  });
});

describe.skipIf(needs('promtool'))('promtool check rules', () => {
  function promtoolAccepts(text: string): boolean {
    using folder = temporaryFolder();
    writeFileSync(join(folder.path, 'rules.yml'), text);
    const args = ['check', 'rules', '--lint=none', 'rules.yml'];
    return spawnSync(binary('promtool'), args, { cwd: folder.path, timeout: 10_000 }).status === 0;
  }

  it('takes the whole file, as we do', () => {
    expect(promtoolAccepts(whole)).toBe(true);
  });

  it.each(good)('takes %s, as we do', (_, rules) => {
    expect(() => loadRules('rules.yml', group(rules))).not.toThrow();
    expect(promtoolAccepts(group(rules))).toBe(true);
  });

  it.each(bad)('refuses %s, as we do', (_, rules) => {
    expect(() => loadRules('rules.yml', group(rules))).toThrow('rules.yml');
    expect(promtoolAccepts(group(rules))).toBe(false);
  });
});
