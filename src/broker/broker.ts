import { reasonOf } from '../lib/log.ts';
import type { BrokerConfig } from './config.ts';
import { give, scopeFor } from './give.ts';
import { type Asker, askerAt, wrongKey } from './identity.ts';
import { createLimiter, ofRemovals } from './limiter.ts';
import type { BrokerPorts } from './ports.ts';
import { type Decided, type Refused, type TokenAnswer, TokenBody, type TokenRequest } from './request.ts';
import { tell } from './tell.ts';

export interface Broker {
  /** Decides, asks GitHub, and tells audit log and metrics of it. Never rejects; ends with the signal. */
  ask(request: TokenRequest, signal: AbortSignal): Promise<TokenAnswer>;
}

/**
 * How long after its start a container may ask. entrypoint.sh counts on this: it starts no job before its start was
 * granted something, or this time is over.
 */
const askWithinMs = 5 * 60_000;
const retryAfter = 15;

/** Gives a runner what it registers with, once for each start of its container, before any job runs in it. */
export function createBroker(config: () => BrokerConfig, ports: BrokerPorts): Broker {
  const isAllowed = createLimiter(ports.clock);
  const mayLeave = createLimiter(ports.clock, ofRemovals);
  // At most one entry per container.
  const underWay = new Set<string>();

  async function decide(request: TokenRequest, signal: AbortSignal): Promise<Decided> {
    const { keys_dir: keysDir } = config();
    if (keysDir === undefined) return refuse('disabled', 'broker.keys_dir is not set');
    if (!isAllowed(request.address ?? '')) return refuse('rate-limited', 'too many requests', retryAfter);
    const asker = await askerAt(request.address, ports, signal);
    if ('outcome' in asker) return { answer: asker };
    const { runner } = asker;
    const wrong = await wrongKey({ keysDir, runner, key: request.key }, ports.readFile);
    if (wrong) return { runner, ...refuse(wrong, `the key is not that of ${runner}`) };
    const body = TokenBody.safeParse(request.body);
    if (!body.success) return { runner, ...refuse('malformed', `the body is not as expected: ${issueOf(body.error)}`) };
    const { kind } = body.data;
    if (kind === 'remove' && !mayLeave(runner)) {
      return { runner, kind, ...refuse('budget', 'the runner asked to leave too often', retryAfter) };
    }
    return { runner, kind, answer: await alone(asker, body.data, signal) };
  }

  /** Two requests of one container never pass the lock together. */
  async function alone(asker: Asker, body: TokenBody, signal: AbortSignal): Promise<TokenAnswer> {
    const { id } = asker.container;
    if (underWay.has(id)) return refuse('in-progress', 'another request of this container is under way', 1).answer;
    underWay.add(id);
    try {
      return await grant(asker, body, signal);
    } finally {
      underWay.delete(id);
    }
  }

  async function grant(asker: Asker, body: TokenBody, signal: AbortSignal): Promise<TokenAnswer> {
    const start = { container: asker.container.id, startedAt: asker.startedAt };
    const locks = body.kind !== 'remove';
    const refused = locks && objection(asker, start);
    if (refused) return refused;
    const answer = await answerFor(asker, body, signal);
    // On disk before it is handed out: a crash in between costs a start, and never gives two.
    if (locks && answer.outcome === 'granted') ports.store.grant(asker.runner, body.kind, start, ports.clock.now());
    return answer;
  }

  async function answerFor(asker: Asker, body: TokenBody, signal: AbortSignal): Promise<TokenAnswer> {
    if (body.kind === 'kept') return { outcome: 'granted', kind: 'kept' };
    const scope = scopeFor(body.scope, ports.scopes());
    if (!scope) return refuse('malformed', 'the scope is not one that Runnerwatch watches').answer;
    return give({ asker, kind: body.kind, body, scope, ports, signal }).catch(failure);
  }

  function objection(
    { runner, startedAt }: Asker,
    start: Parameters<BrokerPorts['store']['wasGranted']>[0],
  ): Refused | undefined {
    if (ports.store.wasGranted(start)) {
      return refuse('already-granted', 'this start of the container was given what it asked for; restart it').answer;
    }
    const now = ports.clock.now();
    // A clock that stepped back makes a start look like one in the future: that is no later.
    if (now - startedAt > askWithinMs) {
      return refuse('too-late', 'the container started more than 5 minutes ago; restart it').answer;
    }
    const { grants, window } = config().budget;
    const earlier = ports.store.grantsSince(runner, now - window);
    if (earlier.length < grants) return undefined;
    const reason = `${runner} was given something ${earlier.length} times within ${window / 60_000} minutes`;
    return refuse('budget', reason, Math.ceil(((earlier[0] ?? now) + window - now) / 1000)).answer;
  }

  return {
    async ask(request, signal) {
      const decided = await decide(request, signal).catch((error: unknown) =>
        refuse('failed', reasonOf(error), retryAfter),
      );
      tell(ports, request, decided);
      return decided.answer;
    },
  };
}

function refuse(outcome: Refused['outcome'], reason: string, after?: number): { readonly answer: Refused } {
  return { answer: { outcome, reason, ...(after !== undefined && { retryAfter: after }) } };
}

function failure(error: unknown): Refused {
  return { outcome: 'github-failed', reason: reasonOf(error), retryAfter };
}

function issueOf(error: {
  readonly issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[];
}) {
  const [issue] = error.issues;
  return `${issue?.path.join('.') || 'the whole'}: ${issue?.message}`;
}
