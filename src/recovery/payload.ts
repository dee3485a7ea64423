import { z } from 'zod';

/** Alertmanager's webhook, version 4: only what recovery reads of it. */
const Payload = z.object({
  version: z.literal('4'),
  alerts: z
    .array(
      z.object({
        status: z.enum(['firing', 'resolved']),
        labels: z.record(z.string(), z.string()),
      }),
    )
    .max(1000),
});

/** A runner that alerts ask to heal, and the alerts that ask. */
export interface RecoveryRequest {
  readonly runner: string;
  readonly alerts: readonly string[];
}

/**
 * One request per runner that a firing alert names by its label `runner`; alerts without that label ask for nothing.
 * Undefined where the body is no webhook payload of version 4.
 */
export function requestsFrom(body: unknown): readonly RecoveryRequest[] | undefined {
  const parsed = Payload.safeParse(body);
  if (!parsed.success) return undefined;
  const byRunner = new Map<string, Set<string>>();
  for (const { status, labels } of parsed.data.alerts) {
    if (status !== 'firing' || !labels.runner) continue;
    const names = byRunner.get(labels.runner) ?? new Set();
    byRunner.set(labels.runner, names.add(labels.alertname ?? ''));
  }
  return [...byRunner].map(([runner, alerts]) => ({ runner, alerts: [...alerts] }));
}
