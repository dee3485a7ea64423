import { z } from 'zod';
import type { CommandIo, ExitCode } from './command.ts';
import { askApi } from './instance.ts';
import type { AskOptions } from './runners.ts';
import { formatTable } from './table.ts';

const Letters = z.object({
  letters: z.array(
    z.object({
      id: z.number(),
      queue: z.string(),
      receiver: z.string(),
      groupKey: z.string(),
      groupLabels: z.record(z.string(), z.string()),
      status: z.string(),
      at: z.string(),
      deadAt: z.string(),
      reason: z.string(),
      attempts: z.number(),
      alertCount: z.number(),
      endedCount: z.number(),
      alerts: z.array(
        z.object({
          fingerprint: z.string(),
          labels: z.record(z.string(), z.string()),
          status: z.string(),
          startsAt: z.string(),
          statusNow: z.string().optional(),
        }),
      ),
    }),
  ),
});
type Letter = z.output<typeof Letters>['letters'][number];

/** Lists the notifications that were given up and are kept. */
export async function listDeadLetters(io: CommandIo, { url, json }: AskOptions): Promise<ExitCode> {
  const { letters } = await askApi(io, { url, path: '/api/v1/notifications/dead', schema: Letters });
  if (json) io.out(JSON.stringify(letters, null, 2));
  else if (letters.length === 0) io.out('no notification was given up');
  else for (const line of formatTable(head, letters.map(rowOf))) io.out(line);
  return 0;
}

const head = ['ID', 'DECIDED', 'GIVEN UP', 'QUEUE', 'GROUP', 'STATUS', 'ALERTS', 'ENDED SINCE', 'ATTEMPTS', 'REASON'];

function rowOf(letter: Letter): readonly string[] {
  const { id, at, deadAt, queue, groupKey, status, alerts, alertCount, endedCount, attempts, reason } = letter;
  const names = [...new Set(alerts.map(({ labels }) => labels.alertname ?? ''))].filter((name) => name !== '');
  const counts = [`${alertCount} ${names}`, String(endedCount), String(attempts)];
  return [String(id), at, deadAt, queue, groupKey, status, ...counts, reason];
}
