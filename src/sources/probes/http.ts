import { parseTime } from '../../lib/clock.ts';
import { reasonOf } from '../../lib/log.ts';
import type { TlsState } from './certificates.ts';
import { readBody } from './http-body.ts';
import {
  bodyFault,
  checksBody,
  checksHeaders,
  headerFault,
  sslFault,
  statusFault,
  versionFault,
} from './http-checks.ts';
import { exchange, type HttpExchange, type HttpTimes } from './http-exchange.ts';
import { headersFor, headersOf } from './http-headers.ts';
import type { HttpModule } from './http-module.ts';
import { type Cookies, createCookies, type HttpStep, redirectOf } from './http-redirect.ts';
import {
  type Ended,
  notReached,
  ProbeFault,
  type ProbeOptions,
  type ProbePorts,
  type Reached,
  resolveInto,
  runProbe,
} from './probe.ts';
import type { TlsConfig } from './tls-config.ts';

interface Progress extends Reached {
  readonly times: HttpTimes;
  redirects: number;
  /** 0 where no answer came. */
  status: number;
  /** As 1.1; 0 where no answer was read. */
  version: number;
  /** What the header says: -1 where it says nothing, 0 where no answer came. */
  contentLength: number;
  readonly body: { length: number; text: string };
  /** Seconds since the epoch. */
  lastModified: number | undefined;
  tls: TlsState | undefined;
  failedDueToRegex: boolean;
}

export interface HttpProbe extends Readonly<Omit<Progress, 'body'>>, Ended {
  readonly bodyLength: number;
}

export interface HttpSource {
  /** `address` is a URL, or what follows `http://`. A target that fails is an answer; throws only where the signal ends. */
  probe(address: string, module: HttpModule, options: ProbeOptions, signal: AbortSignal): Promise<HttpProbe>;
}

interface Ports extends ProbePorts {
  readonly userAgent: string;
}

export function createHttp(ports: Ports): HttpSource {
  return {
    probe: async (address, module, options, signal) => {
      const progress = nothingYet();
      const ended = await runProbe(ports.clock, options, signal, async (cut) => {
        const last = await follow({ address, module, progress, ports, options, signal: cut });
        try {
          await judge(last, { module, progress, ports, options });
        } finally {
          last.close();
        }
      });
      const { body, ...rest } = progress;
      return { ...rest, bodyLength: body.length, ...ended };
    },
  };
}

const noAnswer = { status: 0, version: 0, contentLength: 0, tls: undefined } as const;

function nothingYet(): Progress {
  return {
    ...notReached(),
    times: { resolve: 0, connect: 0, tls: 0, processing: 0, transfer: 0 },
    ...noAnswer,
    redirects: 0,
    body: { length: 0, text: '' },
    lastModified: undefined,
    failedDueToRegex: false,
  };
}

interface Judged {
  readonly module: HttpModule;
  readonly progress: Progress;
  readonly ports: Ports;
  readonly options: ProbeOptions;
}

interface Run extends Judged {
  readonly address: string;
  readonly signal: AbortSignal;
}

const maxRedirects = 10;

/** The last answer; `readable` says whether its body is looked at, and not that of a redirect which is not followed. */
type Last = HttpExchange & { readonly readable: boolean };

async function follow(run: Run): Promise<Last> {
  const { module, progress, ports, options, signal } = run;
  const first = urlOf(run.address);
  const headers = await headersOf(module, ports.userAgent, ports.readFile);
  const cookies = createCookies();
  let step: HttpStep = { url: first, method: module.method, body: module.body };
  while (true) {
    const last = await callOnce(step, { ...run, first, headers, cookies });
    const { statusCode = 0, headers: answered } = last.answer;
    const next = redirect(step, statusCode, answered.location);
    if (!next) return { ...last, readable: true };
    progress.redirects += 1;
    if (!module.follow_redirects || progress.redirects > maxRedirects) {
      options.log.debug({ status: statusCode }, 'not following redirect');
      return { ...last, readable: false };
    }
    cookies.keep(step.url, answered['set-cookie'] ?? []);
    last.close();
    signal.throwIfAborted();
    step = next;
  }
}

