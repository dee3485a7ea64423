import { describe, expect, it } from 'vitest';
import type { ProcessPort } from '../../src/commands/process.ts';
import { type CreateServer, start } from '../../src/commands/start.ts';
import { ProblemsError } from '../../src/lib/problem.ts';
import { recordedIo } from './support.ts';

type Handler = (signal: NodeJS.Signals) => void;

function fakeProcess() {
  const handlers = new Map<NodeJS.Signals, Handler>();
  const faults: ((error: unknown) => void)[] = [];
  const exits: number[] = [];
  const port: ProcessPort = {
    terminal: false,
    onSignal: (signals, handle) => {
      for (const signal of signals) handlers.set(signal, handle);
    },
    onFault: (handle) => faults.push(handle),
    exit: (code) => exits.push(code),
  };
  return { port, exits, faults, signal: (name: NodeJS.Signals) => handlers.get(name)?.(name) };
}

/** A server that says when it is up, and keeps what happens to it. */
function fakeServer(ended: Promise<void> = new Promise(() => undefined)) {
  const events: string[] = [];
  const up = Promise.withResolvers<void>();
  const createServer: CreateServer = async ({ load }) => {
    const { config } = await load();
    events.push(`up ${config.scrape.job}`);
    up.resolve();
    return {
      url: 'http://127.0.0.1:1',
      ended,
      reload: async () => {
        const failure = await load().then(
          (loaded) => void events.push(`reloaded ${loaded.config.scrape.job}`),
          (error: Error) => error.message,
        );
        return failure === undefined ? { ok: true } : { ok: false, problems: failure };
      },
      [Symbol.asyncDispose]: async () => void events.push('down'),
    };
  };
  return { createServer, events, up: up.promise };
}

function setUp(yaml = 'scrape: {job: first}', ended?: Promise<void>) {
  const files: Record<string, string> = { '/work/runnerwatch.yml': yaml };
  const io = recordedIo({ files, env: { RUNNERWATCH_LISTN: 'x' } });
  const process = fakeProcess();
  const server = fakeServer(ended);
  const lines: string[] = [];
  const logTo = { write: (line: string) => void lines.push(line) };
  const run = (createServer: CreateServer = server.createServer) =>
    start(io, { file: undefined, process: process.port, createServer, logTo });
  return { io, files, process, server, lines, run };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('start', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    'runs until %s, then takes the server down and ends with 0',
    async (signal) => {
      const { process, server, lines, run } = setUp();
      const running = run();
      await server.up;
      process.signal(signal);
      expect(await running).toBe(0);
      expect(server.events).toEqual(['up first', 'down']);
      const messages = lines.map((line) => (JSON.parse(line) as { msg: string }).msg);
      expect(messages).toEqual([
        'configuration loaded',
        'configuration warning',
        'configuration note',
        'configuration note',
        'listening',
        'stopping',
      ]);
    },
  );

  it('ends at once on the second signal', async () => {
    const { process, server, run } = setUp();
    const running = run();
    await server.up;
    process.signal('SIGTERM');
    process.signal('SIGINT');
    process.signal('SIGTERM');
    expect(process.exits).toEqual([130, 143]);
    await running;
  });

  it('loads anew on SIGHUP, and keeps what runs where that is bad', async () => {
    const { files, process, server, lines, run } = setUp();
    const running = run();
    await server.up;
    await settled();
    files['/work/runnerwatch.yml'] = 'scrape: {job: second}\nlog: {level: warn}';
    process.signal('SIGHUP');
    await settled();
    files['/work/runnerwatch.yml'] = 'scrape: {job: 3}';
    process.signal('SIGHUP');
    await settled();
    process.signal('SIGTERM');
    expect(await running).toBe(0);
    expect(server.events).toEqual(['up first', 'reloaded second', 'down']);
    expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({
      level: 'error',
      msg: 'reload refused, the earlier configuration stays',
      problems: 'runnerwatch.yml:1: scrape.job: found 3, expected a text. Correct the value',
    });
  });

  it('says what is wrong with the configuration and ends with 1', async () => {
    const { io, run, server } = setUp('scrape: {job: 3}');
    expect(await run()).toBe(1);
    expect(io.failed).toEqual(['runnerwatch.yml:1: scrape.job: found 3, expected a text. Correct the value']);
    expect(server.events).toEqual([]);
  });

  it.each([
    [
      'a file that the configuration names',
      new ProblemsError([{ file: 'a.yml', key: '', message: 'found x', mend: 'Mend it' }]),
      'a.yml: found x. Mend it',
    ],
    ['a port in use', Object.assign(new Error('listen failed'), { code: 'EADDRINUSE' }), 'listen failed (EADDRINUSE)'],
  ])('says what is wrong with %s and ends with 1', async (_, error, message) => {
    const { io, run } = setUp();
    expect(await run(() => Promise.reject(error))).toBe(1);
    expect(io.failed).toEqual([message]);
  });

  it('ends with 1 where the server ends by an error', async () => {
    const { io, server, run } = setUp('', Promise.reject(new Error('gone')));
    expect(await run()).toBe(1);
    expect(io.failed).toEqual(['gone']);
    expect(server.events).toEqual(['up runnerwatch', 'down']);
  });

  it('logs an error that nobody handles and exits with 1', async () => {
    const { process, server, lines, run } = setUp();
    const running = run();
    await server.up;
    process.faults[0]?.(new Error('planted'));
    expect(process.exits).toEqual([1]);
    expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ msg: 'unhandled error', reason: 'planted' });
    process.signal('SIGTERM');
    await running;
  });
});
