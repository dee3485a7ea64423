import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadRouting } from '../../src/alerts/routing.ts';
import { temporaryFolder } from '../support/processes.ts';
import { binary, needs } from '../support/services.ts';

function withRoute(route: string, rest = ''): string {
  return `route:\n  receiver: team\n${route}receivers:\n  - name: team\n${rest}`;
}

const child = (text: string): string => withRoute(`  routes:\n    - ${text}\n`);
const interval = (text: string): string => withRoute('', `time_intervals: [{ name: x, time_intervals: [${text}] }]\n`);
const webhook = (text: string): string => withRoute('', `    webhook_configs:\n      - ${text}\n`);

/** Files that both take. */
const good: readonly (readonly [string, string])[] = [
  ['the least', withRoute('')],
  ['every interval', withRoute('  group_wait: 0s\n  group_interval: 1m30s\n  repeat_interval: 1d\n')],
  ['group by all', withRoute("  group_by: ['...']\n")],
  ['present matchers', child(`matchers: ['severity="page"', team=~"a|b", '{x!="y",z!~"w"}']`)],
  ['a quoted name', child(`matchers: ['"severity"="page"']`)],
  ['classic matchers', child('matchers: [severity = page, team =~ "a|b" , "x!=y z"]')],
  ['match and match_re', child('{ match: { a: b }, match_re: { c: d.* }, continue: true }')],
  ['an empty matcher list', child('matchers: []')],
  ['a trailing comma', child(`matchers: ['a="b",']`)],
  ['escapes', child(`matchers: ['a="b\\"c\\n"']`)],
  ['a lone brace', child(`matchers: ['{a="b"']`)],
  ['a webhook', webhook('{ url: "http://127.0.0.1:9478/x", send_resolved: false, max_alerts: 3, timeout: 5s }')],
  ['a webhook from a file', webhook('url_file: /run/secrets/url')],
  [
    'a token',
    webhook('{ url: "http://a/", http_config: { authorization: { credentials: x }, follow_redirects: false } }'),
  ],
  ['a password', webhook('{ url: "http://a/", http_config: { basic_auth: { username: x, password_file: /x } } }')],
  [
    'inhibition',
    withRoute('', 'inhibit_rules:\n  - { source_matchers: [a="b"], target_match: { c: d }, equal: [e] }\n'),
  ],
  ['global', `global:\n  resolve_timeout: 3m\n  http_config: { follow_redirects: true }\n${withRoute('')}`],
  ['an interval', interval('{ times: [{ start_time: "00:00", end_time: "24:00" }], weekdays: ["Monday:friday"] }')],
  ['days and months', interval('{ days_of_month: ["1:5", "-3:-1", "20:-1"], months: ["1:3", may], years: ["2026"] }')],
  ['a zone', interval('{ location: Europe/Berlin }')],
  ['the zone Local', interval('{ location: Local }')],
  ['an empty interval', interval('')],
  [
    'routes with intervals',
    `${child('{ mute_time_intervals: [x], active_time_intervals: [y] }')}mute_time_intervals: [{ name: x }]\ntime_intervals: [{ name: y }]\n`,
  ],
  ['no templates', `templates: []\n${withRoute('')}`],
];

