import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { stringify } from 'yaml';
import { judge } from '../support/kill/judge.ts';
import { createRandom } from '../support/kill/random.ts';
import { createReceiver } from '../support/kill/receiver.ts';
import { createScenario, type Scenario } from '../support/kill/scenario.ts';
import { type RunningProcess, startProcess, temporaryFolder } from '../support/processes.ts';
import { freePort } from '../support/services.ts';
import { root } from '../support/tree.ts';
import { waitUntil } from '../support/wait.ts';

const kills = 12;
const seed = Number(process.env.RUNNERWATCH_KILL_SEED ?? 20_261_126);

function filesFor(port: number, receiverPort: number): Readonly<Record<string, string>> {
  const timing = { group_wait: '0s', group_interval: '1s', repeat_interval: '24h' };
  const route = { receiver: 'hook', group_by: ['group'], ...timing };
  const receiver = { name: 'hook', webhook_configs: [{ url: `http://127.0.0.1:${receiverPort}/` }] };
  return {
    'alertmanager.yml': stringify({ route, receivers: [receiver] }),
    'empty.rules.yml': stringify({ groups: [] }),
    'runnerwatch.yml': stringify({
      listen: `127.0.0.1:${port}`,
      data_dir: 'data',
      docker: { host: 'unix:///nonexistent/docker.sock' },
      rules: { files: ['empty.rules.yml'], evaluation_interval: '1s' },
      alertmanager: { config_file: 'alertmanager.yml' },
    }),
  };
}

/** Tells what is broken and what is no longer, again and again, as a Prometheus does: also to nobody, while it is down. */
async function tellUntil(ended: AbortSignal, url: string, scenario: Scenario): Promise<void> {
  const begun = new Map<string, string>();
  const over = new Map<string, string>();
  const now = (): string => new Date().toISOString();
  while (!ended.aborted) {
    scenario.step();
    const broken = new Set(scenario.picture());
    for (const name of scenario.broke) {
      if (!begun.has(name)) begun.set(name, now());
      if (!broken.has(name) && !over.has(name)) over.set(name, now());
    }
    const alerts = scenario.broke.map((name) => {
      const [group = '', part = '', cycle = ''] = name.split('/');
      const labels = { alertname: 'Broken', group, part, cycle };
      return { labels, startsAt: begun.get(name), ...(over.has(name) ? { endsAt: over.get(name) } : {}) };
    });
    const request = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(alerts) };
    await fetch(`${url}/api/v2/alerts`, { ...request, signal: AbortSignal.timeout(2000) }).catch(() => undefined);
    await delay(150);
  }
}

it(`loses nothing over ${kills} kills of the whole process`, { timeout: 240_000 }, async () => {
  const random = createRandom(seed);
  await using receiver = await createReceiver(createRandom(seed + 1));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  using folder = temporaryFolder(filesFor(port, receiver.port));
  const args = [join(root, 'src/cli.ts'), 'start', '--config', join(folder.path, 'runnerwatch.yml')];
  const start = (isWhole: boolean): Promise<RunningProcess> =>
    startProcess({
      command: process.execPath,
      args,
      // A kill in the middle of the start must not wait for its end.
      ready: isWhole ? { url: `${url}/-/healthy` } : { output: /./s },
      timeoutMs: 60_000,
    });
  const scenario = createScenario(createRandom(seed + 2), receiver, { breaks: 0.06, heals: 0.2 });
  const ended = new AbortController();
  const telling = tellUntil(ended.signal, url, scenario);
  for (let kill = 0; kill < kills; kill++) {
    await using running = await start(kill % 4 !== 3);
    await delay(random.integer(0, 1500));
    await running.stop('SIGKILL');
  }
  scenario.wane();
  await using last = await start(true);
  const lost = (): readonly string[] => judge(scenario.broke, receiver.accepted).lost;
  await waitUntil(() => lost().length === 0 && scenario.picture().length === 0, {
    timeoutMs: 60_000,
    what: () => `${lost().length} lost: ${lost().slice(0, 5).join()}\n${last.output().slice(-2000)}`,
  });
  ended.abort();
  await telling;
  const { notifications, disordered, duplicates } = judge(scenario.broke, receiver.accepted);
  process.stdout.write(
    `kill -9 of the whole: seed ${seed}, ${kills} kills, ${scenario.broke.length} alerts, ` +
      `${notifications} notifications accepted, lost 0, duplicates ${duplicates}\n`,
  );
  expect(disordered).toEqual([]);
  expect(scenario.broke.length).toBeGreaterThan(50);
  expect(duplicates).toBeLessThanOrEqual(4 * kills);
});
