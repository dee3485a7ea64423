import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import type { LoadedConfig } from '../config/load.ts';
import { effectiveSettings } from '../config/redact.ts';
import { canonicalJson } from '../lib/canonical-json.ts';
import { every } from '../lib/loop.ts';
import type { AuditEvent } from '../model/audit.ts';
import type { SelfMetrics } from '../samples/self.ts';
import { createAuditLog } from '../state/audit-log.ts';
import type { Database } from '../state/database.ts';
import type { Ground } from './sources.ts';

interface Parts {
  readonly loaded: LoadedConfig;
  readonly database: Database;
  readonly meter: SelfMetrics['audit'];
  readonly version: string;
  readonly ground: Pick<Ground, 'clock' | 'log'>;
}

/** The audit log over the life of the process. */
export interface Auditing extends AsyncDisposable {
  audit(event: AuditEvent): void;
  started(): void;
  /** Another configuration is in force; the log stays where it is. */
  use(loaded: LoadedConfig): void;
}

/** How long events wait for a disk that failed, where no other comes to try again. */
const retryMs = 30_000;

export function createAuditing({ loaded: first, database, meter, version, ground: { clock, log } }: Parts): Auditing {
  let loaded = first;
  let hasStarted = false;
  const { data_dir: dataDir, scrape } = first.config;
  const issuer = { version, host: hostname(), instance: scrape.instance };
  const config = () => loaded.config.audit;
  const written = createAuditLog({ dataDir, config, database, issuer, clock, log, meter });
  const stopping = new AbortController();
  const retrying = every(clock, retryMs, stopping.signal, async () => {
    if (config().enabled && hasStarted) written.flush();
  });
  return {
    audit: written.audit,
    started: () => {
      hasStarted = true;
      const labels = { version, config_digest: digestOf(loaded) };
      written.audit({ action: 'runnerwatch-started', outcome: 'success', message: 'Runnerwatch started.', labels });
    },
    use: (next) => {
      const change = changeOf(loaded, next);
      // That the log is switched off is the last that it tells.
      if (change) written.audit(change);
      written.flush();
      const wasOff = !config().enabled;
      loaded = next;
      if (wasOff && change) written.audit(change);
      if (!config().enabled) meter.off();
    },
    [Symbol.asyncDispose]: async () => {
      stopping.abort(new Error('stopped'));
      await retrying;
      if (hasStarted) {
        written.audit({
          action: 'runnerwatch-stopped',
          outcome: 'success',
          message: 'Runnerwatch stopped.',
          labels: {},
        });
      }
      written[Symbol.dispose]();
    },
  };
}

function changeOf(before: LoadedConfig, after: LoadedConfig): AuditEvent | undefined {
  const labels = { config_digest: digestOf(after), previous_config_digest: digestOf(before) };
  if (labels.config_digest === labels.previous_config_digest) return undefined;
  const message = 'Another configuration was loaded.';
  return { action: 'configuration-changed', outcome: 'success', message, labels };
}

/** Of the settings as `check-config --print` shows them: the same for the same settings, and of no secret. */
function digestOf(loaded: LoadedConfig): string {
  const settings = JSON.parse(JSON.stringify(effectiveSettings(loaded)));
  return createHash('sha256').update(canonicalJson(settings)).digest('hex');
}
