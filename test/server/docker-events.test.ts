import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startDockerd } from '../support/dockerd.ts';
import { temporaryFolder } from '../support/processes.ts';
import { seriesValue, startServer } from '../support/server.ts';
import { needs } from '../support/services.ts';
import { createSink } from '../support/sink.ts';
import { waitUntil } from '../support/wait.ts';

const rules = `
groups:
  - name: events
    rules:
      - alert: Unhealthy
        expr: runnerwatch_runner_container_health{health="unhealthy"} == 1
`;

const unhealthy = 'runnerwatch_runner_container_health{runner="one",name="one",health="unhealthy"}';

function firing(body: unknown): body is { readonly status: string } {
  return (body as { readonly status: string }).status === 'firing';
}

/** Polling is as good as off, so that only an event can bring the news. */
const eventsOnly = { interval: '1h', timeout: '5s' };

describe.skipIf(needs('docker'))('Docker events', () => {
  it('bring an alert at once, also after the daemon was restarted', async () => {
    await using dockerd = await startDockerd();
    dockerd.importBusybox();
    await using sink = await createSink();
    using folder = temporaryFolder();
    const file = (name: string, text: string): string => {
      writeFileSync(join(folder.path, name), text);
      return join(folder.path, name);
    };
    const hook = `http://127.0.0.1:${sink.port}`;
    const routing = `{route: {receiver: hook, group_wait: 0s}, receivers: [{name: hook, webhook_configs: [{url: "${hook}"}]}]}`;
    await using server = await startServer({
      settings: {
        docker: { host: `unix://${dockerd.socket}` },
        collectors: { containers: eventsOnly, 'container-health': eventsOnly },
        rules: { files: [file('events.rules.yml', rules)], evaluation_interval: '1h' },
        alertmanager: { config_file: file('alertmanager.yml', routing) },
      },
    });
    // A daemon that shuts down waits for its containers, and fails their checks meanwhile.
    const health = ['--health-cmd', 'test -e /tmp/well', '--health-interval', '1s', '--health-retries', '3'];
    const options = [
      '--name',
      'one',
      '--label',
      'runnerwatch.runner=one',
      '--network',
      'none',
      '--stop-timeout',
      '1',
      ...health,
    ];
    dockerd.docker('run', '--detach', ...options, 'busybox:stable', 'sh', '-c', 'touch /tmp/well; sleep 3600');
    await seen(server, 0);

    await dockerd.restart();
    dockerd.docker('start', 'one');
    await seen(server, 0);
    expect(sink.bodies).toEqual([]);

    dockerd.docker('exec', 'one', 'rm', '/tmp/well');
    const notified = await sink.waitFor(firing, 15_000);
    expect(notified).toMatchObject({
      version: '4',
      groupLabels: {},
      commonLabels: { alertname: 'Unhealthy', runner: 'one' },
    });
    await seen(server, 1);
  }, 90_000);
});

/** As the shipped check does, before Docker's retries are over. */
const saying =
  'if test -e /tmp/well; then echo state=healthy listener=1 worker=0; else echo state=unhealthy listener=0 worker=0 reason=killed; false; fi';

describe.skipIf(needs('docker'))('a health check that fails for the first time', () => {
  it('is believed at once', async () => {
    await using dockerd = await startDockerd();
    dockerd.importBusybox();
    await using server = await startServer({
      settings: {
        docker: { host: `unix://${dockerd.socket}` },
        collectors: { containers: eventsOnly, 'container-health': eventsOnly },
        rules: { files: [] },
      },
    });
    dockerd.docker(
      ...['run', '--detach', '--name', 'one', '--label', 'runnerwatch.runner=one', '--network', 'none'],
      ...['--health-cmd', saying, '--health-interval', '1s', '--health-retries', '100', '--stop-timeout', '1'],
      ...['busybox:stable', 'sh', '-c', 'touch /tmp/well; sleep 3600'],
    );
    await seen(server, 0);
    dockerd.docker('exec', 'one', 'rm', '/tmp/well');
    const judged = 'runnerwatch_runner_verdict{runner="one",verdict="unhealthy"}';
    const holds = async () => seriesValue(await server.metrics(), judged) === 1;
    await waitUntil(holds, { timeoutMs: 15_000, what: () => judged });
    expect(seriesValue(await server.metrics(), unhealthy)).toBe(0);
  }, 60_000);
});

async function seen(server: { metrics(): Promise<string> }, value: number): Promise<void> {
  let last = '';
  const holds = async (): Promise<boolean> => {
    last = await server.metrics();
    return seriesValue(last, unhealthy) === value && last.includes('health="healthy"} '.concat(String(1 - value)));
  };
  await waitUntil(holds, { timeoutMs: 15_000, what: () => `${unhealthy} ${value} in\n${last}` });
}
