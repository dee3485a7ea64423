import { join } from 'node:path';
import { expect, it } from 'vitest';
import { rfc3339, systemClock } from '../../src/lib/clock.ts';
import { temporaryFolder } from '../support/processes.ts';
import { startServer } from '../support/server.ts';
import { createSink } from '../support/sink.ts';
import { waitUntil } from '../support/wait.ts';

const headers = { 'content-type': 'application/json' };

/** Nobody says it again, as `amtool alert add` does not. */
async function post(url: string, labels: object, livesMs: number): Promise<void> {
  const now = systemClock.now();
  const body = JSON.stringify([{ labels, startsAt: rfc3339(now), endsAt: rfc3339(now + livesMs) }]);
  expect((await fetch(`${url}/api/v2/alerts`, { method: 'POST', headers, body })).status).toBe(200);
}

it('goes on after a reload with what was posted once: its end and its next step are told', {
  timeout: 90_000,
}, async () => {
  await using stack = new AsyncDisposableStack();
  const [team, page] = [stack.use(await createSink()), stack.use(await createSink())];
  const folder = stack.use(
    temporaryFolder({
      'a.yml': `
route: { receiver: team, group_by: [alertname], group_wait: 0s, group_interval: 1s }
receivers:
  - { name: team, webhook_configs: [{ url: "http://127.0.0.1:${team.port}/" }] }
  - { name: page, webhook_configs: [{ url: "http://127.0.0.1:${page.port}/" }] }
`,
      'r.yml': 'groups: []',
    }),
  );
  const server = stack.use(
    await startServer({
      settings: {
        rules: { files: [join(folder.path, 'r.yml')] },
        alertmanager: { config_file: join(folder.path, 'a.yml') },
        escalations: [{ name: 'c', matchers: ['severity=page'], steps: [{ after: '4s', receiver: 'page' }] }],
      },
    }),
  );
  await post(server.url, { alertname: 'Brief' }, 6000);
  await post(server.url, { alertname: 'Long', severity: 'page' }, 600_000);
  await waitUntil(() => team.bodies.length === 2, { timeoutMs: 30_000, what: () => 'both alerts' });
  expect(await server.reload()).toEqual({ ok: true });
  await waitUntil(() => page.bodies.length > 0, { timeoutMs: 30_000, what: () => 'the step of the escalation' });
  await waitUntil(() => team.bodies.length > 2, { timeoutMs: 30_000, what: () => 'the end of the brief alert' });
  expect(page.bodies).toMatchObject([{ status: 'firing', groupLabels: { alertname: 'Long' } }]);
  expect(team.bodies.slice(2)).toMatchObject([{ status: 'resolved', groupLabels: { alertname: 'Brief' } }]);
});
