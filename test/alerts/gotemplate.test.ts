import { describe, expect, it } from 'vitest';
import { execute, parseTemplates } from '../../src/alerts/gotemplate/templates.ts';
import { mapOf, structOf } from '../../src/alerts/gotemplate/value.ts';
import { needs } from '../support/services.ts';
import { renderedByPromtool } from './support/promtool-templates.ts';

const labels = { runner: 'ci-1', mode: 'read "x" <y> & \'z\'', word: 'grün' };
const value = 1234567.891;

/** Go's language alone, with what Prometheus gives: each renders here and in promtool to the same text. */
const texts: readonly string[] = [
  'plain',
  'a {{- " b " -}} c',
  'a{{/* note */}}b{{- /* note */ -}} c',
  '{{ 1 }} {{ 1.5 }} {{ 1e3 }} {{ 0x1F }} {{ 0b101 }} {{ 0o17 }} {{ 017 }} {{ 1_000 }} {{ -3 }} {{ +4 }} {{ .5 }}',
  `{{ 'a' }} {{ '\\n' }} {{ true }} {{ "a\\tb\\u00e9" }} {{ \`raw\\n\` }}`,
  '{{ $x := 1 }}{{ $x }}{{ $x = 2 }}{{ $x }}{{ $x := "inner" }}{{ $x }}',
  '{{ $x := 1 }}{{ if true }}{{ $x = 2 }}{{ $x := 3 }}{{ $x }}{{ end }}{{ $x }}',
  '{{ if $labels.absent }}yes{{ else if eq $labels.runner "ci-1" }}one{{ else }}no{{ end }}',
  '{{ if 0 }}a{{ end }}{{ if 0.0 }}b{{ end }}{{ if "" }}c{{ end }}{{ if not "" }}d{{ end }}',
  '{{ with $labels.runner }}<{{ . }}>{{ else }}none{{ end }}{{ with $labels.absent }}x{{ else }}none{{ end }}',
  '{{ with $labels.absent }}x{{ else with $labels.runner }}{{ . }}{{ end }}',
  '{{ range $name, $text := $labels }}{{ $name }}={{ $text }};{{ end }}',
  '{{ range $labels }}{{ . }};{{ else }}none{{ end }}',
  '{{ range $i := 3 }}{{ $i }}{{ end }}{{ range 2 }}{{ . }}{{ end }}{{ range 0 }}x{{ else }}none{{ end }}',
  '{{ range $i, $e := 3 }}{{ $i }}{{ end }}',
  '{{ range 9 }}{{ if eq . 2 }}{{ continue }}{{ end }}{{ if gt . 4 }}{{ break }}{{ end }}{{ . }}{{ end }}',
  '{{ $last := 0 }}{{ range $last = 3 }}{{ end }}{{ $last }}',
  '{{ define "t" }}[{{ . }}{{ $ }}]{{ end }}{{ template "t" 1 }}{{ template "t" }}{{ template "t" "x" | print "y" }}',
  '{{ block "b" $labels.runner }}<{{ . }}>{{ end }}{{ template "b" 5 }}',
  '{{ eq 1 1 }} {{ eq 1 2 1 }} {{ ne "a" "b" }} {{ lt 1 2 }} {{ le "b" "a" }} {{ gt 1.5 1.2 }} {{ ge 2 2 }}',
  '{{ eq nil nil }} {{ eq $labels.absent "" }} {{ eq true false }}',
  '{{ and 1 0 2 }} {{ and 1 2 }} {{ or 0 "" }} {{ or 0 3 4 }} {{ and "" (index $labels 5) }} {{ not 1 }}',
  '{{ len "grün" }} {{ len $labels }} {{ index $labels "runner" }} {{ index $labels "nope" }}| {{ index "abc" 1 }}',
  '{{ slice "abcdef" 1 3 }} {{ slice "abc" 1 }} {{ slice "abc" }}',
  '{{ print 1 2 "a" "b" 3 4.5 true }}|{{ println 1 "a" 2 }}|{{ print }}|{{ print nil }}',
  '{{ html $labels.mode }} {{ js $labels.mode }} {{ urlquery $labels.mode "é" 1 }}',
  '{{ $labels.mode | printf "%s-%s" "x" | len | printf "%03d" }}',
  '{{ ($labels.runner | print) }} {{ (print "a" (print "b" "c")) }} {{ (index $labels "runner") | len }}',
  '{{ .Labels.runner }} {{ .Value }} {{ $.Value }} {{ (.Labels).runner }} {{ $labels }} {{ . | printf "%T" | len | lt 1 }}',
  '{{ printf "%v %d %s %q %x %X %c %U %t %T %%" 65 65 "s" "q\\n" 255 255 65 8364 true 1.5 }}',
  '{{ printf "%5d|%-5d|%05d|%+d|% d|%#x|%#o|%b|%o|%O|%.4d" 42 42 42 42 42 42 42 5 8 8 42 }}',
  '{{ printf "%8.3f|%-8.2f|%08.2f|%+.1f|%e|%E|%g|%G|%.3g|%6.2e" 3.14159 2.5 -2.5 1.25 12345.678 0.00012 1e21 1e-7 1234.5 99.0 }}',
  '{{ printf "%s|%10s|%-10s|%.2s|%q|%x|% x|%#q|%06s" "a" "grün" "b" "grün" "é\\"" "hi" "hi" "raw" "z" }}',
  '{{ printf "%d %s %t %x" "s" 5 1 1.5 }} {{ printf "%d" }} {{ printf "%d" 1 2 "x" }} {{ printf "%!" }} {{ printf "%z" 3 }} {{ printf "100%" }}',
  '{{ printf "%*d|%-*d|%.*f" 5 1 4 2 2 3.14159 }} {{ printf "%[2]d %[1]d" 1 2 }} {{ printf "%[3]d" 1 }}',
  '{{ printf "%v %s %q %d" $labels $labels $labels 3 }} {{ printf "%v" nil }} {{ printf "%d" nil }}',
  '{{ printf "%q %q %v %c" 65 39 true 128512 }} {{ printf "%t" false }} {{ printf "%5t|%v" true 1e6 }}',
  '{{ printf "%.0f %.1f %f %v" 2.5 0.25 1e20 123456789.0 }} {{ printf "%6.1f|%+v|% v" $value $value 2.0 }}',
  '{{ if and true (or false 1) }}ok{{ end }}{{ if (gt $value 1.0) }}more{{ end }}',
  'x{{ "}}" }}y{{ `{{` }}z',
  '{{ $a := "1" }}{{ $b := $a }}{{ $a = "2" }}{{ $a }}{{ $b }}',
  '{{ with $x := 5 }}{{ $x }}{{ . }}{{ end }}{{ if $y := "q" }}{{ $y }}{{ end }}',
  '{{- range $i, $c := $labels }}\n  {{- $i }}\n{{- end }}',
  // Those that fail say where.
  '{{ eq 1 1.5 }}',
  '{{ lt true false }}',
  '{{ lt $labels 1 }}',
  '{{ eq $labels $labels }}',
  '{{ index $labels 5 }}',
  '{{ index "abc" 7 }}',
  '{{ len 5 }}',
  '{{ nil }}',
  '{{ 5 | print | 6 }}',
  '{{ $labels.runner.x }}',
  '{{ $value.x }}',
  '{{ .Nope }}',
  '{{ .Labels.runner 1 }}',
  '{{ $value 1 }}',
  '{{ printf 5 }}',
  '{{ not }}',
  '{{ not 1 2 }}',
  '{{ eq 1 }}',
  '{{ range $value }}{{ end }}',
  '{{ range "abc" }}{{ . }}{{ end }}',
  '{{ template "absent" . }}',
  'a\nb\n  {{ "é" }}{{ len\n 5 }}',
  '{{ slice "abc" 2 1 }}',
  '{{ slice 5 1 }}',
  '{{ define "d" }}{{ index . 3 }}{{ end }}{{ template "d" "a" }}',
  '{{ print 1 | .Labels.runner }}',
  // Those that Go refuses to parse.
  '{{ $x }}',
  '{{ nofunc }}',
  '{{ }}',
  '{{ if }}x{{ end }}',
  '{{ if true }}x',
  '{{ end }}',
  '{{ else }}',
  '{{ range $a, $b, $c := 3 }}{{ end }}',
  '{{ $a, $b := 3 }}',
  '{{ break }}',
  '{{ "a }}',
  '{{ `a }}',
  "{{ 'ab' }}",
  '{{ 1a }}',
  '{{ (1 }}',
  '{{ 1) }}',
  '{{ /* x }}',
  '{{/* x */ 1 }}',
  '{{ x.y }',
  '{{ $labels.a!b }}',
  '{{ 1 | }}',
  '{{ | 1 }}',
  '{{ template }}',
  '{{ template 5 }}',
  '{{ define "a" }}',
  '{{ define a }}{{ end }}',
  '{{ if true }}{{ define "a" }}{{ end }}{{ end }}',
  '{{ "\\z" }}',
  '{{ "a".b }}',
  '{{ nil.b }}',
  '{{ .a := 1 }}',
  '{{ $x = 1 }}',
  '{{ if true }}{{ $v := 1 }}{{ end }}{{ $v }}',
  '{{ if true }}a{{ else }}b{{ else }}c{{ end }}',
  '{{ 5 % 3 }}',
  '{{ a b }}',
];

