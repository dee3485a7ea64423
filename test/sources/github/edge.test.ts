import { utimesSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { silentLog } from '../../../src/lib/log.ts';
import { createGithubEdge } from '../../../src/sources/github/edge.ts';
import { createTcp } from '../../../src/sources/probes/tcp.ts';
import { createResolver } from '../../../src/sources/resolver.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { selfSigned } from '../../support/probe/certificates.ts';
import { startHttps } from '../../support/probe/servers.ts';
import { temporaryFolder } from '../../support/processes.ts';
import { needs } from '../../support/services.ts';

const { signal } = new AbortController();

function edgeOf(apiUrl: string, keyFile?: string) {
  const clock = new FakeClock();
  const readFile = async () => '';
  const tcp = createTcp({ clock, resolver: createResolver(clock), readFile });
  let looks = 0;
  const counted = {
    probe: (...given: Parameters<typeof tcp.probe>) => {
      looks += 1;
      return tcp.probe(...given);
    },
  };
  const edge = createGithubEdge({ apiUrl, keyFile, tcp: counted, clock, log: silentLog });
  return { edge, clock, looks: () => looks };
}

describe.skipIf(needs('openssl'))('the certificate of the API', () => {
  it.each([
    ['that nobody here trusts', 40 * 86_400],
    ['that has ended', -3600],
  ])('%s is seen, once an hour', async (_, endsIn) => {
    using folder = temporaryFolder();
    const certificate = selfSigned(folder.path, 'one', { endsIn });
    const requests: unknown[] = [];
    await using server = await startHttps(certificate, (request) => requests.push(request));
    const { edge, clock, looks } = edgeOf(`https://localhost:${server.port}/api/v3`);
    const end = await edge.certificateEnd(signal);
    expect(Math.abs((end ?? 0) - Date.now() - endsIn * 1000)).toBeLessThan(20_000);
    await clock.advance(3_599_999);
    expect([await edge.certificateEnd(signal), looks()]).toEqual([end, 1]);
    await clock.advance(1);
    expect([await edge.certificateEnd(signal), looks()]).toEqual([end, 2]);
    expect(requests).toEqual([]);
  });

  it('stays as it was seen while nothing answers', async () => {
    using folder = temporaryFolder();
    const server = await startHttps(selfSigned(folder.path, 'one', { endsIn: 86_400 }), () => undefined);
    const { edge, clock, looks } = edgeOf(`https://localhost:${server.port}`);
    const end = await edge.certificateEnd(signal);
    expect(end).toBeTypeOf('number');
    await server[Symbol.asyncDispose]();
    await clock.advance(3_600_000);
    expect([await edge.certificateEnd(signal), looks()]).toEqual([end, 2]);
    // Soon again, but not at each poll.
    await clock.advance(299_999);
    expect([await edge.certificateEnd(signal), looks()]).toEqual([end, 2]);
    await clock.advance(1);
    expect([await edge.certificateEnd(signal), looks()]).toEqual([end, 3]);
  });
});

it('there is no certificate without TLS', async () => {
  const { edge, looks } = edgeOf('http://127.0.0.1:1');
  expect([await edge.certificateEnd(signal), looks()]).toEqual([undefined, 0]);
});

it("the key's age is that of its file", async () => {
  using folder = temporaryFolder({ 'key.pem': 'a key' });
  const file = join(folder.path, 'key.pem');
  utimesSync(file, 1_700_000_000, 1_700_000_000);
  expect(await edgeOf('http://x', file).edge.keyModified()).toBe(1_700_000_000_000);
  expect(await edgeOf('http://x', join(folder.path, 'gone')).edge.keyModified()).toBeUndefined();
  expect(await edgeOf('http://x').edge.keyModified()).toBeUndefined();
});