function urlOf(address: string): URL {
  const text = /^https?:\/\//i.test(address) ? address : `http://${address}`;
  if (!URL.canParse(text)) throw new ProbeFault('address', 'the target is no URL');
  return new URL(text);
}

function redirect(step: HttpStep, status: number, location: string | undefined): HttpStep | undefined {
  try {
    return redirectOf(step, status, location);
  } catch (error) {
    throw new ProbeFault('protocol', reasonOf(error));
  }
}

interface Calling extends Run {
  readonly first: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly cookies: Cookies;
}

async function callOnce(step: HttpStep, calling: Calling): Promise<HttpExchange> {
  const { first, headers, cookies, module, progress, ports, options, signal } = calling;
  const { url, method, body } = step;
  const host = url.hostname.replace(/^\[|\]$/g, '');
  // The first host is the target: what is said of its address is not said of where it sends us.
  const reached = progress.redirects === 0 ? progress : notReached();
  Object.assign(progress, noAnswer);
  const to = await resolveInto(reached, host, module, ports, options, signal).finally(() => {
    progress.times.resolve += reached.resolveMs;
  });
  const own = headersFor(headers, url, first);
  const cookie = cookies.header(url);
  options.log.debug({ origin: url.origin, ip: to.address, method }, 'making HTTP request');
  const isFirst = url.host === first.host;
  const call = {
    ...{ url, to, method, body, tls: isFirst ? module.tls_config : withoutName(module.tls_config) },
    headers: cookie === undefined ? own : { ...own, cookie },
    // The name of a virtual host is the name of its certificate.
    serverName: isFirst ? (headers.host ?? host).replace(/:\d+$/, '') : host,
  };
  const answered = await exchange(call, progress.times, ports, signal);
  note(answered, progress);
  options.log.debug({ status: progress.status }, 'received HTTP response');
  return answered;
}

/** The configured name is that of the first host. */
function withoutName({ server_name, ...rest }: TlsConfig): TlsConfig {
  return rest;
}

/** Replaces what the redirect before said. */
function note({ answer, tls }: HttpExchange, progress: Progress): void {
  const { statusCode: status = 0, headers } = answer;
  const isEmpty = status === 204 || status === 304 || status < 200;
  progress.status = status;
  progress.version = Number(answer.httpVersion);
  progress.tls = tls;
  progress.contentLength = isEmpty ? 0 : Number(headers['content-length'] ?? -1);
}

/** All checks are made, so that the metrics say as much as they can; the first fault is the reason. */
async function judge(last: Last, { module, progress, ports, options }: Judged): Promise<void> {
  const { answer } = last;
  const head = statusFault(progress.status, module) ?? judgeHeaders(last, module, progress);
  const body = last.readable ? await judgeBody(last, module, progress, head === undefined) : undefined;
  progress.times.transfer += ports.clock.monotonic() - last.answered;
  options.log.debug({ bytes: progress.body.length }, 'read HTTP response');
  const modified = parseTime(answer.headers['last-modified'] ?? '');
  progress.lastModified = Number.isNaN(modified) ? undefined : modified / 1000;
  const rest = versionFault(`HTTP/${answer.httpVersion}`, module) ?? sslFault(last.tls !== undefined, module);
  const fault = head ?? body ?? rest;
  if (fault !== undefined) throw typeof fault === 'string' ? new ProbeFault('expectation', fault) : fault;
}

function judgeHeaders({ answer }: Last, module: HttpModule, progress: Progress): string | undefined {
  if (!checksHeaders(module)) return undefined;
  const fault = headerFault(answer.headersDistinct, module);
  progress.failedDueToRegex = fault !== undefined;
  return fault;
}

/** A body is searched only where all was well so far, and counted always. One that cannot be read ends no other check. */
async function judgeBody(
  { answer }: Last,
  module: HttpModule,
  progress: Progress,
  isWell: boolean,
): Promise<string | ProbeFault | undefined> {
  const keep = isWell && checksBody(module);
  const unread = await readBody(answer, module, progress.body, keep);
  const fault = unread ?? (keep ? bodyFault(progress.body.text, module) : undefined);
  progress.failedDueToRegex ||= keep && fault !== undefined;
  return fault;
}
