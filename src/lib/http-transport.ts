import { Agent as HttpAgent, type IncomingMessage, request as requestPlain } from 'node:http';
import { Agent as HttpsAgent, request as requestSecure } from 'node:https';
import { isIP } from 'node:net';
import { checkServerIdentity, type PeerCertificate, type SecureVersion } from 'node:tls';

/** How a connection is made where it is not made as usual. Certificates and keys are PEM. */
export interface Transport {
  readonly tls?: TransportTls | undefined;
  readonly proxy?: TransportProxy | undefined;
}

export interface TransportTls {
  /** Trusted instead of the system's. */
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  /** Asked for and expected in the certificate, instead of the URL's host. */
  readonly serverName?: string | undefined;
  readonly isAnyCertificate?: boolean | undefined;
  readonly minVersion?: SecureVersion | undefined;
  readonly maxVersion?: SecureVersion | undefined;
}

/** `environment` is HTTP_PROXY, HTTPS_PROXY and NO_PROXY of the process. */
export type TransportProxy = 'environment' | { readonly url: string; readonly noProxy?: string | undefined };

export interface TransportRequest {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  readonly redirect: 'follow' | 'manual' | 'error';
  readonly signal: AbortSignal;
  readonly transport: Transport;
}

export interface TransportAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: AsyncIterable<Uint8Array>;
}

const maxRedirects = 10;

/** `fetch` for a connection with TLS or a proxy of its own, which fetch cannot be told. */
export async function fetchThrough(url: string, request: TransportRequest): Promise<TransportAnswer> {
  const send = senderFor(request.transport);
  let next = { url: new URL(url), method: request.method, headers: request.headers, body: request.body };
  for (let redirects = 0; ; redirects++) {
    const answer = await send(next, request.signal);
    const status = answer.statusCode ?? 0;
    const { location } = answer.headers;
    const isRedirect = [301, 302, 303, 307, 308].includes(status) && location !== undefined;
    if (!isRedirect || request.redirect === 'manual') return { status, headers: headersOf(answer), body: answer };
    answer.destroy();
    if (request.redirect === 'error') throw new Error('it redirects');
    if (redirects >= maxRedirects) throw new Error(`it redirects more than ${maxRedirects} times`);
    next = redirected(next, status, location);
  }
}

interface Hop {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

type Send = (hop: Hop, signal: AbortSignal) => Promise<IncomingMessage>;

function senderFor({ tls = {}, proxy }: Transport): Send {
  const proxyEnv = proxy === undefined ? {} : { proxyEnv: proxyEnvOf(proxy) };
  return ({ url, method, headers, body }, signal) => {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const options = { method, headers, signal };
    const request =
      url.protocol === 'https:'
        ? requestSecure(url, { ...options, agent: new HttpsAgent({ ...proxyEnv, ...tlsOptions(tls, url.hostname) }) })
        : requestPlain(url, { ...options, agent: new HttpAgent(proxyEnv) });
    request.once('response', resolve);
    // Stays for the request's whole life: an error without a listener would end the process.
    request.on('error', reject);
    request.end(body);
    return promise;
  };
}

/** The environment that Node's agents take a proxy from. */
function proxyEnvOf(proxy: TransportProxy): NodeJS.ProcessEnv {
  // biome-ignore lint/style/noProcessEnv: the file asks for the proxy of the environment by name.
  if (proxy === 'environment') return process.env;
  const { url, noProxy } = proxy;
  return { HTTP_PROXY: url, HTTPS_PROXY: url, ...(noProxy === undefined ? {} : { NO_PROXY: noProxy }) };
}

export function tlsOptions(
  { ca, cert, key, serverName, isAnyCertificate, minVersion, maxVersion }: TransportTls,
  host: string,
) {
  const name = serverName ?? host.replace(/^\[|\]$/g, '');
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(minVersion === undefined ? {} : { minVersion }),
    ...(maxVersion === undefined ? {} : { maxVersion }),
    // RFC 6066, 3: an address is no server name.
    ...(isIP(name) === 0 ? { servername: name } : {}),
    ...(serverName === undefined
      ? {}
      : { checkServerIdentity: (_: string, shown: PeerCertificate) => checkServerIdentity(name, shown) }),
    rejectUnauthorized: isAnyCertificate !== true,
  };
}

function headersOf({ headers }: IncomingMessage): Headers {
  const known = Object.entries(headers).filter(([, value]) => value !== undefined);
  return new Headers(known.map(([name, value]) => [name, String(value)]));
}

/** As fetch does it: what is not for the other origin does not go there, and only 307 and 308 keep the body. */
function redirected({ url, method, headers, body }: Hop, status: number, location: string): Hop {
  const target = new URL(location, url);
  if (!/^https?:$/.test(target.protocol)) throw new Error('it redirects to what is no http:// or https:// URL');
  const isKept = status === 307 || status === 308 || method === 'GET' || method === 'HEAD';
  const dropped = [
    ...(target.origin === url.origin ? [] : ['authorization', 'cookie']),
    ...(isKept ? [] : ['content-type']),
  ];
  const rest = Object.fromEntries(Object.entries(headers).filter(([name]) => !dropped.includes(name.toLowerCase())));
  return { url: target, headers: rest, ...(isKept ? { method, body } : { method: 'GET', body: undefined }) };
}
