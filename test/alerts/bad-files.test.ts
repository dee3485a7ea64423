import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadRouting } from '../../src/alerts/routing.ts';
import { loadRules } from '../../src/alerts/rules.ts';
import { ProblemsError } from '../../src/lib/problem.ts';

/** The one message of each file, after the file's name: line, key, what was found, how to mend it. */
const rules = [
  ['both', '5: groups[0].rules[0].record: found both alert and record in one rule. Make two rules of it'],
  [
    'brace',
    '7: groups[0].rules[0].annotations.summary: found no valid template: template: __alert_RunnerDown:1: function "is" not defined. Correct the template',
  ],
  ['duplicate', '4: groups[1].name: found "runners" a second time in this file. Rename the group'],
  [
    'expr',
    '7: groups[0].rules[1].expr: found no valid expression: unexpected end of the expression (column 25). Correct the expression',
  ],
  [
    'fixed-time',
    '5: groups[0].rules[0].expr: found @ 1609746000 in the rule RunnerGoneSinceRelease, a fixed time, which the history for the embedded rules does not keep. Use an offset, @ start() or @ end()',
  ],
  [
    'for',
    '6: groups[0].rules[0].for: found "5 minutes", expected a duration such as 30s, 5m or 1h30m. Correct the value',
  ],
  [
    'function',
    '5: groups[0].rules[0].expr: found no valid expression: unknown function predict_the_future (column 1). Correct the expression',
  ],
  ['key', '5: groups[0].rules[0].exp: found a key that does not exist here. Did you mean expr?'],
  [
    'label',
    '7: groups[0].rules[0].labels.__name__: found the label __name__ set by a rule. Remove it; record names the metric',
  ],
  [
    'metric',
    '4: groups[0].rules[0].record: found "runner{state=\\"down\\"}", expected a metric name. Name the metric alone; labels have their own key',
  ],
  ['neither', '4: groups[0].rules[0]: found a rule with neither alert nor record. Give it a name with one of the two'],
  ['no-expr', '4: groups[0].rules[0].expr: found nothing, expected a text. Add the missing key'],
  ['recording', '6: groups[0].rules[0].for: found for in a recording rule. Only alerts have it; remove it'],
  [
    'template',
    '8: groups[0].rules[0].annotations.description: found no valid template: template: __alert_RunnerDown:1: unexpected EOF. Correct the template',
  ],
  [
    'yaml',
    '6: found invalid YAML: Missing closing "quote. Mend the YAML there; indentation and quotes are the usual causes',
  ],
] as const;

const routing = [
  ['duplicate', '5: receivers[1].name: found "team" a second time. Rename the receiver'],
  ['group-all', '3: route.group_by: found "..." beside other labels. It means all labels: keep it alone'],
  ['group-by', '3: route.group_by[2]: found "alertname" a second time. Remove one of the two'],
  ['interval', '3: route.group_interval: found a group_interval of 0. Give it a duration such as 5m'],
  ['key', '3: route.group_wiat: found a key that does not exist here. Did you mean group_wait?'],
  [
    'matcher',
    '4: route.routes[0].matchers[0]: found "severity == \\"page\\"", expected matchers such as severity="page" or team=~"a|b". Correct the matcher',
  ],
  [
    'mute',
    '5: route.routes[0].mute_time_intervals[0]: found "nights", which no time interval is called. Add it to time_intervals',
  ],
  [
    'no-receiver',
    '1: route: found a root route without a receiver. Name the receiver that takes what no route matches',
  ],
  ['no-route', '1: route: found nothing, expected a mapping. Add the missing key'],
  [
    'not-yet',
    '5: receivers[0].victorops_configs: found a key that Alertmanager knows and Runnerwatch does not know yet. Remove it, or let a real Alertmanager use this file',
  ],
  [
    'receiver',
    '5: route.routes[0].receiver: found "pager", which no receiver is called. Add it to receivers; there are: team',
  ],
  [
    'regex',
    '5: route.routes[0].match_re.runner: found "ci-(", expected a regular expression (RE2): error parsing regexp: missing closing ): `ci-(`. Correct the matcher',
  ],
  [
    'root',
    '3: route.matchers: found matchers on the root route, which takes every alert. Move them to a route below it',
  ],
  [
    'two-auths',
    '7: receivers[0].webhook_configs[0].http_config: found a mapping, expected at most one of authorization and basic_auth. Correct the value',
  ],
  [
    'two-urls',
    '6: receivers[0].webhook_configs[0]: found a mapping, expected one of url and url_file. Correct the value',
  ],
  [
    'url',
    '6: receivers[0].webhook_configs[0].url: found a value, expected an http:// or https:// URL. Correct the value',
  ],
  [
    'yaml',
    '3: found invalid YAML: All mapping items must start at the same column. Mend the YAML there; indentation and quotes are the usual causes',
  ],
] as const;

function messageOf(load: (file: string, text: string) => unknown, file: string): string {
  try {
    load(file, readFileSync(new URL(`../fixtures/alerts/${file}`, import.meta.url), 'utf8'));
  } catch (error) {
    if (error instanceof ProblemsError) return error.message;
    throw error;
  }
  return 'loaded';
}

describe('a broken rule file', () => {
  it.each(rules)('%s', (name, message) => {
    expect(messageOf(loadRules, `bad-rules-${name}.yml`)).toBe(`bad-rules-${name}.yml:${message}`);
  });
});

describe('a broken Alertmanager file', () => {
  it.each(routing)('%s', (name, message) => {
    expect(messageOf(loadRouting, `bad-alertmanager-${name}.yml`)).toBe(`bad-alertmanager-${name}.yml:${message}`);
  });

  it('tells all faults at once', () => {
    const text = 'route:\n  receiver: a\n  group_by: [a, a]\n  repeat_interval: 0s\nreceivers: [{ name: b }]\n';
    expect(() => loadRouting('am.yml', text)).toThrow(/am.yml:2: .*\nam.yml:3: .*\nam.yml:4: /);
  });

  it.each([
    ['global.jira_api_url', { global: { jira_api_url: 'http://a/' } }],
    ['global.http_config.oauth2', { global: { http_config: { oauth2: {} } } }],
    ['receivers[0].jira_configs', { receivers: [{ name: 'a', jira_configs: [] }] }],
    [
      'receivers[0].slack_configs[0].update_message',
      { receivers: [{ name: 'a', slack_configs: [{ update_message: true }] }] },
    ],
  ])('says that %s is not known yet', (key, part) => {
    const text = JSON.stringify({ route: { receiver: 'a' }, receivers: [{ name: 'a' }], ...part });
    const message = 'found a key that Alertmanager knows and Runnerwatch does not know yet';
    expect(() => loadRouting('am.yml', text)).toThrow(`am.yml:1: ${key}: ${message}`);
  });
});
