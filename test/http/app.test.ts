import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createApp } from '../../src/http/app.ts';
import type { HttpPorts, Overview } from '../../src/http/ports.ts';
import { silentLog } from '../../src/lib/log.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { hour, noon, queuedJob, runningJob } from '../support/github-jobs.ts';

const empty: Overview = { version: '1.2.3', evaluates: true, runners: [], alerts: [], collectors: [] };

function fakePorts(): HttpPorts {
  return {
    metrics: async (accept) => ({
      contentType: 'text/plain; version=0.0.4',
      body: `# accept ${accept}\nup 1\n`.repeat(200),
    }),
    probe: async (request) => ({ status: 200, contentType: 'text/plain', body: JSON.stringify(request) }),
    ready: () => true,
    reload: async () => ({ ok: true }),
    overview: () => empty,
    rules: () => [],
    deployments: () => [],
    queue: () => [],
    recoveryToken: async () => 'the-token',
    recover: async () => [{ runner: 'r', action: 'restart', outcome: 'started', reason: 'asked' }],
    healing: {
      why: () => undefined,
      isKnown: () => true,
      pause: () => ({ until: undefined }),
      release: () => ({ pause: true, quarantine: false, ladder: false }),
      cordon: async () => ({ labels: [] }),
      uncordon: async () => ({}),
      drain: () => ({}),
      drainOf: () => undefined,
    },
    webhooks: {
      clock: new FakeClock(),
      secrets: async () => [],
      take: () => ({ outcome: 'ignored' }),
      told: () => undefined,
    },
    runner: {
      token: async () => ({ outcome: 'disabled', reason: 'off' }),
      report: async () => 'accepted',
      deny: () => undefined,
    },
    alertmanager: {
      clock: new FakeClock(),
      version: '1.2.3',
      startedAt: 0,
      view: () => undefined,
      token: async () => undefined,
      externalURL: () => 'http://rw/',
    },
    relays: {
      names: () => ['phone'],
      token: async () => undefined,
      send: async () => ({ ok: true }),
      externalURL: () => 'http://rw/',
    },
  };
}

let ports = fakePorts();
let server: Server;
let url: string;

