import { createDeadLetters, type DeadLetterDeps } from '../alerts/dead-letters.ts';
import { namingWith } from '../alerts/external-labels.ts';
import type { Routing } from '../alerts/route.ts';
import type { RuleManager } from '../alerts/rule-manager.ts';
import { createWhy, type WhyDeps } from '../alerts/why.ts';
import type { Config } from '../config/schema.ts';
import type { AlertmanagerView } from '../http/alertmanager/ports.ts';
import { createDecisions } from '../state/decisions.ts';
import { createOutbox } from '../state/outbox.ts';

interface Parts extends Omit<DeadLetterDeps, 'routing' | 'dispatcher'>, Pick<WhyDeps, 'dispatcher'> {
  readonly manager: Pick<RuleManager, 'rules'>;
  readonly routing: Routing;
  readonly config: Config;
  /** Whether alerts are routed here, and not by real Alertmanagers alone. */
  readonly isRouting: boolean;
}

/** What people may ask of the embedded routing: why an alert was told or not, and what was given up. */
export function createAsking(parts: Parts): Pick<AlertmanagerView, 'why' | 'deadLetters'> {
  const { manager, dispatcher, routing, database, clock, config, isRouting } = parts;
  const stores = { decisions: createDecisions(database), outbox: createOutbox(database) };
  const naming = namingWith(config.rules.external_labels);
  const leftTo = isRouting ? [] : config.alertmanagers.map(({ url }) => url);
  const asked = { naming, leftTo, externalURL: config.external_url };
  return {
    why: createWhy({ ...stores, ...asked, rules: manager.rules, dispatcher, routing, clock }),
    deadLetters: createDeadLetters(parts),
  };
}
