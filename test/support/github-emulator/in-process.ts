import type { Clock } from '../../../src/lib/clock.ts';
import { withDeadline } from '../../../src/lib/deadline.ts';
import { type HttpAnswer, type HttpClient, type HttpRequest, TooLargeError } from '../../../src/lib/http.ts';
import type { Harm } from './faults.ts';
import { bodyOf, type Call, callOf, headersOf, type Reply } from './wire.ts';

interface InProcessPorts {
  readonly clock: Clock;
  readonly harm: (call: Call) => Promise<Harm | undefined>;
  readonly handle: (call: Call) => Promise<Reply>;
  readonly note: (method: string, path: string, status: number) => void;
}

/** An HTTP client that ends in the emulator itself, without sockets: a simulated day takes seconds. */
export function createInProcessHttp(ports: InProcessPorts): HttpClient {
  return async (url, request) => {
    const { origin, pathname, search } = new URL(url);
    const { method = 'GET', timeoutMs: ms, signal } = request;
    const call = callOf(origin, { method, url, headers: lowerCased(request), text: request.body ?? '' });
    let status = 0;
    try {
      const answer = await withDeadline(ports.clock, { ms, what: origin, signal }, (cut) =>
        ask(ports, call, request, cut),
      );
      status = answer.status;
      return answer;
    } finally {
      ports.note(method, pathname + search, status);
    }
  };
}

function lowerCased({ headers = {} }: HttpRequest): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

async function ask(ports: InProcessPorts, call: Call, request: HttpRequest, cut: AbortSignal): Promise<HttpAnswer> {
  const harm = await ports.harm(call);
  if (harm?.kind === 'hang') await new Promise((_, reject) => cut.addEventListener('abort', () => reject(cut.reason)));
  if (harm?.kind === 'reset')
    throw new Error(`${call.origin} could not be reached`, { cause: new Error('ECONNRESET') });
  const reply = harm?.reply ?? (await ports.handle(call));
  const body = bodyOf(reply);
  if (body.length > request.maxBytes)
    throw new TooLargeError(`${call.origin} answered with more than ${request.maxBytes} bytes`);
  const headers = new Headers(headersOf(reply, body));
  return { status: reply.status, headers, text: typeof body === 'string' ? body : new TextDecoder().decode(body) };
}