beforeAll(async () => {
  const current = new Proxy({} as HttpPorts, {
    get:
      (_, key) =>
      (...args: never[]) =>
        Reflect.get(ports, key)(...args),
  });
  server = createServer(createApp(current, silentLog)).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());
beforeEach(() => {
  ports = fakePorts();
});

const token = { authorization: 'Bearer the-token', 'content-type': 'application/json' };

describe('metrics', () => {
  it('passes the Accept header on and the content type back as it is', async () => {
    const response = await fetch(`${url}/metrics`, { headers: { accept: 'application/openmetrics-text' } });
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4');
    expect(await response.text()).toContain('accept application/openmetrics-text');
  });

  it('is compressed for who asks for it', async () => {
    const raw = await fetch(`${url}/metrics`, { headers: { 'accept-encoding': 'gzip' } });
    expect(raw.headers.get('content-encoding')).toBe('gzip');
    // fetch has unpacked it already: what arrived is the same text.
    expect(await raw.text()).toContain('up 1');
  });
});

describe('lifecycle', () => {
  it('says healthy, and ready only when it is', async () => {
    expect((await fetch(`${url}/-/healthy`)).status).toBe(200);
    expect((await fetch(`${url}/-/ready`)).status).toBe(200);
    ports = { ...ports, ready: () => false };
    expect((await fetch(`${url}/-/ready`)).status).toBe(503);
    expect((await fetch(`${url}/-/healthy`)).status).toBe(200);
  });

  it('reloads by POST only, and says what was wrong', async () => {
    expect((await fetch(`${url}/-/reload`)).status).toBe(405);
    expect((await fetch(`${url}/-/reload`, { method: 'POST' })).status).toBe(200);
    ports = { ...ports, reload: async () => ({ ok: false, problems: 'runnerwatch.yml:3: listen: wrong' }) };
    const refused = await fetch(`${url}/-/reload`, { method: 'POST' });
    expect(refused.status).toBe(500);
    expect(await refused.text()).toContain('runnerwatch.yml:3: listen: wrong');
  });
});

describe('recover', () => {
  const post = (headers: Record<string, string>, body = '{"version":"4","alerts":[]}') =>
    fetch(`${url}/api/v1/recover`, { method: 'POST', headers, body });

  it('answers with the decisions', async () => {
    const response = await post(token);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({
      status: 'success',
      data: { decisions: [{ runner: 'r', action: 'restart', outcome: 'started', reason: 'asked' }] },
    });
  });

  it.each([
    ['no token', {}],
    ['a wrong token', { authorization: 'Bearer wrong' }],
    ['another scheme', { authorization: 'Basic the-token' }],
  ])('refuses %s', async (_, headers) => {
    ports = { ...ports, recover: () => Promise.reject(new Error('must not be asked')) };
    expect((await post({ ...token, authorization: '', ...headers })).status).toBe(401);
  });

  it('refuses everybody where no token is configured', async () => {
    ports = { ...ports, recoveryToken: async () => undefined };
    const response = await post(token);
    expect(response.status).toBe(403);
    expect(await response.text()).toContain('recovery.token_file');
  });

  it('refuses what is no payload, no JSON, or too large', async () => {
    ports = { ...ports, recover: async () => undefined };
    expect((await post(token)).status).toBe(400);
    expect((await post(token, '{')).status).toBe(400);
    expect((await post(token, JSON.stringify('x'.repeat(3_000_000)))).status).toBe(413);
  });

  it('says nothing of its inside when it fails', async () => {
    ports = { ...ports, recover: () => Promise.reject(new Error('the-token leaked')) };
    const response = await post(token);
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain('the-token');
  });
});

describe('the runners', () => {
  const at = Date.parse('2026-01-01T12:00:00Z');
  const state = {
    evidence: { runner: 'a', container: 'c', github: 'unknown', githubBefore: 'online', githubAt: at } as never,
    verdict: 'unknown',
    because: 'its container runs, but GitHub does not say how it is; 12 minutes ago it was online',
    githubSays: 'unknown, online 12 min ago',
    facts: [
      { name: 'github', value: 'unknown', source: 'github', at, isOld: false },
      { name: 'offlineSince', value: at, source: 'github', at: undefined, isOld: false },
    ],
    since: at,
  } as const;

  it('are told as JSON, with times as RFC 3339', async () => {
    ports = { ...ports, overview: () => ({ ...empty, runners: [state] }) };
    const answer = await (await fetch(`${url}/api/v1/runners`)).json();
    const { because, verdict, githubSays } = state;
    const noon = '2026-01-01T12:00:00.000Z';
    expect(answer).toEqual({
      status: 'success',
      data: {
        runners: [
          {
            ...{ runner: 'a', container: 'c', github: 'unknown', githubBefore: 'online' },
            ...{ githubAt: noon, since: noon, verdict, because, githubSays },
            evidence: [
              { name: 'github', value: 'unknown', source: 'github', isOld: false, at: noon },
              { name: 'offlineSince', value: noon, source: 'github', isOld: false },
            ],
          },
        ],
      },
    });
  });

  it('say on the page how old it is what GitHub said', async () => {
    ports = { ...ports, overview: () => ({ ...empty, runners: [state] }) };
    expect(await (await fetch(url)).text()).toContain('<td>c</td><td>unknown, online 12 min ago</td>');
    expect(await (await fetch(url)).text()).toContain(
      '<td class="neutral">unknown</td>\n<td><time>2026-01-01T12:00:00.000Z</time></td>',
    );
  });
});

describe('deployments', () => {
  const what = { deployment: 'homeassistant', repository: 'octo/homelab', workflow: 'deploy-homeassistant.yml' };
  const ask = async () => (await fetch(`${url}/api/v1/deployments`)).json();

  it('have times as RFC 3339 and spans in seconds', async () => {
    const at = Date.parse('2026-11-23T10:00:00Z');
    const figures = { counts: { success: 3, failure: 1, cancelled: 0 }, successRatio: 0.75 };
    const shown = { ...what, ...figures, lastOutcome: 'failure', lastAt: at, failingSince: at - 1000 };
    ports = { ...ports, deployments: () => [{ ...shown, windowMs: 86_400_000, meanRecoveryMs: 1500 }] };
    const times = { lastAt: '2026-11-23T10:00:00.000Z', failingSince: '2026-11-23T09:59:59.000Z' };
    expect(await ask()).toEqual({
      status: 'success',
      data: { deployments: [{ ...shown, ...times, windowSeconds: 86_400, meanRecoverySeconds: 1.5 }] },
    });
  });

  it('leave out what is not known', async () => {
    const unknown = { lastOutcome: undefined, lastAt: undefined, failingSince: undefined };
    ports = { ...ports, deployments: () => [{ ...what, ...unknown, windowMs: 1000 }] };
    expect(await ask()).toEqual({ status: 'success', data: { deployments: [{ ...what, windowSeconds: 1 }] } });
  });
});

describe('the queue', () => {
  it('is told as JSON, with what is missing', async () => {
    const job = runningJob({ workflow: undefined });
    const shown = { job: queuedJob(), queuedAt: noon, missing: 'gpu', deadline: noon + 24 * hour };
    ports = {
      ...ports,
      queue: () => [shown, { job, queuedAt: undefined, missing: undefined, deadline: undefined }],
    };
    const response = await fetch(`${url}/api/v1/queue`);
    const common = { id: 1, runId: 10, repository: 'octo/homelab', job: 'build', labels: ['self-hosted', 'Linux'] };
    const createdAt = '2026-01-01T00:00:00.000Z';
    expect(await response.json()).toEqual({
      status: 'success',
      data: {
        jobs: [
          {
            ...{ ...common, workflow: 'CI', status: 'queued', createdAt, queuedAt: createdAt },
            ...{ starved: true, missing: 'gpu', deadline: '2026-01-02T00:00:00.000Z' },
          },
          {
            ...{ ...common, status: 'in_progress', runner: 'ci-1', createdAt, starved: false },
            startedAt: '2026-01-01T00:00:30.000Z',
          },
        ],
      },
    });
  });
});

describe('page', () => {
  it('shows the present state, and escapes what came from outside', async () => {
    const evidence = { runner: '<script>alert(1)</script>', container: `a"'&b`, github: 'online' } as never;
    ports = {
      ...ports,
      overview: () => ({
        ...empty,
        runners: [{ evidence, verdict: 'healthy', because: 'it runs', githubSays: 'online', facts: [], since: 0 }],
      }),
    };
    const page = await (await fetch(url)).text();
    expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(page).toContain('a&quot;&#39;&amp;b');
    expect(page).not.toContain('<script');
    expect(page).toContain('runnerwatch 1.2.3');
  });

  it('shows the jobs that wait, what they lack, and how deployments go', async () => {
    const times = { createdAt: 0, startedAt: undefined, completedAt: undefined };
    const named = { id: 1, runId: 2, repository: 'o/r', name: '<b>train', workflow: 'CI', labels: ['gpu'] };
    const job = { ...named, ...times, status: 'queued', conclusion: undefined, runner: undefined } as const;
    const deployment = { deployment: 'home', repository: 'o/r', workflow: 'deploy.yml', windowMs: 1000 };
    const failing = { lastOutcome: 'failure', lastAt: 60_000, failingSince: 60_000 };
    ports = {
      ...ports,
      queue: () => [{ job, queuedAt: 0, missing: 'gpu', deadline: undefined }],
      deployments: () => [{ ...deployment, ...failing, counts: { success: 3, failure: 1, cancelled: 0 } }],
    };
    const page = await (await fetch(url)).text();
    expect(page).toContain('<th scope="row">&lt;b&gt;train (o/r)</th><td class="bad">no runner takes it: gpu</td>');
    expect(page).toContain('<th scope="row">home</th><td class="bad">failure</td>');
    expect(page).toContain('<td><time>1970-01-01T00:01:00.000Z</time></td><td>3 of 4</td>');
  });

  it.each([
    ['critical', 'firing', 'bad'],
    ['critical', 'pending', 'neutral'],
    ['none', 'firing', 'neutral'],
  ] as const)('shows an alert of severity %s that is %s as %s', async (severity, state, mood) => {
    const alert = { state, labels: { alertname: 'A', severity }, annotations: {}, activeAt: 0, value: 1 };
    ports = { ...ports, overview: () => ({ ...empty, alerts: [alert] }) };
    expect(await (await fetch(url)).text()).toContain(`<td class="${mood}">${state}</td>`);
  });

  it('sends a content security policy, and does not name its framework', async () => {
    const { headers } = await fetch(url);
    expect(headers.get('content-security-policy')).toContain("default-src 'self'");
    expect(headers.get('x-powered-by')).toBeNull();
  });

  it('answers 404 elsewhere', async () => {
    expect((await fetch(`${url}/nothing`)).status).toBe(404);
  });
});
