import type { Clock } from '../lib/clock.ts';
import type { Acknowledgement } from '../model/acknowledgement.ts';
import { type Alert, alertStatus } from '../model/alert.ts';
import { fingerprint } from '../model/labels.ts';
import { type Matcher, matchesAll } from '../model/matcher.ts';
import type { Acknowledgements, Acknowledger } from './acknowledge.ts';
import { type LinkClaim, readLink } from './acknowledge-link.ts';
import { type Chain, chainsFor } from './escalation-routes.ts';
import { groupOf } from './group.ts';

/** An alert, and who looks after it. */
export interface EscalatedAlert {
  readonly alert: Alert;
  readonly acknowledgement: Acknowledgement | undefined;
}

/**
 * What a link is good for. `refused`: it was not made here. `over`: none of its alerts fires any more. `full`: there are
 * too many acknowledgements.
 */
export type LinkAnswer =
  | { readonly state: 'refused' | 'expired' | 'over' | 'full' }
  | { readonly state: 'open' | 'taken'; readonly chain: string; readonly alerts: readonly EscalatedAlert[] };

/** One alert, or those that match. */
export type Asked = { readonly fingerprint: string } | { readonly matchers: readonly Matcher[] };

export interface HeldAcknowledgement {
  readonly acknowledgement: Acknowledgement;
  /** Undefined where it was not said again since the start. */
  readonly alert: Alert | undefined;
}

/** Acknowledging, as people and their programs do it. */
export interface Acknowledging {
  /** Changes nothing: programs follow links too. `query` is the link's, parsed into texts. */
  ask(query: unknown): LinkAnswer;
  takeLink(query: unknown, who: Acknowledger): LinkAnswer;
  /** Those that are now held: none where no alert of an escalation fires that is asked for; undefined where there is no room. */
  take(asked: Asked, who: Acknowledger): readonly HeldAcknowledgement[] | undefined;
  /** Those that hold, the latest first. */
  all(): readonly HeldAcknowledgement[];
  /** False where there is none. */
  takeBack(fingerprint: string): boolean;
}

export interface AcknowledgingDeps {
  readonly chains: readonly Chain[];
  readonly acknowledgements: Acknowledgements;
  /** Every alert that was said lately. */
  readonly alerts: () => readonly Alert[];
  /** What links are signed with. */
  readonly key: () => Buffer;
  readonly clock: Clock;
}

export function createAcknowledging(deps: AcknowledgingDeps): Acknowledging {
  const { chains, acknowledgements, alerts, key, clock } = deps;

  function firing(): readonly Alert[] {
    return alerts().filter((alert) => alertStatus(alert, clock.now()) === 'firing');
  }

  /** The alerts of the claim's group that had begun when people were told; those that began since were told by no one. */
  function claimed({ chain: name, group, at }: LinkClaim): readonly Alert[] {
    const chain = chains.find((each) => each.name === name);
    const [step] = chain?.steps ?? [];
    if (!chain || !step) return [];
    return firing().filter(
      ({ labels, startsAt }) =>
        startsAt <= at && matchesAll(labels, chain.matchers) && fingerprint(groupOf(step, labels).labels) === group,
    );
  }

  function shown(found: readonly Alert[]): readonly EscalatedAlert[] {
    return found.map((alert) => ({ alert, acknowledgement: acknowledgements.of(alert) }));
  }

  function follow(query: unknown, use: (found: readonly Alert[], chain: string) => LinkAnswer): LinkAnswer {
    const claim = readLink(key(), query);
    if (!claim) return { state: 'refused' };
    if (claim.expiresAt <= clock.now()) return { state: 'expired' };
    const found = claimed(claim);
    return found.length === 0 ? { state: 'over' } : use(found, claim.chain);
  }

  function held(found: readonly Acknowledgement[]): readonly HeldAcknowledgement[] {
    const heard = new Map(alerts().map((alert) => [alert.fingerprint, alert]));
    return found.map((acknowledgement) => ({ acknowledgement, alert: heard.get(acknowledgement.fingerprint) }));
  }

  return {
    ask: (query) => follow(query, (found, chain) => ({ state: 'open', chain, alerts: shown(found) })),
    takeLink: (query, who) =>
      follow(query, (found, chain) => {
        if (!acknowledgements.add(found, who)) return { state: 'full' };
        return { state: 'taken', chain, alerts: shown(found) };
      }),
    take(asked, who) {
      const found = firing().filter((alert) => isAsked(asked, alert) && chainsFor(chains, alert.labels).length > 0);
      const added = acknowledgements.add(found, who);
      return added && held(added);
    },
    all: () => held(acknowledgements.all()),
    takeBack: acknowledgements.remove,
  };
}

function isAsked(asked: Asked, alert: Alert): boolean {
  return 'fingerprint' in asked ? asked.fingerprint === alert.fingerprint : matchesAll(alert.labels, asked.matchers);
}
