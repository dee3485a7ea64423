import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { root } from '../support/tree.ts';

const units = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000, y: 31_536_000_000 } as const;

/** By what every wait of the shipped files is divided. */
export const factor = 30;

/** Of a Prometheus duration such as 1h30m. */
export function shortened(duration: string, by = factor): string {
  const parts = [...duration.matchAll(/(\d+)(ms|[smhdwy])/g)];
  const ms = parts.reduce((sum, [, count, unit]) => sum + Number(count) * units[unit as keyof typeof units], 0);
  if (parts.map(([text]) => text).join('') !== duration) throw new Error(`${duration} is no duration`);
  return `${Math.round(ms / by)}ms`;
}

const waits = new Set(['for', 'keep_firing_for', 'group_wait', 'group_interval', 'repeat_interval', 'resolve_timeout']);

/** The same file with its waits divided, and nothing else touched: expressions, labels and matchers are the shipped ones. */
function withShortWaits(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withShortWaits);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      waits.has(key) && typeof inner === 'string' ? shortened(inner) : withShortWaits(inner),
    ]),
  );
}

/** The shipped rules, by file name. */
export function shortRules(): Readonly<Record<string, string>> {
  const folder = join(root, 'prometheus/rules');
  const files = readdirSync(folder).filter((name) => name.endsWith('.rules.yml'));
  return Object.fromEntries(
    files.map((name) => [name, stringify(withShortWaits(parse(readFileSync(join(folder, name), 'utf8'))))]),
  );
}

interface Addresses {
  readonly webhook: string;
  readonly recovery: string;
  readonly tokenFile: string;
}

interface Receiver {
  readonly name: string;
  webhook_configs?: object[];
}

/** The shipped routing with what an operator adds: where pages go. Where Runnerwatch is differs from the compose stack. */
export function shortRouting({ webhook, recovery, tokenFile }: Addresses): string {
  const shipped = parse(readFileSync(join(root, 'prometheus/alertmanager.yml'), 'utf8')) as { receivers: Receiver[] };
  for (const receiver of shipped.receivers) {
    if (receiver.name === 'notifications') receiver.webhook_configs = [{ url: webhook, send_resolved: true }];
    if (receiver.name !== 'recovery') continue;
    const authorization = { type: 'Bearer', credentials_file: tokenFile };
    receiver.webhook_configs = [{ url: recovery, send_resolved: true, http_config: { authorization } }];
  }
  return stringify(withShortWaits(shipped));
}
