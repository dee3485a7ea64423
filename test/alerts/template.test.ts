import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseTemplate, renderTemplate, templateScope } from '../../src/alerts/template.ts';
import { evaluate } from '../../src/promql/evaluate.ts';
import { parseExpr } from '../../src/promql/parse.ts';
import { createHistory } from '../../src/samples/history.ts';
import { needs } from '../support/services.ts';
import { renderedByPromtool } from './support/promtool-templates.ts';

const labels = { runner: 'ci-1', count: '1234567', mode: 'read only "x"' };
const value = 1234567.891;
const own = { ...labels, __name__: 'm' };

/** Each reads the same here and in promtool, be it the text, or what went wrong. */
const texts: readonly string[] = [
  'plain text',
  '{{ $labels.runner }} is down',
  '{{ .Labels.runner }}: {{ .Value }}',
  '{{ $labels.absent }}.',
  '{{ $value }}',
  '{{ $value | humanize }}',
  '{{ $value | humanize1024 }}',
  '{{ $value | humanizeDuration }}',
  '{{ $value | humanizePercentage }}',
  '{{ humanize $value }}',
  '{{ $labels.count | humanize }}',
  '{{ 0.00123 | humanize }}',
  '{{ 0.25 | humanizePercentage }}',
  '{{ 0.02 | humanizeDuration }}',
  '{{ 59.5 | humanizeDuration }}',
  '{{ -90.0 | humanizeDuration }}',
  '{{ 3600.0 | humanizeDuration }}',
  '{{ printf "%.2f" $value }}',
  '{{ $value | printf "%f" }}',
  '{{ printf "%d" $value }}',
  '{{ printf "%s|%q|%v" $labels.runner $labels.mode $value }}',
  '{{ printf "%8.1f|%-6s|%06.1f|%5s|%%" $value $labels.runner 3.14 "x" }}',
  '{{ printf "%.3g %e" $value $value }}',
  '{{ $labels.mode | title }}',
  '{{ $labels.runner | toUpper | printf "<%s>" }}',
  '{{ "ABC" | toLower }}{{ `d}}e` }}',
  'a {{- $labels.runner -}} b',
  'a{{/* a note */}}b',
  '{{ printf "%s %s" $labels.runner }}',
  '{{ range query "m" }}{{ .Labels.runner }} {{ .Value }} {{ . | value }} {{ label "runner" . }} {{ . | label "x" }}|{{ end }}',
  '{{ with query "m" }}{{ . | first | value | humanize }}{{ end }}{{ query "absent_metric" | len }}',
  '{{ query "absent_metric" | first }}',
  '{{ query "sum(m) * 2" | first | value }} {{ query "1 + 1" | first | value }} {{ query "m" | first | strvalue }}',
  '{{ range sortByLabel "runner" (query "sum by (runner) (m)") }}{{ .Labels.runner }}{{ end }}',
  '{{ $externalLabels }} {{ $externalLabels.x }} {{ $externalURL }}|',
  '{{ graphLink "sum(up) > 1 & x" }} {{ tableLink "a{b=\\"c\\"}" }}',
  '{{ reReplaceAll "(c)i-(\\\\d)" "$2-$1$9" $labels.runner }} {{ match "^c.*1$" $labels.runner }} {{ match "x" "y" }}',
  '{{ reReplaceAll "(" "" "a" }}',
  '{{ match "(" "a" }}',
  '{{ safeHtml "<b>" }} {{ html "<b>" }} {{ safeHtml "<b>" | len }}',
  '{{ stripPort "h:80" }} {{ stripPort "[::1]:80" }} {{ stripPort "h" }} {{ stripPort "::1" }} {{ stripPort "a.b:c:d" }}',
  '{{ stripDomain "a.b.c:80" }} {{ stripDomain "a.b" }} {{ stripDomain "10.0.0.1:80" }} {{ stripDomain "[::1]:80" }} {{ stripDomain "::1" }} {{ stripDomain "10.0.0.1" }}',
  '{{ parseDuration "1h30m" }} {{ parseDuration "0" }} {{ parseDuration "1d" | humanizeDuration }}',
  '{{ parseDuration "x" }}',
  '{{ args 1 "a" 2.5 }} {{ with args 1 "a" }}{{ .arg0 }}{{ .arg1 }}{{ .arg2 }}{{ end }}',
  '{{ humanizeTimestamp 1435065584.128 }} {{ 1435065584 | humanizeTimestamp }} {{ "1e9" | humanizeTimestamp }} {{ -1.5 | humanizeTimestamp }}',
  '{{ humanizeTimestamp 1e300 }}',
  '{{ toTime 1435065584.5 }} {{ (toTime 1435065584).Unix }}',
  '{{ humanize true }}',
  '{{ humanize "Inf" }} {{ humanize "NaN" }} {{ humanize 1 }} {{ humanizeDuration 7200 }} {{ humanize1024 1048576 }} {{ humanizePercentage 1 }}',
  '{{ humanizeDuration 0 }} {{ humanizeDuration 0.0001 }} {{ humanizeDuration -3661 }} {{ humanizeDuration 86400.9 }} {{ humanize 0.000000001 }} {{ humanize -12345 }} {{ humanize1024 0.5 }}',
  '{{ title "hello WORLD its o-k 3d x_y" }} {{ toUpper "grün" }} {{ toLower "ÄB" }}',
  '{{ $labels.runner | humanize }}',
  '{{ $value | toUpper }}',
  '{{ humanize }}',
  '{{ first 5 }}',
  '{{ $value | first }}',
  '{{ define "row" }}<{{ .arg0 }}={{ .arg1 }}>{{ end }}{{ range $k, $v := $labels }}{{ template "row" (args $k $v) }}{{ end }}',
  '{{ now }}',
  '{{ $value',
  '{{ $labels',
];

