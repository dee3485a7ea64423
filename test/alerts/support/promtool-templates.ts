import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '../../support/processes.ts';
import { binary } from '../../support/services.ts';

/** What promtool makes of each text as an annotation of the alert T over the metric m, or `refused:` and why. */
export function renderedByPromtool(
  all: readonly string[],
  { labels, value }: { readonly labels: Readonly<Record<string, string>>; readonly value: number },
): readonly string[] {
  using folder = temporaryFolder({});
  const write = (name: string, content: unknown): void =>
    writeFileSync(join(folder.path, name), JSON.stringify(content));
  const run = (...args: readonly string[]): string => {
    const { stdout, stderr } = spawnSync(binary('promtool'), args, { cwd: folder.path, encoding: 'utf8' });
    return stdout + stderr;
  };
  const rulesFile = (list: readonly string[]) => ({
    groups: [
      {
        name: 'g',
        rules: list.map((text, index) => ({
          alert: 'T',
          expr: 'm',
          labels: { n: `${index}` },
          annotations: { a: text },
        })),
      },
    ],
  });
  write('all.yml', rulesFile(all));
  const refusals = new Map(
    [
      ...run('check', 'rules', 'all.yml').matchAll(
        /rule (\d+), "T": annotation "a": (.*?)(?=\n\s*all\.yml: |\n\n|\n$|$)/gs,
      ),
    ].map(([, index, message]) => [Number(index) - 1, message ?? '']),
  );
  const loaded = all.filter((_, index) => !refusals.has(index));
  write('rules.yml', rulesFile(loaded));
  const pairs = Object.entries(labels).map(([name, text]) => `${name}=${JSON.stringify(text)}`);
  write('test.yml', {
    rule_files: ['rules.yml'],
    tests: [
      {
        interval: '1m',
        input_series: [{ series: `m{${pairs}}`, values: `${value}` }],
        alert_rule_test: [{ eval_time: '0m', alertname: 'T', exp_alerts: [] }],
      },
    ],
  });
  const got = new Map(
    [...run('test', 'rules', 'test.yml').matchAll(/ n="(\d+)",.*?Annotations:\{a="((?:\\.|[^"\\])*)"\}/gs)].map(
      ([, index, text]) => [loaded[Number(index)], unquoted(text ?? '')],
    ),
  );
  return all.map((text, index) => {
    const refusal = refusals.get(index);
    return refusal === undefined ? (got.get(text) ?? 'promtool said nothing') : `refused: ${refusal}`;
  });
}

function unquoted(text: string): string {
  return JSON.parse(
    `"${text
      .replace(/\\x(..)/g, '\\u00$1')
      .replace(/\\a/g, '\\u0007')
      .replace(/\\v/g, '\\u000b')}"`,
  );
}
