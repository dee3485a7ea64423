import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { docker } from '../../../test/support/docker-cli.ts';
import { temporaryFolder } from '../../../test/support/processes.ts';
import { waitUntil } from '../../../test/support/wait.ts';
import { startFleet } from '../fleet.ts';
import { startRunnerwatch } from '../subject.ts';

const containers = 30;
const betweenMs = 300;

const rules = `
groups:
  - name: bench
    rules: [{ alert: Paused, expr: 'runnerwatch_container_state{state="paused",name=~"runnerwatch-bench-.*"} == 1' }]
`;

function routing(port: number): string {
  return `
route: { receiver: team, group_by: [name], group_wait: 0s }
receivers: [{ name: team, webhook_configs: [{ url: "http://127.0.0.1:${port}/" }] }]
`;
}

interface Told {
  readonly groupLabels: { readonly name: string };
}

/** Milliseconds from Docker's own time of a container's pause to the receiver's answer, for each of the containers. */
export async function eventToWebhook(): Promise<readonly number[]> {
  const acceptedAt = new Map<string, number>();
  await using sink = await startSink(({ groupLabels: { name } }) => {
    if (!acceptedAt.has(name)) acceptedAt.set(name, Date.now());
  });
  using folder = temporaryFolder({ 'bench.rules.yml': rules, 'alertmanager.yml': routing(sink.port) });
  await using _fleet = await startFleet(containers);
  await using _subject = await startRunnerwatch({
    rules: { files: [`${folder.path}/bench.rules.yml`] },
    alertmanager: { config_file: `${folder.path}/alertmanager.yml` },
  });
  const names = (await docker('ps', '--format', '{{.Names}}', '--filter', `name=runnerwatch-bench-${process.pid}-`))
    .trim()
    .split('\n');
  using paused = watchPauses();
  for (const name of names) {
    await delay(betweenMs);
    await docker('pause', name);
    await waitUntil(() => acceptedAt.has(name) && paused.at.has(name), {
      timeoutMs: 30_000,
      what: () => `${name} told`,
    });
    await docker('unpause', name);
  }
  return names.map((name) => (acceptedAt.get(name) ?? Number.NaN) - (paused.at.get(name) ?? Number.NaN));
}

/** When each container was paused, by Docker's own account; its memory of the past is short on a busy machine. */
function watchPauses(): Disposable & { readonly at: ReadonlyMap<string, number> } {
  const at = new Map<string, number>();
  const format = '{{.Actor.Attributes.name}} {{.TimeNano}}';
  const watching = spawn('docker', ['events', '--filter', 'event=pause', '--format', format]);
  createInterface(watching.stdout).on('line', (line) => {
    const [name = '', nanoseconds] = line.split(' ');
    at.set(name, Number(nanoseconds) / 1e6);
  });
  return { at, [Symbol.dispose]: () => void watching.kill() };
}

async function startSink(accept: (told: Told) => void): Promise<AsyncDisposable & { readonly port: number }> {
  const server = createServer(async (request, response) => {
    const told = JSON.parse(await text(request)) as Told;
    response.writeHead(200).end(() => accept(told));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
