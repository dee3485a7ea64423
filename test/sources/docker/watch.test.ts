import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/lib/clock.ts';
import { silentLog } from '../../../src/lib/log.ts';
import type { ContainerEvent } from '../../../src/model/container.ts';
import { createDockerSource } from '../../../src/sources/docker/create.ts';

/** A daemon whose event streams the test holds: what it writes, and when it ends them. */
async function startDaemon(port = 0) {
  const streams: { readonly url: URL; readonly response: ServerResponse }[] = [];
  const server = createServer((request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders();
    streams.push({ url: new URL(request.url ?? '', 'http://docker'), response });
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    streams,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

const firstAt = 1_800_000_000_000;

function eventLine(action: string, id: string, at = firstAt): string {
  const Actor = { ID: id, Attributes: { name: `name-${id}` } };
  return `${JSON.stringify({ Type: 'container', Action: action, Actor, time: at / 1000, timeNano: at * 1e6 })}\n`;
}

function startWatch(port: number, onEvent: (event: ContainerEvent) => void = () => undefined) {
  const source = createDockerSource({ host: `tcp://127.0.0.1:${port}`, clock: systemClock, log: silentLog });
  const events: string[] = [];
  const connections: boolean[] = [];
  const stop = new AbortController();
  const ended = source.watch(
    (event) => {
      events.push(`${event.action} ${event.id}`);
      onEvent(event);
    },
    (connected) => connections.push(connected),
    stop.signal,
  );
  return {
    events,
    connections,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await ended;
      source.close();
    },
  };
}

async function until(holds: () => boolean): Promise<void> {
  await expect.poll(holds, { timeout: 10_000, interval: 10 }).toBe(true);
}

describe('watching a daemon that comes and goes', () => {
  it('asks again from the last event on, and tells none twice', async () => {
    await using daemon = await startDaemon();
    await using watch = startWatch(daemon.port);
    await until(() => daemon.streams.length === 1);
    expect(daemon.streams[0]?.url.searchParams.get('since')).toBeNull();
    daemon.streams[0]?.response.write(eventLine('start', 'a') + eventLine('die', 'a', firstAt + 500));
    await until(() => watch.events.length === 2);
    daemon.streams[0]?.response.end();

    await until(() => daemon.streams.length === 2);
    // A second before the last event: what was told already is left out again.
    expect(daemon.streams[1]?.url.searchParams.get('since')).toBe('1799999999.500');
    const again = eventLine('start', 'a') + eventLine('die', 'a', firstAt + 500);
    daemon.streams[1]?.response.write(again + eventLine('start', 'b', firstAt + 600));
    await until(() => watch.events.length === 3);
    expect(watch.events).toEqual(['start a', 'die a', 'start b']);
    expect(watch.connections).toEqual([true, false, true]);
  });

  it('makes up from its first connection where no event came before the break', async () => {
    await using daemon = await startDaemon();
    const before = Date.now();
    await using _watch = startWatch(daemon.port);
    await until(() => daemon.streams.length === 1);
    daemon.streams[0]?.response.destroy();
    await until(() => daemon.streams.length === 2);
    const since = Number(daemon.streams[1]?.url.searchParams.get('since')) * 1000;
    expect(since).toBeGreaterThanOrEqual(before - 1001);
    expect(since).toBeLessThanOrEqual(before + 1000);
  });

  it('tells an outage once, however often it tries, and finds the daemon again', async () => {
    const daemon = await startDaemon();
    await using watch = startWatch(daemon.port);
    await until(() => watch.connections.length === 1);
    await daemon[Symbol.asyncDispose]();
    await until(() => watch.connections.length === 2);
    await delay(300);
    await using back = await startDaemon(daemon.port);
    await until(() => back.streams.length === 1);
    back.streams[0]?.response.write(eventLine('start', 'c'));
    await until(() => watch.events.length === 1);
    expect(watch.connections).toEqual([true, false, true]);
  });

  it('asks for containers only, and of commands in them for their ends alone, which show no command line', async () => {
    await using daemon = await startDaemon();
    await using _watch = startWatch(daemon.port);
    await until(() => daemon.streams.length === 1);
    const filters = JSON.parse(daemon.streams[0]?.url.searchParams.get('filters') ?? '');
    expect(filters.type).toEqual(['container']);
    expect(filters.event).toContain('health_status');
    expect(filters.event.filter((name: string) => name.startsWith('exec'))).toEqual(['exec_die']);
  });

  it('goes on past a line that is none, and past a handler that throws', async () => {
    await using daemon = await startDaemon();
    await using watch = startWatch(daemon.port, ({ id }) => {
      if (id === 'bad') throw new Error('handler');
    });
    await until(() => daemon.streams.length === 1);
    daemon.streams[0]?.response.write(`<html>\n${eventLine('start', 'bad')}${eventLine('start', 'good')}`);
    await until(() => watch.events.length === 2);
    expect(watch.events).toEqual(['start bad', 'start good']);
    expect(watch.connections).toEqual([true]);
  });

  it('gives a refusal as the reason', async () => {
    const server = createServer((_request, response) => response.writeHead(403).end('no'));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const source = createDockerSource({ host: `http://127.0.0.1:${port}`, clock: systemClock, log: silentLog });
    const stop = new AbortController();
    const { promise, resolve } = Promise.withResolvers<[boolean, string | undefined]>();
    const ended = source.watch(
      () => undefined,
      (connected, reason) => resolve([connected, reason]),
      stop.signal,
    );
    expect(await promise).toEqual([false, expect.stringContaining('does the socket proxy allow this call?')]);
    stop.abort();
    await ended;
    server.closeAllConnections();
    server.close();
  });
});
