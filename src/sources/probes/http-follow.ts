import { reasonOf } from '../../lib/log.ts';
import { exchange, type HttpExchange } from './http-exchange.ts';
import { headersFor, headersOf } from './http-headers.ts';
import type { HttpModule } from './http-module.ts';
import { type HttpProgress, noAnswer } from './http-progress.ts';
import { type Cookies, createCookies, type HttpStep, redirectOf } from './http-redirect.ts';
import { notReached, ProbeFault, type ProbeOptions, type ProbePorts, resolveInto } from './probe.ts';
import type { TlsConfig } from './tls-config.ts';

export interface HttpPorts extends ProbePorts {
  readonly userAgent: string;
}

export interface Judged {
  readonly module: HttpModule;
  readonly progress: HttpProgress;
  readonly ports: HttpPorts;
  readonly options: ProbeOptions;
}

interface Run extends Judged {
  readonly address: string;
  readonly signal: AbortSignal;
}

const maxRedirects = 10;

/** The last answer; `readable` says whether its body is looked at, and not that of a redirect which is not followed. */
export type Last = HttpExchange & { readonly readable: boolean };

/** Asks, and goes where the answers lead. Throws a ProbeFault. */
export async function follow(run: Run): Promise<Last> {
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
function note({ answer, tls }: HttpExchange, progress: HttpProgress): void {
  const { statusCode: status = 0, headers } = answer;
  const isEmpty = status === 204 || status === 304 || status < 200;
  progress.status = status;
  progress.version = Number(answer.httpVersion);
  progress.tls = tls;
  progress.contentLength = isEmpty ? 0 : Number(headers['content-length'] ?? -1);
}
