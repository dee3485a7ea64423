import type { AlertmanagerPorts } from '../http/alertmanager/ports.ts';
import { readSecret } from '../lib/secret.ts';
import { version } from '../lib/version.ts';
import type { Kept, Runtime } from './runtime.ts';

/** What Alertmanager's API is made of: always the runtime that is in use. */
export function createAlertmanagerPorts(current: () => Runtime, { ground }: Pick<Kept, 'ground'>): AlertmanagerPorts {
  const { clock, readFile } = ground;
  return {
    ...{ clock, version, startedAt: clock.now() },
    view: () => current().engine()?.alertmanager,
    token: async () => {
      const { token } = current().config.alertmanager;
      return token && readSecret(token, readFile);
    },
    externalURL: () => current().config.external_url,
  };
}
