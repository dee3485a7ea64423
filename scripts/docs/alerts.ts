import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { code, page, table } from './markdown.ts';
import { receiversSection } from './receivers.ts';

const Rule = z.object({
  alert: z.string().optional(),
  record: z.string().optional(),
  expr: z.coerce.string(),
  for: z.string().default('0s'),
  labels: z.record(z.string(), z.string()).default({}),
  annotations: z.record(z.string(), z.string()).default({}),
});
type Rule = z.output<typeof Rule>;
const RuleFile = z.object({ groups: z.array(z.object({ name: z.string(), rules: z.array(Rule) })) });

function alertSection(rule: Rule): string {
  const { summary = '', description } = rule.annotations;
  return [
    `### ${rule.alert}`,
    summary,
    table(
      ['severity', 'for', 'labels'],
      [
        [
          code(rule.labels.severity ?? ''),
          code(rule.for),
          Object.entries(rule.labels)
            .filter(([name]) => name !== 'severity')
            .map(([name, value]) => code(`${name}=${value}`))
            .join(' '),
        ],
      ],
    ),
    `\`\`\`promql\n${rule.expr.trim()}\n\`\`\``,
    ...(description === undefined ? [] : [description]),
  ].join('\n\n');
}

async function fileSection(root: string, file: string): Promise<string[]> {
  const { groups } = RuleFile.parse(parse(await readFile(join(root, file), 'utf8')));
  const rules = groups.flatMap((group) => group.rules);
  const records = rules
    .filter(({ record }) => record !== undefined)
    .map(({ record, expr }) => [code(record ?? ''), code(expr.trim())]);
  return [
    `## ${basename(file)}`,
    ...(records.length === 0 ? [] : [table(['recording rule', 'expression'], records)]),
    ...rules.filter(({ alert }) => alert !== undefined).map(alertSection),
  ];
}

/** docs/alerts.md: what the shipped rule files fire on, and who can be told. */
export async function alertsPage(root: string): Promise<string> {
  const files = globSync('prometheus/rules/*.rules.yml', { cwd: root }).sort();
  const sections = await Promise.all(files.map((file) => fileSection(root, file)));
  const source = 'prometheus/rules/*.rules.yml and src/alerts/receivers/*.ts';
  return page('Alerts', source, [...sections.flat(), ...receiversSection()]);
}