/** Files that Alertmanager refuses, so that we must. */
const bad: readonly (readonly [string, string])[] = [
  ['no receiver', 'route: {}\nreceivers: []\n'],
  ['nothing', '{}\n'],
  ['an unknown key', child('recever: team')],
  ['an undefined receiver', child('receiver: other')],
  ['matchers on the root', withRoute('  matchers: [a="b"]\n')],
  ['continue on the root', withRoute('  continue: true\n')],
  ['a repeated label', withRoute('  group_by: [a, a]\n')],
  ['all beside a label', withRoute("  group_by: ['...', a]\n")],
  ['a zero interval', withRoute('  repeat_interval: 0s\n')],
  ['a unitless duration', withRoute('  group_wait: 30\n')],
  ['no operator', child('matchers: [severity]')],
  ['a missing quote', child(`matchers: ['a="b']`)],
  ['a lone quote', child(`matchers: ['a=b"c']`)],
  ['two braces to open', child(`matchers: ['{{a="b"}']`)],
  ['a bad pattern', child(`matchers: ['a=~"("']`)],
  ['a bad pattern in match_re', child('match_re: { a: "[" }')],
  ['a bad name in match', child('match: { "a-b": c }')],
  ['no time', interval('{ times: [{ start_time: "9:00", end_time: "24:00" }] }')],
  ['an end before the start', interval('{ times: [{ start_time: "10:00", end_time: "10:00" }] }')],
  ['half a time', interval('{ times: [{ start_time: "10:00" }] }')],
  ['no weekday', interval('{ weekdays: [mon] }')],
  ['weekdays over the week', interval('{ weekdays: ["friday:monday"] }')],
  ['a day 0', interval('{ days_of_month: ["0"] }')],
  ['a day 32', interval('{ days_of_month: ["1:32"] }')],
  ['days from the end to the start', interval('{ days_of_month: ["-3:3"] }')],
  ['days that never are', interval('{ days_of_month: ["30:-5"] }')],
  ['months over the year', interval('{ months: ["11:2"] }')],
  ['no month', interval('{ months: [mai] }')],
  ['years backwards', interval('{ years: ["2027:2026"] }')],
  ['a zone that is none', interval('{ location: Europe/Nowhere }')],
  ['an offset for a zone', interval('{ location: "+02:00" }')],
  ['an unknown key in an interval', interval('{ hours: [] }')],
  ['an interval without a name', withRoute('', 'time_intervals: [{ time_intervals: [] }]\n')],
  ['two intervals of a name', withRoute('', 'mute_time_intervals: [{ name: x }]\ntime_intervals: [{ name: x }]\n')],
  ['an undefined interval', child('{ mute_time_intervals: [x] }')],
  ['an interval on the root', `${withRoute('  mute_time_intervals: [x]\n')}time_intervals: [{ name: x }]\n`],
  ['an empty name in equal', withRoute('', 'inhibit_rules:\n  - { equal: [""] }\n')],
  ['no URL', webhook('send_resolved: true')],
  ['two URLs', webhook('{ url: "http://a/", url_file: /x }')],
  ['no scheme', webhook('url: hooks.example.com')],
  ['a wrong scheme', webhook('url: ftp://hooks.example.com')],
  [
    'two credentials',
    webhook('{ url: "http://a/", http_config: { authorization: { credentials: x, credentials_file: /x } } }'),
  ],
  ['the type Basic', webhook('{ url: "http://a/", http_config: { authorization: { type: Basic, credentials: x } } }')],
  ['two receivers of a name', withRoute('', '  - name: team\n')],
  ['a receiver without a name', withRoute('', '  - webhook_configs: []\n')],
];

describe.skipIf(needs('amtool'))('amtool check-config', () => {
  function amtoolAccepts(text: string): boolean {
    using folder = temporaryFolder();
    const file = join(folder.path, 'alertmanager.yml');
    writeFileSync(file, text);
    return spawnSync(binary('amtool'), ['check-config', file], { timeout: 10_000 }).status === 0;
  }

  it('is there', () => {
    expect(execFileSync(binary('amtool'), ['--version'], { encoding: 'utf8' })).toContain('amtool');
  });

  it.each(good)('takes %s, as we do', (_, text) => {
    expect(loadRouting('alertmanager.yml', text).root.receiver).toBe('team');
    expect(amtoolAccepts(text)).toBe(true);
  });

  it.each(bad)('refuses %s, as we do', (_, text) => {
    expect(() => loadRouting('alertmanager.yml', text)).toThrow('alertmanager.yml');
    expect(amtoolAccepts(text)).toBe(false);
  });
});
