import { createDeadLetters, type DeadLetterDeps } from '../alerts/dead-letters.ts';
import { namingWith } from '../alerts/external-labels.ts';
import type { Routing } from '../alerts/route.ts';
import type { RuleManager } from '../alerts/rule-manager.ts';
import { createWhy, type WhyDeps } from '../alerts/why.ts';
import type { AlertmanagerView } from '../http/alertmanager/ports.ts';
import type { Labels } from '../model/labels.ts';
import { createDecisions } from '../state/decisions.ts';
import { createOutbox } from '../state/outbox.ts';

interface Parts extends Omit<DeadLetterDeps, 'routing'>, Pick<WhyDeps, 'dispatcher'> {
  readonly manager: Pick<RuleManager, 'rules'>;
  readonly routing: Routing;
  readonly externalLabels: Labels;
}

/** What people may ask of the embedded routing: why an alert was told or not, and what was given up. */
export function createAsking(parts: Parts): Pick<AlertmanagerView, 'why' | 'deadLetters'> {
  const { manager, dispatcher, routing, database, clock, externalLabels } = parts;
  const stores = { decisions: createDecisions(database), outbox: createOutbox(database) };
  const naming = namingWith(externalLabels);
  return {
    why: createWhy({ ...stores, rules: manager.rules, naming, dispatcher, routing, clock }),
    deadLetters: createDeadLetters(parts),
  };
}
