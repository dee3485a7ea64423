import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { temporaryFolder } from '../support/processes.ts';
import { needs } from '../support/services.ts';
import { compare } from './support/compare.ts';
import { tell } from './support/play.ts';
import { numbers, seed } from './support/seed.ts';
import { alertmanagerIn, runnerwatchIn } from './support/sides.ts';
import { silence } from './support/silence.ts';
import { createEar } from './support/told.ts';

/**
 * Alerts are posted on the second, and groups flush on the half: 2.5 s after a group begins, and then every 4 s. So both
 * sides have the same alerts at each flush, and what they make of them can be compared however fast it changes.
 */
const timing = { group_wait: '2500ms', group_interval: '4s', repeat_interval: '10s' };
const limitMs = 2500;
const groups = ['g0', 'g1', 'g2', 'g3', 'g4'];
const steps = 60;
/** Longer than it takes until a flush has told it. */
const toldSteps = 6;
/** Halfway both are restarted, when what fires is older than group_wait, so that nothing waits again. */
const restartAt = 34;
const quietFrom = restartAt - 4;
const story = 'posts';

function routing(port: number): string {
  const url = `http://127.0.0.1:${port}/`;
  return stringify({
    route: {
      ...timing,
      receiver: 'team',
      group_by: ['g'],
      routes: [{ matchers: ['severity="page"'], receiver: 'other', continue: true }, { receiver: 'team' }],
    },
    receivers: [
      { name: 'team', webhook_configs: [{ url }] },
      { name: 'other', webhook_configs: [{ url, send_resolved: false }] },
    ],
    inhibit_rules: [{ source_matchers: ['alertname="Source"'], target_matchers: ['alertname="Target"'], equal: ['g'] }],
  });
}

type Name = 'Source' | 'Target' | 'Page' | 'Quiet';
type Post = (group: string, name: Name, times: { readonly startsAt: Date; readonly endsAt: Date }) => Promise<void>;

/**
 * Four alerts of one group that come and go. What is silenced or inhibited does not end meanwhile, nor does the silence or
 * the source begin before an end is told: those ends only Runnerwatch tells, and the stories show it.
 */
function randomGroup(group: string, random: () => number, post: Post, hush: () => Promise<() => Promise<void>>) {
  const since = new Map<Name, Date>();
  const ended = new Map<Name, number>();
  let speak: (() => Promise<void>) | undefined;
  const endedLately = (name: Name, at: number): boolean => at - (ended.get(name) ?? -toldSteps) < toldSteps;

  async function turn(name: Name, at: number): Promise<void> {
    const now = new Date();
    const startsAt = since.get(name);
    if (startsAt) {
      since.delete(name);
      ended.set(name, at);
      await post(group, name, { startsAt, endsAt: now });
    } else {
      since.set(name, now);
      await post(group, name, { startsAt: now, endsAt: new Date(now.getTime() + 3_600_000) });
    }
  }
  const actions: readonly ((at: number) => Promise<void> | undefined)[] = [
    (at) => turn('Page', at),
    (at) => (since.has('Source') || !endedLately('Target', at) ? turn('Source', at) : undefined),
    (at) => (since.has('Target') && since.has('Source') ? undefined : turn('Target', at)),
    (at) => (since.has('Quiet') && speak ? undefined : turn('Quiet', at)),
    async (at) => {
      if (speak) {
        await speak();
        speak = undefined;
      } else if (!endedLately('Quiet', at)) speak = await hush();
    },
  ];
  return {
    async turn(at: number): Promise<void> {
      if (random() < 0.4) await actions[Math.floor(random() * actions.length)]?.(at);
    },
    /** As a Prometheus does that finds its Alertmanager again; the source first, or its target would be told. */
    async again(): Promise<void> {
      const endsAt = new Date(Date.now() + 3_600_000);
      for (const name of ['Source', 'Target', 'Page', 'Quiet'] as const) {
        const startsAt = since.get(name);
        if (startsAt) await post(group, name, { startsAt, endsAt });
        await delay(50);
      }
    },
  };
}

/** Both with the same routes, and nothing of their own to tell. */
async function openPair(stack: AsyncDisposableStack) {
  const [theirs, ours] = [stack.use(await createEar()), stack.use(await createEar())];
  const [theirFolder, folder] = [stack.use(temporaryFolder()).path, stack.use(temporaryFolder()).path];
  writeFileSync(join(theirFolder, 'alertmanager.yml'), routing(theirs.port));
  writeFileSync(join(folder, 'alertmanager.yml'), routing(ours.port));
  const docker = { host: 'unix:///nonexistent/docker.sock' };
  const alertmanager = { config_file: 'alertmanager.yml' };
  const settings = { data_dir: 'data', docker, rules: { files: [] }, alertmanager };
  writeFileSync(join(folder, 'runnerwatch.yml'), stringify(settings));
  const real = stack.use(await alertmanagerIn({ folder: theirFolder }));
  const runnerwatch = stack.use(await runnerwatchIn({ folder }));
  const urls = [real.url, runnerwatch.url];
  const start = () => Promise.all([real, runnerwatch].map((each) => each.start()));
  await start();
  return {
    ...{ theirs, ours, urls },
    /** Alertmanager in peace, so that it writes what it told. */
    async restart(): Promise<void> {
      await Promise.all([real.stop('SIGTERM'), runnerwatch.stop('SIGKILL')]);
      await start();
    },
  };
}

function postTo(urls: readonly string[]): Post {
  return async (g, alertname, times) => {
    const severity = alertname === 'Page' ? 'page' : 'warning';
    const body = JSON.stringify([{ labels: { story, g, alertname, severity }, ...times }]);
    const request = { method: 'POST', headers: { 'content-type': 'application/json' }, body };
    const answers = await Promise.all(urls.map((url) => fetch(`${url}/api/v2/alerts`, request)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
  };
}

/**
 * The next time from `ms` on that is 0.8 s past a whole second. By the time of the restart the flushes after it are later
 * than those before: by whole or half seconds, a repeat_interval could end in the very moment of a flush for one of the two.
 */
function pastSecond(ms: number): number {
  return Math.ceil(ms / 1000 - 0.8) * 1000 + 800;
}

const isMissing = needs('alertmanager');

describe.skipIf(isMissing)('alerts posted at random to a real Alertmanager and to Runnerwatch', () => {
  it('are told the same, also after a restart of both', { timeout: 240_000 }, async () => {
    process.stdout.write(`RUNNERWATCH_STORIES_SEED=${seed}\n`);
    await using stack = new AsyncDisposableStack();
    const { theirs, ours, urls, restart } = await openPair(stack);
    const courses = groups.map((g, index) =>
      randomGroup(g, numbers(seed + index), postTo(urls), () => silence(urls, { story, g, alertname: 'Quiet' })),
    );
    let start = performance.now();
    const until = (ms: number) => delay(Math.max(0, start + ms - performance.now()));
    for (let step = 0; step < steps; step++) {
      await until(step * 1000);
      if (step === restartAt) {
        await restart();
        start += pastSecond(performance.now() - start - step * 1000);
        // Their groups flush as they begin, and then every 4 s: on the half again.
        await until(step * 1000 + 500);
        await Promise.all(courses.map(({ again }) => again()));
      } else if (step < quietFrom || step > restartAt) {
        await Promise.all(courses.map(({ turn }) => turn(step)));
      }
    }
    await delay(8000);
    const verdict = compare(story, theirs.of(story), { ours: ours.of(story), limitMs });
    expect(tell([verdict])).toEqual([]);
    expect(verdict.notifications).toBeGreaterThan(25);
  });
});
