import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { createAccess, type TokenFacts } from './access.ts';
import { createFaults } from './faults.ts';
import { createRateLimit } from './rate.ts';
import { createRest } from './rest.ts';
import { createService } from './service.ts';
import { createState, type Now } from './state.ts';
import { readCall, refusal, send } from './wire.ts';

const LOG_LENGTH = 10_000;
const WAIT_STEP_MS = 50;

export const TEST_TOKEN = 'ghp_testtoken000000000000000000000000000';

export interface EmulatorOptions {
  readonly port?: number;
  readonly host?: string;
  /** Rate limit, token ends and session ends follow it; long polls take real time. */
  readonly clock?: Now;
  readonly tokens?: Readonly<Record<string, TokenFacts>>;
  readonly offlineAfterMs?: number;
  readonly jobLostAfterMs?: number;
  /** The runner version that GitHub offers for download. */
  readonly version?: string;
}

export type GithubEmulator = Awaited<ReturnType<typeof createGithubEmulator>>;

/**
 * A GitHub that remembers: runners are online by their listeners' sessions, busy by their jobs. It listens on all
 * addresses, so that containers reach it through their network's gateway.
 */
export async function createGithubEmulator(options: EmulatorOptions = {}) {
  const parts = createParts(options);
  const { state, faults, rate, log } = parts;
  const server = createServer((request, response) => {
    // A caller that hangs up in the middle of its request gets no answer.
    answer(parts, request, response).catch(() => response.destroy());
  });
  server.listen(options.port ?? 0, options.host ?? '0.0.0.0');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  function runners() {
    return state.list().map((runner) => ({
      ...runner,
      status: state.isOnline(runner) ? ('online' as const) : ('offline' as const),
      busy: state.isBusy(runner),
    }));
  }
  type View = { readonly runners: ReturnType<typeof runners>; readonly jobs: ReturnType<typeof state.jobs> };

  /** Looks at the runners and jobs until the predicate holds; fails with what it saw last. */
  async function waitFor(predicate: (view: View) => boolean, timeoutMs = 15_000): Promise<void> {
    for (const end = performance.now() + timeoutMs; ; await delay(WAIT_STEP_MS)) {
      const view = { runners: runners(), jobs: state.jobs() };
      if (predicate(view)) return;
      if (performance.now() >= end) throw new Error(`not so within ${timeoutMs} ms: ${JSON.stringify(view)}`);
    }
  }

  return {
    port,
    /** For processes of this machine; containers use their gateway's address and `port`. */
    url: `http://127.0.0.1:${port}`,
    runners,
    addRunner: state.add,
    removeRunner: state.remove,
    queueJob: state.queue,
    jobs: state.jobs,
    fail: faults.add,
    clearFaults: faults.clear,
    setRateLimit: rate.set,
    setMinimumVersion: parts.setMinimumVersion,
    requests: () => [...log],
    waitFor,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

type Parts = ReturnType<typeof createParts>;

function createParts(options: EmulatorOptions) {
  const clock = options.clock ?? { now: () => Date.now() };
  const { offlineAfterMs = 3000, jobLostAfterMs = 600_000, version = '2.336.0' } = options;
  const state = createState({ clock, offlineAfterMs, jobLostAfterMs });
  const rate = createRateLimit(clock);
  const access = createAccess(clock, new Map(Object.entries(options.tokens ?? { [TEST_TOKEN]: {} })));
  const oneHourTokens = new Map<string, number>();
  let minimum = '0';
  const handlers = [
    createRest({ state, access, rate, clock, oneHourTokens, version }),
    createService({ state, clock, oneHourTokens, minimumVersion: () => minimum }),
  ];
  const log: { readonly method: string; readonly path: string; readonly status: number }[] = [];
  const setMinimumVersion = (next: string): void => {
    minimum = next;
  };
  return { clock, state, rate, handlers, faults: createFaults(), log, setMinimumVersion };
}

async function answer(parts: Parts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { clock, faults, handlers, log } = parts;
  response.on('close', () => {
    log.push({
      method: request.method ?? '',
      path: request.url ?? '',
      status: response.headersSent ? response.statusCode : 0,
    });
    if (log.length > LOG_LENGTH) log.shift();
  });
  response.setHeader('date', new Date(clock.now()).toUTCString());
  response.setHeader('x-github-request-id', `EMUL:${log.length}`);
  const call = await readCall(request);
  if (await faults.apply(call.method, call.path, response)) return;
  for (const handler of handlers) {
    const reply = await handler(call);
    if (reply) return send(response, reply);
  }
  send(response, refusal(404, 'Not Found'));
}
