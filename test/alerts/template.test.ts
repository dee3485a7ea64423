import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseTemplate, renderTemplate } from '../../src/alerts/template.ts';
import { temporaryFolder } from '../support/processes.ts';
import { binary, needs } from '../support/services.ts';

const labels = { runner: 'ci-1', count: '1234567', mode: 'read only "x"' };
const value = 1234567.891;

/** What each template makes of the labels and the value above; promtool is asked for the same below. */
const rendered: readonly (readonly [string, string])[] = [
  ['plain text', 'plain text'],
  ['{{ $labels.runner }} is down', 'ci-1 is down'],
  ['{{ .Labels.runner }}: {{ .Value }}', 'ci-1: 1.234567891e+06'],
  ['{{ $labels.absent }}.', '.'],
  ['{{ $value }}', '1.234567891e+06'],
  ['{{ $value | humanize }}', '1.235M'],
  ['{{ $value | humanize1024 }}', '1.177Mi'],
  ['{{ $value | humanizeDuration }}', '14d 6h 56m 7s'],
  ['{{ $value | humanizePercentage }}', '1.235e+08%'],
  ['{{ humanize $value }}', '1.235M'],
  ['{{ $labels.count | humanize }}', '1.235M'],
  ['{{ 0.00123 | humanize }}', '1.23m'],
  ['{{ 0.25 | humanizePercentage }}', '25%'],
  ['{{ 0.02 | humanizeDuration }}', '20ms'],
  ['{{ 59.5 | humanizeDuration }}', '59.5s'],
  ['{{ -90.0 | humanizeDuration }}', '-1m 30s'],
  ['{{ 3600.0 | humanizeDuration }}', '1h 0m 0s'],
  ['{{ printf "%.2f" $value }}', '1234567.89'],
  ['{{ $value | printf "%f" }}', '1234567.891000'],
  ['{{ printf "%d" $value }}', '%!d(float64=1.234567891e+06)'],
  ['{{ printf "%s|%q|%v" $labels.runner $labels.mode $value }}', 'ci-1|"read only \\"x\\""|1.234567891e+06'],
  ['{{ printf "%8.1f|%-6s|%06.1f|%5s|%%" $value $labels.runner 3.14 "x" }}', '1234567.9|ci-1  |0003.1|    x|%'],
  ['{{ printf "%.3g %e" $value $value }}', '1.23e+06 1.234568e+06'],
  ['{{ $labels.mode | title }}', 'Read Only "X"'],
  ['{{ $labels.runner | toUpper | printf "<%s>" }}', '<CI-1>'],
  ['{{ "ABC" | toLower }}{{ `d}}e` }}', 'abcd}}e'],
  ['a {{- $labels.runner -}} b', 'aci-1b'],
  ['a{{/* a note */}}b', 'ab'],
  ['{{ printf "%s %s" $labels.runner }}', 'ci-1 %!s(MISSING)'],
];

/** Each with the one thing that we do not know, or Go would fail on. */
const refused: readonly (readonly [string, string])[] = [
  ['{{ if $value }}x{{ end }}', 'found if in a template'],
  ['{{ range query "up" }}{{ end }}', 'found range in a template'],
  ['{{ $labels.runner | reReplaceAll "a" "b" }}', 'found reReplaceAll in a template'],
  ['{{ $externalURL }}', 'found $externalURL in a template'],
  ['{{ $labels }}', 'found $labels in a template'],
  ['{{ ($value) }}', 'found "(" in a template action'],
  ['{{ $x := $value }}', 'found ":" in a template action'],
  ['{{ }}', 'found an empty template action'],
  ['{{ $value | }}', 'found an empty template action'],
  ['{{ $value', 'found {{ without its }}'],
  ['{{ $value $value }}', 'found $value after $value'],
  ['{{ humanize }}', 'found humanize without an argument'],
  ['{{ $value | toUpper }}', 'found a number for toUpper'],
  ['{{ printf "%x" $value }}', 'found %x in the format of printf'],
  ['{{ printf $value }}', 'found a number for the format of printf'],
  ['{{ "\\z" }}', 'found the unknown escape \\z'],
];

describe('a template', () => {
  it.each(rendered)('%s', (text, expected) => {
    expect(renderTemplate(parseTemplate(text), { labels, value })).toBe(expected);
  });

  it.each(refused)('is refused: %s', (text, message) => {
    expect(() => parseTemplate(text)).toThrow(message);
  });

  it('says in its text what cannot be rendered', () => {
    const text = renderTemplate(parseTemplate('{{ $labels.runner | humanize }}'), { labels, value });
    expect(text).toBe('<error expanding template: found "ci-1", expected a number>');
  });

  it('renders any number without failing', () => {
    const all = parseTemplate(
      ['humanize', 'humanize1024', 'humanizeDuration', 'humanizePercentage', 'printf "%g %e %.3f %v"']
        .map((call) => `{{ $value | ${call} }}`)
        .join(''),
    );
    fc.assert(fc.property(fc.double(), (number) => !renderTemplate(all, { labels, value: number }).includes('<error')));
  });
});

describe.skipIf(needs('promtool'))('promtool', () => {
  it('renders every template as we do', () => {
    const annotations = Object.fromEntries(rendered.map(([text], index) => [`a${index}`, text]));
    const expected = Object.fromEntries(rendered.map(([, text], index) => [`a${index}`, text]));
    const rule = { alert: 'T', expr: 'm', annotations };
    const series = `m{${Object.entries(labels).map(([name, text]) => `${name}=${JSON.stringify(text)}`)}}`;
    const test = {
      rule_files: ['rules.yml'],
      tests: [
        {
          interval: '1m',
          input_series: [{ series, values: String(value) }],
          alert_rule_test: [
            { eval_time: '0m', alertname: 'T', exp_alerts: [{ exp_labels: labels, exp_annotations: expected }] },
          ],
        },
      ],
    };
    // JSON is YAML.
    using folder = temporaryFolder({ 'rules.yml': JSON.stringify({ groups: [{ name: 'g', rules: [rule] }] }) });
    writeFileSync(join(folder.path, 'test.yml'), JSON.stringify(test));
    const output = execFileSync(binary('promtool'), ['test', 'rules', 'test.yml'], {
      cwd: folder.path,
      encoding: 'utf8',
    });
    expect(output).toContain('SUCCESS');
  });
});
