import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from './run-cli.ts';

const old = {
  ...{ runner: 'ci-2', verdict: 'unknown', because: 'nobody knows', github: 'unknown', githubBefore: 'online' },
  ...{ githubAt: '2026-01-01T12:00:00.000Z', githubSays: 'unknown, online 12 min ago' },
  since: '2026-01-01T12:10:00.000Z',
  evidence: [{ name: 'github', value: 'online', source: 'github', at: '2026-01-01T12:00:00.000Z', isOld: true }],
};

const starvedJob = {
  ...{ id: 1, runId: 10, repository: 'octo/homelab', workflow: 'CI', job: 'build', labels: ['self-hosted', 'gpu'] },
  ...{ status: 'queued', createdAt: '2026-01-01T00:00:00.000Z', queuedAt: '2026-01-01T00:00:00.000Z' },
  ...{ starved: true, missing: 'gpu', deadline: '2026-01-02T00:00:00.000Z' },
};

/** /ok is a healthy instance, /ill one that is not, /hung one that never answers. */
const answers: Readonly<Record<string, { readonly status: number; readonly body: string }>> = {
  '/ok/-/healthy': { status: 200, body: 'ok' },
  '/ill/-/healthy': { status: 503, body: 'no' },
  '/ok/api/v1/runners': {
    status: 200,
    body: JSON.stringify({ data: { runners: [{ runner: 'ci-1', verdict: 'healthy', because: 'all is well' }, old] } }),
  },
  '/ok/api/v1/queue': { status: 200, body: JSON.stringify({ data: { jobs: [starvedJob] } }) },
  '/idle/api/v1/queue': { status: 200, body: JSON.stringify({ data: { jobs: [] } }) },
};

let server: Server;
let url: string;

beforeAll(async () => {
  server = createServer(({ url: path = '' }, response) => {
    if (path.startsWith('/hung')) return;
    const { status, body } = answers[path] ?? { status: 404, body: '' };
    response.writeHead(status).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

describe.concurrent('a command that asks the running instance', () => {
  it.each([
    ['ok', 0, 'healthy\n', ''],
    ['ill', 1, '', 'unhealthy: /-/healthy answered with status 503\n'],
    ['hung', 1, '', 'did not answer within 3 s\n'],
  ])('healthcheck of one that is %s ends with %i', async (path, code, out, err) => {
    const ended = await runCli(['healthcheck', '--url', `${url}/${path}`]);
    expect({ code: ended.code, out: ended.out }).toEqual({ code, out });
    expect(ended.err.endsWith(err)).toBe(true);
  });

  it('runners prints its table', async () => {
    const { code, out } = await runCli(['runners', '--url', `${url}/ok`]);
    expect(code).toBe(0);
    expect(out).toMatch(/^ci-1 +healthy +- +- +- +- +all is well$/m);
    expect(out).toMatch(/^ci-2 +unknown +2026-01-01T12:10:00.000Z +- +- +unknown, online 12 min ago +nobody knows$/m);
  });

  it('runners prints as JSON what GitHub said, and when, and what the verdict rests on', async () => {
    const { out } = await runCli(['runners', '--json', '--url', `${url}/ok`]);
    expect(JSON.parse(out)).toContainEqual({ ...old, container: '', containerState: '', containerHealth: '' });
  });

  it('queue prints its table, and says where no job waits', async () => {
    const { code, out } = await runCli(['queue', '--url', `${url}/ok`]);
    expect({ code, out }).toEqual({
      code: 0,
      out: `REPOSITORY    WORKFLOW  JOB    LABELS           STATUS  SINCE                     RUNNER  MISSING  DEADLINE
octo/homelab  CI        build  self-hosted,gpu  queued  2026-01-01T00:00:00.000Z  -       gpu      2026-01-02T00:00:00.000Z
`,
    });
    expect((await runCli(['queue', '--url', `${url}/idle`])).out).toBe('no job waits\n');
    const json = await runCli(['queue', '--json', '--url', `${url}/ok`]);
    expect(JSON.parse(json.out)).toEqual([starvedJob]);
  });

  it('ends with 1 and one line where nobody answers', async () => {
    const { code, out, err } = await runCli(['alerts', '--url', `${url}/gone`]);
    expect({ code, out, err }).toEqual({
      code: 1,
      out: '',
      err: 'runnerwatch: /api/v1/alerts answered with status 404\n',
    });
  });
});
