import { z } from 'zod';
import type { CommandIo, ExitCode } from './command.ts';
import { askApi } from './instance.ts';
import type { AskOptions } from './runners.ts';
import { spanOf } from './span.ts';
import { formatTable } from './table.ts';

const Deployments = z.object({
  deployments: z.array(
    z.object({
      deployment: z.string(),
      repository: z.string(),
      workflow: z.string(),
      lastOutcome: z.string().optional(),
      lastAt: z.string().optional(),
      failingSince: z.string().optional(),
      windowSeconds: z.number(),
      counts: z.object({ success: z.number(), failure: z.number(), cancelled: z.number() }).optional(),
      successRatio: z.number().optional(),
      meanRecoverySeconds: z.number().optional(),
    }),
  ),
});
type Deployment = z.output<typeof Deployments>['deployments'][number];

/** Lists how the deployments go, as the running instance sees them. */
export async function listDeployments(io: CommandIo, { url, json }: AskOptions): Promise<ExitCode> {
  const { deployments } = await askApi(io, { url, path: '/api/v1/deployments', schema: Deployments });
  if (json) io.out(JSON.stringify(deployments, null, 2));
  else if (deployments.length === 0) io.out('no deployment is configured: collectors.github-pipelines.deployments');
  else for (const line of formatTable(head, deployments.map(rowOf))) io.out(line);
  return 0;
}

const head = ['DEPLOYMENT', 'LAST', 'AT', 'SUCCEEDED', 'RATIO', 'RECOVERY', 'FAILING SINCE'];

function rowOf(shown: Deployment): readonly string[] {
  const { deployment, lastOutcome = '', lastAt = '', counts, successRatio, failingSince = '' } = shown;
  const succeeded =
    counts && `${counts.success} of ${counts.success + counts.failure} in ${spanOf(shown.windowSeconds)}`;
  const ratio = successRatio === undefined ? '' : `${(successRatio * 100).toFixed(1)} %`;
  const recovery = shown.meanRecoverySeconds === undefined ? '' : spanOf(shown.meanRecoverySeconds);
  return [deployment, lastOutcome, lastAt, succeeded ?? '', ratio, recovery, failingSince];
}
