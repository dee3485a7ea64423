import { expect, it } from 'vitest';
import type { HttpClient } from '../../../src/lib/http.ts';
import { createLog } from '../../../src/lib/log.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { createAppKey, createGithubEmulator } from '../../support/github-emulator/index.ts';
import { whilePassing } from '../../support/while-passing.ts';
import { repository, signal, sourceFor } from './source-for.ts';

const key = createAppKey();
const app = { id: '7', privateKey: async () => key.pkcs1 };
const apps = [
  {
    id: 7,
    publicKey: key.publicKey,
    installations: [{ id: 11, account: 'o', permissions: { administration: 'read' } }],
  },
] as const;

/** What a proxy in between may make of a request: each time with all that it was sent. */
const echoes = [401, 403, 404, 422, 429, 500, 200, 201];

it.each(echoes)('no secret of an App is in what is said, told or logged when %i echoes it', async (status) => {
  const clock = new FakeClock();
  await using github = await createGithubEmulator({ clock, apps });
  const secrets = new Set([key.pkcs1.slice(100, 160)]);
  let echoed: RegExp | undefined;
  const http: HttpClient = async (url, request) => {
    const sent = request.headers?.authorization?.replace('Bearer ', '') ?? '';
    secrets.add(sent);
    const answer = await github.http(url, request);
    const made = /"token":"([^"]+)"/.exec(answer.text)?.[1];
    if (made) secrets.add(made);
    const text = JSON.stringify({ message: `sent ${sent}`, token: sent, expires_at: sent, runners: [{ id: sent }] });
    return echoed?.test(url) ? { ...answer, status, text } : answer;
  };
  let logged = '';
  const log = createLog({ level: 'trace', format: 'json', terminal: false }, { write: (line) => (logged += line) });
  const said: string[] = [];
  for (const which of [/installation$/, /access_tokens/, /actions\/runners/, /\/app$|rate_limit/]) {
    echoed = which;
    const { source, told } = sourceFor({ http }, clock, { token: undefined, app, scopes: [repository], log });
    const works: readonly (() => Promise<unknown>)[] = [
      () => source.listRunners(repository, signal),
      () => source.checkCredentials(signal),
    ];
    for (const work of works) {
      const outcome = await whilePassing(clock, work()).catch((error: unknown) => error);
      said.push(outcome instanceof Error ? `${outcome.stack}${JSON.stringify(outcome)}${outcome.cause}` : '');
    }
    const shown = [source.credentials(), source.rateLimits(), source.missingPermissions(), [...source.requests()]];
    said.push(JSON.stringify([told, ...shown]));
  }
  expect(secrets.size).toBeGreaterThan(2);
  for (const secret of secrets) {
    expect(said.join('\n')).not.toContain(secret);
    expect(logged).not.toContain(secret);
  }
});
