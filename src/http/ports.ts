import type { Relays } from '../alerts/relays.ts';
import type { GroupHealth } from '../alerts/rule-health.ts';
import type { Clock } from '../lib/clock.ts';
import type { WorkflowJob } from '../model/github.ts';
import type { RunnerState } from '../model/runner.ts';
import type { AlertmanagerPorts } from './alertmanager/ports.ts';

/** An alert as the page and the API show it. Times are milliseconds since the epoch. */
export interface ShownAlert {
  readonly state: 'pending' | 'firing';
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly activeAt: number;
  /** Since when only `keep_firing_for` keeps it; undefined where its expression does. */
  readonly keepFiringSince?: number | undefined;
  readonly value: number;
  /** Who looks after it; undefined where nobody has acknowledged it. */
  readonly acknowledgedBy?: string | undefined;
}

export interface ShownCollector {
  readonly name: string;
  readonly idle: string | undefined;
  readonly success: boolean | undefined;
  readonly error: string | undefined;
  readonly lastSuccess: number | undefined;
}

/** The present state, as the page shows it. */
export interface Overview {
  readonly version: string;
  /** Whether rules are evaluated here, or by a real Prometheus. */
  readonly evaluates: boolean;
  readonly runners: readonly RunnerState[];
  readonly alerts: readonly ShownAlert[];
  readonly collectors: readonly ShownCollector[];
}

export type ReloadResult = { readonly ok: true } | { readonly ok: false; readonly problems: string };

export interface RecoveryDecision {
  readonly runner: string;
  readonly action: string;
  readonly outcome: string;
  readonly reason: string;
}

/** What /probe is asked. */
export interface ProbeRequest {
  readonly target: string | undefined;
  readonly module: string;
  /** The virtual host that is asked for. */
  readonly hostname: string | undefined;
  /** Whether the answer tells the probe's log and its configuration. */
  readonly debug: boolean;
  /** The seconds that the scraper waits, as it says them. */
  readonly timeoutHeader: string | undefined;
  readonly accept: string | undefined;
}

export interface TextAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

export type WebhookOutcome =
  | 'accepted'
  | 'ignored'
  | 'duplicate'
  | 'bad_signature'
  | 'malformed'
  | 'too_large'
  | 'overloaded'
  | 'not_configured';

/** What came of a delivery; `reason` is one line for the sender, without secrets. */
export interface WebhookResult {
  readonly outcome: WebhookOutcome;
  readonly reason?: string;
}

export interface WebhookPorts {
  readonly clock: Clock;
  /** Read anew at each call: the one in use, and those that still count. None where none can be had. */
  secrets(): Promise<readonly string[]>;
  /** Takes the JSON of a delivery whose signature was right. */
  take(event: string, json: string): WebhookResult;
  /** Counts and logs what came of it. `sender` is what it says of itself. */
  told(
    event: string,
    result: WebhookResult,
    sender: { readonly delivery: string | undefined; readonly from: string | undefined },
  ): void;
}

/** How a deployment goes. Times are ms since the epoch; what is not known is undefined. */
export interface ShownDeployment {
  readonly deployment: string;
  readonly repository: string;
  readonly workflow: string;
  readonly lastOutcome: string | undefined;
  readonly lastAt: number | undefined;
  readonly failingSince: number | undefined;
  /** The rest is over this. */
  readonly windowMs: number;
  readonly counts?: Readonly<Record<'success' | 'failure' | 'cancelled', number>>;
  readonly successRatio?: number | undefined;
  readonly meanRecoveryMs?: number | undefined;
}

/** A job that waits or runs. Times are ms since the epoch. */
export interface ShownJob {
  readonly job: WorkflowJob;
  /** Since when it waits for a runner; undefined where it does not yet, or nobody knows. */
  readonly queuedAt: number | undefined;
  /** What the nearest online runner lacks, where none can take it. */
  readonly missing: string | undefined;
  /** When GitHub gives it up; undefined where it is not queued. */
  readonly deadline: number | undefined;
}

/** Hands on what webhooks are told. */
export interface RelayPorts extends Pick<Relays, 'token' | 'send'> {
  names(): readonly string[];
  externalURL(): string;
}

/** `data` is there where something was granted. */
export interface RunnerTokenAnswer {
  readonly outcome: string;
  readonly reason?: string;
  /** Seconds. */
  readonly retryAfter?: number;
  readonly data?: object;
}

/** What runners ask for and report; they are known by their addresses. */
export interface RunnerPorts {
  token(
    request: { readonly address: string | undefined; readonly key: string | undefined; readonly body: unknown },
    signal: AbortSignal,
  ): Promise<RunnerTokenAnswer>;
  report(address: string | undefined, body: unknown, signal: AbortSignal): Promise<string>;
  /** Tells of somebody who was not let in. */
  deny(
    reason: 'port' | 'path' | 'docker' | 'forwarded',
    denied: { readonly address: string | undefined; readonly path?: string },
  ): void;
}

/** What people ask of recovery. `runner` undefined: all of them. */
export interface HealingPorts {
  /** Undefined where nothing is known of the runner. */
  why(runner: string): object | undefined;
  isKnown(runner: string): boolean;
  /** Without `forMs` until it is released. Throws where too many are paused. */
  pause(request: {
    readonly runner: string | undefined;
    readonly forMs: number | undefined;
    readonly by: string;
    readonly reason: string;
  }): { readonly until: number | undefined };
  /** `own`: the pause of the one who asks, and nothing else. */
  release(request: { readonly runner: string | undefined; readonly by: string; readonly own: boolean }): {
    readonly pause: boolean;
    readonly quarantine: boolean;
    readonly ladder: boolean;
  };
  /** These reject where GitHub or Docker does not answer, or there is nothing to take away. */
  cordon(request: { readonly runner: string; readonly by: string }): Promise<{ readonly labels: readonly string[] }>;
  uncordon(request: { readonly runner: string; readonly by: string }): Promise<object>;
  /** Begins it. Throws where one is under way, or a recovery. */
  drain(request: {
    readonly runner: string;
    readonly by: string;
    readonly timeoutMs: number;
    readonly stop: boolean;
  }): object;
  /** How it goes; undefined where there was none. */
  drainOf(runner: string): object | undefined;
}

/** Everything the HTTP floor may ask of the rest. */
export interface HttpPorts {
  metrics(accept: string | undefined): Promise<{ readonly contentType: string; readonly body: string }>;
  probe(request: ProbeRequest, signal: AbortSignal): Promise<TextAnswer>;
  ready(): boolean;
  reload(): Promise<ReloadResult>;
  overview(): Overview;
  /** None where a real Prometheus evaluates them. */
  rules(): readonly GroupHealth[];
  deployments(): readonly ShownDeployment[];
  /** Those that wait longest first. */
  queue(): readonly ShownJob[];
  /** The bearer token of /api/v1/recover, read anew at each call; undefined where none is configured. */
  recoveryToken(): Promise<string | undefined>;
  /** Undefined where the body is no webhook payload of version 4. */
  recover(body: unknown): Promise<readonly RecoveryDecision[] | undefined>;
  readonly healing: HealingPorts;
  readonly webhooks: WebhookPorts;
  readonly runner: RunnerPorts;
  readonly alertmanager: AlertmanagerPorts;
  readonly relays: RelayPorts;
}
