import { z } from 'zod';
import { readSecret, secretFile } from '../lib/secret.ts';
import type { CommandIo, ExitCode } from './command.ts';
import { tellApi } from './instance.ts';
import { formatTable } from './table.ts';

export interface AckOptions {
  readonly url: string | undefined;
  readonly tokenFile: string | undefined;
  readonly by: string | undefined;
  readonly comment: string;
  readonly json: boolean;
}

const Taken = z.object({
  acknowledgements: z.array(
    z.object({
      fingerprint: z.string(),
      labels: z.record(z.string(), z.string()).default({}),
      startsAt: z.string().default(''),
      by: z.string(),
      comment: z.string(),
      at: z.string(),
    }),
  ),
});

/** Acknowledges the alerts of escalations that match. */
export async function acknowledge(io: CommandIo, words: readonly string[], options: AckOptions): Promise<ExitCode> {
  const { url, tokenFile, comment, json } = options;
  const by = options.by ?? (io.ports.env.USER || io.ports.env.LOGNAME);
  if (!by) {
    io.err('runnerwatch: say who acknowledges with --by NAME');
    return 2;
  }
  const body = { matchers: words.map(matcherOf), by, comment };
  const token = await tokenOf(io, { url, tokenFile });
  const { acknowledgements } = await tellApi(io, {
    ...{ url, token, body, schema: Taken },
    path: '/api/v1/alerts/acknowledge',
  });
  if (json) io.out(JSON.stringify(acknowledgements, null, 2));
  else for (const line of formatTable(['ALERT', 'SINCE', 'LABELS', 'BY'], acknowledgements.map(rowOf))) io.out(line);
  return 0;
}

/** A bare word is the name of an alert, as amtool takes it. */
function matcherOf(word: string): string {
  return /[=~]/.test(word) ? word : `alertname=${JSON.stringify(word)}`;
}

/** The configuration's token is for the instance that it configures, and is told to no other. */
export async function tokenOf(
  { ports }: CommandIo,
  { url, tokenFile }: Pick<AckOptions, 'url' | 'tokenFile'>,
): Promise<string | undefined> {
  if (tokenFile !== undefined) return readSecret(secretFile(tokenFile), ports.readFile);
  if (url !== undefined) return undefined;
  const { loadConfig } = await import('../config/load.ts');
  const token = await loadConfig(ports).then(
    ({ config }) => config.alertmanager.token,
    () => undefined,
  );
  return token && readSecret(token, ports.readFile);
}

function rowOf({
  labels: { alertname = '', ...labels },
  startsAt,
  by,
}: z.output<typeof Taken>['acknowledgements'][number]) {
  const shown = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
  return [alertname, startsAt, shown.join(' '), by];
}
