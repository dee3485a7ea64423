import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, it } from 'vitest';
import { stringify } from 'yaml';
import { systemClock } from '../../src/lib/clock.ts';
import { migrations } from '../../src/state/migrations/index.ts';
import { diskPoints } from '../support/kill/deadly.ts';
import { judge, repeated } from '../support/kill/judge.ts';
import { createLives, type KillPoint, planLives } from '../support/kill/lives.ts';
import { createRandom } from '../support/kill/random.ts';
import { createReceiver, requestPoints } from '../support/kill/receiver.ts';
import { createScenario } from '../support/kill/scenario.ts';
import { temporaryFolder } from '../support/processes.ts';

const kills = 200;
/** RUNNERWATCH_KILL_SEED repeats the plan of a run; what falls between two points is the machine's. */
const seed = Number(process.env.RUNNERWATCH_KILL_SEED ?? 20_261_125);
/** So that the minute for which a restored alert is held is a second. */
const factor = 60;

/** A kill, unlike a power cut, takes nothing that was written: memory serves as well as a disk, which others may slow. */
function dataFolder(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'runnerwatch-kill-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

function filesFor(port: number, data: string): Readonly<Record<string, string>> {
  const route = {
    receiver: 'hook',
    group_by: ['group'],
    group_wait: '0s',
    group_interval: '4s',
    repeat_interval: '30d',
  };
  const webhook = { url: `http://127.0.0.1:${port}/`, timeout: '1m' };
  const rule = { alert: 'Broken', expr: 'broken == 1' };
  return {
    'runnerwatch.yml': stringify({
      data_dir: data,
      rules: { files: ['kill.rules.yml'], evaluation_interval: '2s' },
      alertmanager: { config_file: 'alertmanager.yml' },
    }),
    'kill.rules.yml': stringify({ groups: [{ name: 'kill', rules: [rule] }] }),
    'alertmanager.yml': stringify({ route, receivers: [{ name: 'hook', webhook_configs: [webhook] }] }),
  };
}

function schemaOf(folder: string): number {
  const database = new DatabaseSync(join(folder, 'runnerwatch.db'));
  const version = Number(database.prepare('PRAGMA user_version').get()?.user_version);
  database.close();
  return version;
}

it(`loses nothing over ${kills} kills while alerts fire, are sent and resolve`, { timeout: 900_000 }, async () => {
  const random = createRandom(seed);
  await using receiver = await createReceiver(createRandom(seed + 1));
  using data = dataFolder();
  using folder = temporaryFolder(filesFor(receiver.port, data.path));
  using code = temporaryFolder();
  const scenario = createScenario(createRandom(seed + 2), receiver);
  const begin = { folder: folder.path, base: systemClock.now(), factor };
  const lives = createLives({ begin, receiver, scenario, codeFolder: code.path });
  const killed = new Map<KillPoint, number>();
  const schemas = new Set<number>();
  const from = systemClock.monotonic();
  for (const plan of planLives(random, kills, migrations.length)) {
    const point = await lives.live(plan);
    killed.set(point, (killed.get(point) ?? 0) + 1);
    if (plan.point === 'migration') schemas.add(schemaOf(data.path));
  }
  const tookMs = systemClock.monotonic() - from;
  scenario.wane();
  await lives.outlive(() => judge(scenario.broke, receiver.accepted).lost.length === 0, 60_000);
  await lives.end();

  const { notifications, lost, disordered, duplicates } = judge(scenario.broke, receiver.accepted);
  const share = (count: number): string => `${count} (${((100 * count) / notifications).toFixed(2)} %)`;
  process.stdout.write(
    [
      `kill -9: seed ${seed}, ${kills} kills in ${(tookMs / 1000).toFixed(0)} s, ${scenario.broke.length} alerts,`,
      `${lives.endedUnseen()} of them ended while nothing ran,`,
      `${notifications} notifications accepted, lost ${lost.length}, out of order ${disordered.length},`,
      `duplicates ${share(duplicates)}, bodies read twice ${share(repeated(receiver.read))}\n`,
    ].join(' ') + [...killed].map(([point, count]) => `  ${point}: ${count}\n`).join(''),
  );
  expect(lost).toEqual([]);
  expect(disordered).toEqual([]);
  expect(duplicates / notifications).toBeLessThan(0.02);
  expect(lives.endedUnseen()).toBeGreaterThan(100);
  // A bound on a share says something only under load.
  expect(notifications).toBeGreaterThan(10 * kills);
  expect([...killed.keys()].sort()).toEqual(
    ['any moment', 'migration', 'start', ...diskPoints, ...requestPoints].sort(),
  );
  expect([...schemas].some((version) => version > 0 && version < migrations.length)).toBe(true);
});
