import { withDeadline } from '../lib/deadline.ts';
import { reasonOf } from '../lib/log.ts';
import { askerAt } from './identity.ts';
import { createLimiter, ofDenials } from './limiter.ts';
import type { BrokerPorts } from './ports.ts';

/**
 * What runners reach for beside their own routes: the main port by their own network (`port`), another path on their own
 * port (`path`), Docker, which `DOCKER_HOST` leads there (`docker`), or their routes in the name of somebody else
 * (`forwarded`). A fixed list, because it is a label's values.
 */
export const denials = ['port', 'path', 'docker', 'forwarded'] as const;
export type Denial = (typeof denials)[number];

export interface Denied {
  readonly address: string | undefined;
  /** As it was asked for; unknown where the connection was not even read. */
  readonly path?: string;
}

type DenialPorts = Pick<BrokerPorts, 'audit' | 'clock' | 'docker' | 'log'> & { countDenial(denial: Denial): void };

const askingMs = 5000;

/** Each denial is counted; but for a flood, each is in the audit log too, with the runner where Docker knows whose it is. */
export function createDenials(ports: DenialPorts): (denial: Denial, denied: Denied) => Promise<void> {
  const { audit, clock, log } = ports;
  const isTold = createLimiter(clock, ofDenials);

  async function runnerAt(address: string | undefined): Promise<string | undefined> {
    const limit = { ms: askingMs, what: 'Docker' };
    const asker = await withDeadline(clock, limit, (signal) => askerAt(address, ports, signal));
    return 'outcome' in asker ? undefined : asker.runner;
  }

  return async (reason, { address = 'unknown', path }) => {
    ports.countDenial(reason);
    if (!isTold(address)) return;
    const runner = await runnerAt(address).catch((error: unknown) => {
      log.debug({ address, reason: reasonOf(error) }, 'cannot tell whose address it is');
      return undefined;
    });
    const labels = { ...(runner && { runner }), address, ...(path !== undefined && { path }), reason };
    log.warn(labels, 'runner access denied');
    const message = 'A runner reached for what is closed to runners.';
    audit({ action: 'runner-access-denied', outcome: 'failure', message, labels });
  };
}
