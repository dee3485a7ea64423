import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { createInProcessHttp } from './in-process.ts';
import { createParts, type EmulatorOptions, type Parts } from './parts.ts';
import { type Call, type Reply, readCall, refusal, send, sendHalf } from './wire.ts';

export { createAppKey } from './app-key.ts';
export type { EmulatorOptions } from './parts.ts';

const LOG_LENGTH = 10_000;
const WAIT_STEP_MS = 50;

export const TEST_TOKEN = 'ghp_testtoken000000000000000000000000000';

export type GithubEmulator = Awaited<ReturnType<typeof createGithubEmulator>>;

/**
 * A GitHub that remembers: runners are online by their listeners' sessions, busy by their jobs; jobs belong to runs. It
 * listens on all addresses, so that containers reach it through their network's gateway.
 */
export async function createGithubEmulator(options: EmulatorOptions = {}) {
  const parts = createParts(options, TEST_TOKEN);
  const { state, faults, rates, apps, hooks, tokens } = parts;
  const log: { readonly method: string; readonly path: string; readonly status: number }[] = [];
  const note = (method: string, path: string, status: number): void => {
    log.push({ method, path, status });
    if (log.length > LOG_LENGTH) log.shift();
  };
  const server = createServer((request, response) => {
    response.on('close', () => {
      note(request.method ?? '', request.url ?? '', response.headersSent ? response.statusCode : 0);
    });
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
  type View = { readonly runners: ReturnType<typeof runners>; readonly jobs: ReturnType<typeof state.work.jobs> };

  /** Looks at the runners and jobs until the predicate holds; fails with what it saw last. */
  async function waitFor(predicate: (view: View) => boolean, timeoutMs = 15_000): Promise<void> {
    for (const end = performance.now() + timeoutMs; ; await delay(WAIT_STEP_MS)) {
      const view = { runners: runners(), jobs: state.work.jobs() };
      if (predicate(view)) return;
      if (performance.now() >= end) throw new Error(`not so within ${timeoutMs} ms: ${JSON.stringify(view)}`);
    }
  }

  return {
    port,
    /** For processes of this machine; containers use their gateway's address and `port`. */
    url: `http://127.0.0.1:${port}`,
    /** Asks the emulator without a socket, under any origin. */
    http: createInProcessHttp({
      clock: parts.callersClock,
      harm: (call) => harmOf(parts, call),
      handle: (call) => handle(parts, call),
      note,
    }),
    runners,
    addRunner: state.add,
    setRunner: state.set,
    removeRunner: state.remove,
    addRunnerGroup: parts.addRunnerGroup,
    addRepository: parts.addRepository,
    /** It is 404 from now on. */
    removeRepository: parts.removeRepository,
    queueJob: state.queue,
    addRun: state.work.addRun,
    /** One more job of a run, as those that need others. */
    addJob: state.work.addJob,
    startJob: state.startJob,
    completeJob: state.completeJob,
    /** A waiting or pending job becomes queued. */
    releaseJob: state.releaseJob,
    cancelRun: state.cancelRun,
    rerun: state.work.rerun,
    jobs: state.work.jobs,
    runs: state.work.runs,
    fail: faults.add,
    clearFaults: faults.clear,
    setRateLimit: rates.set,
    setSecondaryLimit: parts.secondary.set,
    /** Requests so far that GitHub counted: of one credential, or of all. */
    charged: rates.charged,
    /** Requests that came although their sender had been told of a limit. */
    requestsWhileLimited: parts.announced.requests,
    setMinimumVersion: parts.setMinimumVersion,
    setVersion: parts.setVersion,
    setReleases: parts.setReleases,
    setClockSkew: parts.setClockSkew,
    addToken: tokens.set.bind(tokens),
    revokeToken: tokens.delete.bind(tokens),
    revokeKey: apps.revokeKey,
    suspend: apps.suspend,
    unsuspend: apps.unsuspend,
    uninstall: apps.uninstall,
    revokeInstallationTokens: apps.revokeInstallationTokens,
    subscribe: hooks.subscribe,
    redeliver: hooks.redeliver,
    deliveries: hooks.deliveries,
    delivered: hooks.delivered,
    requests: () => [...log],
    waitFor,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function harmOf({ faults, access, announced, dated }: Parts, call: Call) {
  const { key } = access.callerOf(call);
  announced.came(key, call.method, call.path);
  const harm = await faults.harm(call.method, call.path);
  if (!harm?.reply) return harm;
  announced.answered(key, harm.reply);
  return { ...harm, reply: dated(harm.reply) };
}

async function handle({ handlers, access, announced, dated }: Parts, call: Call): Promise<Reply> {
  const { key } = access.callerOf(call);
  for (const handler of handlers) {
    const reply = await handler(call);
    if (!reply) continue;
    announced.answered(key, reply);
    return dated(reply);
  }
  return dated(refusal(404, 'Not Found'));
}

async function answer(parts: Parts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const call = await readCall(request);
  const harm = await harmOf(parts, call);
  if (harm?.kind === 'hang') return;
  if (harm?.kind === 'reset')
    return harm.reply ? sendHalf(response, harm.reply) : void response.socket?.resetAndDestroy();
  send(response, harm?.reply ?? (await handle(parts, call)));
}
