import { createHash } from 'node:crypto';
import type { WebhookOutcome, WebhookPorts, WebhookResult } from '../http/ports.ts';
import { type Log, reasonOf } from '../lib/log.ts';
import { readSecret } from '../lib/secret.ts';
import { isWantedEvent, parseWebhook, type WebhookNews } from '../sources/github/webhook.ts';
import type { Kept, Runtime } from './runtime.ts';
import { watchedAs } from './watched.ts';

/** Bodies that are known again: hours of a busy organization, under 2 MB. */
const remembered = 10_000;
/** Less than the ledgers know an end: a delivery that is sent again after that would count twice. */
export const maxAgeMs = 36 * 3_600_000;
const warnEveryMs = 60_000;

/** Joins GitHub's webhooks to the ledgers of the configuration in force: a delivery outlives no reload. */
export function createWebhooks(current: () => Runtime, { ground, self }: Pick<Kept, 'ground' | 'self'>): WebhookPorts {
  const { clock, log, readFile } = ground;
  const seen = createSeen();
  const warn = createWarning(clock, log);

  function take(event: string, json: string): WebhookResult {
    if (event === 'ping') return { outcome: 'accepted', reason: 'the webhook works' };
    if (!isWantedEvent(event)) return ignored('only workflow_job and workflow_run are wanted');
    const digest = createHash('sha256').update(json).digest('base64');
    if (seen.has(digest)) return { outcome: 'duplicate', reason: 'it came before' };
    const news = parse(event, json);
    if ('outcome' in news) return news;
    if (clock.now() - news.at > maxAgeMs) return ignored('it is older than 36 hours');
    const repository = watchedAs(repositoryOf(news), current().config);
    if (repository === undefined) return ignored('its repository is not watched');
    // Before the answer, and before it is remembered: what fails here can be delivered anew.
    note(news, repository, current());
    seen.add(digest);
    self.webhookAccepted(clock.now());
    return { outcome: 'accepted' };
  }

  return {
    clock,
    take,
    secrets: async () => {
      const { webhook_secret: secret } = current().config.github;
      if (!secret) return [];
      try {
        return linesOf(await readSecret(secret, readFile));
      } catch (error) {
        warn('unreadable', { reason: reasonOf(error) }, 'webhook secret cannot be read');
        return [];
      }
    },
    told: (event, { outcome, reason }, { delivery, from }) => {
      const name = event === 'ping' || isWantedEvent(event) ? event : 'other';
      self.countWebhook(name, outcome);
      const facts = { event: name, outcome, reason, from, delivery: delivery?.slice(0, 64) };
      if (unharmed.has(outcome)) log.debug(facts, 'webhook delivered');
      else warn(outcome, facts, 'webhook refused');
    },
  };
}

const unharmed: ReadonlySet<WebhookOutcome> = new Set(['accepted', 'ignored', 'duplicate']);

/** While a secret is replaced, its file holds both, one a line: GitHub signs with either of them. */
function linesOf(text: string): readonly string[] {
  return text.split(/\r?\n/).filter((line) => line !== '');
}

function ignored(reason: string): WebhookResult {
  return { outcome: 'ignored', reason };
}

function repositoryOf(news: WebhookNews): string {
  return news.kind === 'job' ? news.job.repository : news.run.repository;
}

function note(told: WebhookNews, repository: string, { sources, news }: Runtime): void {
  if (told.kind === 'job') {
    sources.jobs.note([{ ...told.job, repository }]);
    news('github-queue');
  } else {
    sources.runs.note([{ ...told.run, repository }]);
    news('github-pipelines');
  }
}

function parse(event: string, json: string): WebhookNews | WebhookResult {
  try {
    return parseWebhook(event, JSON.parse(json)) ?? ignored('its action tells nothing new');
  } catch (error) {
    const reason = error instanceof SyntaxError ? 'the payload is not JSON' : reasonOf(error);
    return { outcome: 'malformed', reason };
  }
}

/** The digests of what was accepted; the one that was not asked for longest goes first. */
function createSeen() {
  const digests = new Set<string>();
  function add(digest: string): void {
    digests.delete(digest);
    digests.add(digest);
    const [oldest] = digests;
    if (digests.size > remembered && oldest !== undefined) digests.delete(oldest);
  }
  return {
    add,
    has: (digest: string): boolean => {
      const known = digests.has(digest);
      if (known) add(digest);
      return known;
    },
  };
}

/** One warning of each kind a minute: whoever reaches this address could fill the log. */
function createWarning(clock: Kept['ground']['clock'], log: Log) {
  const last = new Map<string, number>();
  return (kind: WebhookOutcome | 'unreadable', facts: object, message: string): void => {
    const now = clock.monotonic();
    if (now - (last.get(kind) ?? Number.NEGATIVE_INFINITY) < warnEveryMs) return;
    last.set(kind, now);
    log.warn(facts, message);
  };
}
