import { z } from 'zod';
import type { CommandIo, ExitCode } from './command.ts';
import { askApi } from './instance.ts';
import type { AskOptions } from './runners.ts';
import { formatTable } from './table.ts';

const Rule = z.looseObject({
  name: z.string(),
  type: z.string(),
  state: z.string().optional(),
  health: z.string(),
  lastError: z.string().optional(),
  warnings: z.array(z.string()).optional(),
  alerts: z.array(z.unknown()).optional(),
  evaluationTime: z.number(),
  lastEvaluation: z.string(),
});

const Rules = z.object({
  groups: z.array(z.looseObject({ name: z.string(), file: z.string(), rules: z.array(Rule) })),
});

/** Lists the rules of the running instance, group by group. */
export async function listRules(io: CommandIo, { url, json }: AskOptions): Promise<ExitCode> {
  const { groups } = await askApi(io, { url, path: '/api/v1/rules', schema: Rules });
  const rows = groups.flatMap(({ name, rules }) => rules.map((rule) => rowOf(name, rule)));
  if (json) io.out(JSON.stringify(groups, null, 2));
  else if (rows.length === 0) io.out('no rule is evaluated here');
  else for (const line of formatTable(head, rows)) io.out(line);
  return 0;
}

const head = ['GROUP', 'RULE', 'TYPE', 'STATE', 'ALERTS', 'HEALTH', 'TOOK', 'SAYS'];

function rowOf(group: string, rule: z.output<typeof Rule>): readonly string[] {
  const { name, type, state = '', alerts, health, evaluationTime, lastError, warnings = [] } = rule;
  const count = alerts === undefined ? '' : String(alerts.length);
  const took = `${(evaluationTime * 1000).toFixed(1)} ms`;
  return [group, name, type, state, count, health, took, lastError ?? warnings.join('; ')];
}