const prefix =
  '{{$labels := .Labels}}{{$externalLabels := .ExternalLabels}}{{$externalURL := .ExternalURL}}{{$value := .Value}}';

const data = structOf(
  'struct { Labels map[string]string; ExternalLabels map[string]string; ExternalURL string; Value interface {} }',
  {
    Labels: mapOf({ ...labels, __name__: 'm' }),
    ExternalLabels: mapOf({}),
    ExternalURL: '',
    Value: value,
  },
);

/** As Prometheus writes it into an alert, or refuses to load it. */
function rendered(text: string): string {
  try {
    const templates = parseTemplates([{ name: '__alert_T', text: prefix + text }], new Map());
    try {
      return execute(templates, '__alert_T', data);
    } catch (error) {
      return `<error expanding template: error executing template __alert_T: ${(error as Error).message}>`;
    }
  } catch (error) {
    return `refused: ${(error as Error).message}`;
  }
}

describe.skipIf(needs('promtool'))('beside promtool', () => {
  const expected = needs('promtool') ? [] : renderedByPromtool(texts, { labels, value });

  it.each(texts.map((text, index) => [text, index] as const))('%s', (text, index) => {
    expect(rendered(text)).toBe(expected[index]);
  });
});

describe('the bounds of a template', () => {
  const run = (text: string, limits = {}): string =>
    execute(parseTemplates([{ name: 't', text }], new Map()), 't', data, limits);

  it('ends what would run too long, however it is nested', () => {
    const text = '{{ range 10000 }}{{ range 10000 }}{{ end }}{{ end }}';
    expect(() => run(text)).toThrow('exceeded the limit of 1000000 steps');
  });

  it('ends what would print too much', () => {
    expect(() => run('{{ range 100 }}0123456789{{ end }}', { outputBytes: 999 })).toThrow(
      'exceeded the limit of 999 bytes',
    );
    expect(run('{{ range 100 }}0123456789{{ end }}', { outputBytes: 1000 })).toHaveLength(1000);
  });

  it('ends a text that doubles without being printed', () => {
    const text = `{{ $x := "0123456789" }}{{ range 60 }}{{ $x = print $x $x }}{{ end }}`;
    expect(() => run(text)).toThrow('exceeded the limit of 1048576 bytes');
  });

  it('ends templates that call each other', () => {
    expect(() => run('{{ define "a" }}{{ template "a" }}{{ end }}{{ template "a" }}')).toThrow(
      'template: t:1:28: executing "a" at <{{template "a"}}>: exceeded maximum template depth (200)',
    );
  });

  it('refuses to read what is nested too deep', () => {
    const deep = '{{ if 1 }}'.repeat(600) + '{{ end }}'.repeat(600);
    expect(() => run(deep)).toThrow('template: t:1: more than 500 levels of nesting');
    expect(() => run(`{{ ${'('.repeat(600)}1${')'.repeat(600)} }}`)).toThrow(
      'template: t:1: more than 500 levels of nesting',
    );
  });
});
