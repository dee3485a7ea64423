import { z } from 'zod';
import type { CommandIo, ExitCode } from './command.ts';
import { askApi } from './instance.ts';
import { formatTable } from './table.ts';

export interface AskOptions {
  readonly url: string | undefined;
  readonly json: boolean;
}

const Fact = z.object({
  name: z.string(),
  value: z.union([z.string(), z.number(), z.boolean()]),
  source: z.string(),
  at: z.string().optional(),
  isOld: z.boolean(),
});

const Runners = z.object({
  runners: z.array(
    z.object({
      runner: z.string(),
      verdict: z.string(),
      since: z.string().optional(),
      container: z.string().default(''),
      containerState: z.string().default(''),
      containerHealth: z.string().default(''),
      github: z.string().default(''),
      githubSays: z.string().default(''),
      githubBefore: z.string().optional(),
      busy: z.boolean().optional(),
      githubAt: z.string().optional(),
      offlineSince: z.string().optional(),
      outdated: z.boolean().optional(),
      updateDeadline: z.string().optional(),
      because: z.string(),
      evidence: z.array(Fact).default([]),
    }),
  ),
});
type Runner = z.output<typeof Runners>['runners'][number];

/** Lists the runners with their verdicts, as the running instance sees them. */
export async function listRunners(io: CommandIo, { url, json }: AskOptions): Promise<ExitCode> {
  const { runners } = await askApi(io, { url, path: '/api/v1/runners', schema: Runners });
  if (json) io.out(JSON.stringify(runners, null, 2));
  else if (runners.length === 0) io.out('no runner is known');
  else for (const line of tableOf(runners)) io.out(line);
  return 0;
}

function tableOf(runners: readonly Runner[]): readonly string[] {
  const rows = runners.map((shown) => [
    shown.runner,
    shown.verdict,
    shown.since ?? '',
    shown.container,
    [shown.containerState, shown.containerHealth].filter((part) => part !== '').join(', '),
    shown.githubSays,
    shown.because,
  ]);
  return formatTable(['RUNNER', 'VERDICT', 'SINCE', 'CONTAINER', 'STATE', 'GITHUB', 'BECAUSE'], rows);
}
