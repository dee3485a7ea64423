import { z } from 'zod';
import type { CommandIo, ExitCode } from './command.ts';
import { askApi } from './instance.ts';
import type { AskOptions } from './runners.ts';
import { formatTable } from './table.ts';

const Alerts = z.object({
  alerts: z.array(
    z.object({
      state: z.string(),
      labels: z.record(z.string(), z.string()),
      annotations: z.record(z.string(), z.string()),
      activeAt: z.string(),
      value: z.string(),
    }),
  ),
});
type Alert = z.output<typeof Alerts>['alerts'][number];

/** Lists the pending and firing alerts of the running instance. */
export async function listAlerts(io: CommandIo, { url, json }: AskOptions): Promise<ExitCode> {
  const { alerts } = await askApi(io, { url, path: '/api/v1/alerts', schema: Alerts });
  if (json) io.out(JSON.stringify(alerts, null, 2));
  else if (alerts.length === 0) io.out('no alert is pending or firing');
  else
    for (const line of formatTable(['ALERT', 'STATE', 'SINCE', 'LABELS', 'SUMMARY'], alerts.map(rowOf))) io.out(line);
  return 0;
}

function rowOf({ labels: { alertname = '', ...labels }, annotations, state, activeAt }: Alert): readonly string[] {
  const shown = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
  return [alertname, state, activeAt, shown.join(' '), annotations.summary ?? ''];
}