const history = createHistory({ retentionMs: 60_000, maxSeries: 10, maxPoints: 100 });
history.append('test', 0, [{ labels: own, value }]);

const scope = templateScope({
  query(expression) {
    const result = evaluate(parseExpr(expression), { storage: history, at: 0 });
    if (result.type === 'vector') return result.samples;
    return result.type === 'scalar' ? [{ labels: {}, value: result.value }] : [];
  },
  externalURL: '',
  externalLabels: {},
});

function rendered(text: string, number = value): string {
  try {
    return renderTemplate(parseTemplate(text, 'T'), { labels: own, value: number }, scope);
  } catch (error) {
    return `refused: ${(error as Error).message}`;
  }
}

describe.skipIf(needs('promtool'))('a template, beside promtool', () => {
  const expected = needs('promtool') ? [] : renderedByPromtool(texts, { labels, value });

  it.each(texts.map((text, index) => [text, index] as const))('%s', (text, index) => {
    expect(rendered(text)).toBe(expected[index]);
  });
});

describe('a template', () => {
  it('knows where Prometheus is reached and what its labels are', () => {
    const there = {
      ...scope,
      ...templateScope({ query: () => [], externalURL: 'http://h/p', externalLabels: { site: 'a' } }),
    };
    const template = parseTemplate(
      '{{ $externalLabels.site }} {{ $externalURL }} {{ externalURL }} {{ pathPrefix }}',
      'T',
    );
    expect(renderTemplate(template, { labels, value }, there)).toBe('a http://h/p http://h/p /p');
  });

  it('renders any number without failing', () => {
    const all = ['humanize', 'humanize1024', 'humanizeDuration', 'humanizePercentage', 'printf "%g %e %.3f %v %x"']
      .map((call) => `{{ $value | ${call} }}`)
      .join('');
    fc.assert(fc.property(fc.double(), (number) => !rendered(all, number).includes('<error')));
  });
});
