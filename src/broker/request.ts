import { z } from 'zod';

/** What a runner may ask for: `kept` says that it needs nothing, which closes its start; see docs/runner.md. */
const Kind = z.enum(['registration', 'jit', 'kept', 'remove']);
export type GrantKind = z.output<typeof Kind>;

/** The body of POST /api/v1/runner-token. What else is in it, such as the labels that older entrypoints sent, is not believed. */
export const TokenBody = z.object({
  kind: Kind,
  /** `owner/name` or an organisation; may be left out where only one is watched. */
  scope: z.string().max(256).optional(),
  /** For `jit`: the jobs' directory, in the runner's own container. */
  work: z.string().min(1).max(256).default('_work'),
});
export type TokenBody = z.output<typeof TokenBody>;

/** Who asks, as far as the connection tells. */
export interface TokenRequest {
  readonly address: string | undefined;
  /** The bearer token. */
  readonly key: string | undefined;
  readonly body: unknown;
}

export const refusals = [
  'disabled',
  'rate-limited',
  'malformed',
  'not-a-runner',
  'bad-key',
  /** As a bad key, which the one who asks is told that it is; a job took it from where nobody else looks. */
  'decoy',
  'already-granted',
  'too-late',
  'in-progress',
  'budget',
  'programs-changed',
  'name-taken',
  'working',
  'busy',
  'github-failed',
  'failed',
] as const;
export type Refusal = (typeof refusals)[number];

export interface Refused {
  readonly outcome: Refusal;
  /** For the runner's log: what was found, and what mends it. Never a secret. */
  readonly reason: string;
  /** Seconds after which asking again makes sense; undefined where it never does within this start. */
  readonly retryAfter?: number;
}

export interface Granted {
  readonly outcome: 'granted';
  readonly kind: GrantKind;
  /** For `registration`. */
  readonly token?: string;
  /** For `jit`. */
  readonly encoded_jit_config?: string;
  /** For `remove`: whether GitHub had it. */
  readonly removed?: boolean;
}

export type TokenAnswer = Granted | Refused;

/** What was decided of whom. */
export interface Decided {
  /** Undefined where nobody knows whose container asked. */
  readonly runner?: string;
  readonly kind?: string;
  readonly answer: TokenAnswer;
}
