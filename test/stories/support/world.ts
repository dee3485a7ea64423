import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { temporaryFolder } from '../../support/processes.ts';
import { waitUntil } from '../../support/wait.ts';
import { prometheusFile, routingFile, rulesFile, runnerwatchFile } from './files.ts';
import type { Restartable } from './restartable.ts';
import { alertmanagerIn, prometheusIn, runnerwatchIn } from './sides.ts';
import { silence } from './silence.ts';
import type { Stage, Story } from './story.ts';
import { createSwitches } from './switches.ts';
import { createEar, type Ear } from './told.ts';

/** A real Prometheus with its Alertmanager, and Runnerwatch, with the same files and the same scrape. */
export interface World extends AsyncDisposable {
  readonly prometheus: Restartable;
  readonly alertmanager: Restartable;
  readonly runnerwatch: Restartable;
  readonly theirs: Ear;
  readonly ours: Ear;
  stage(story: Story): Stage;
  /** Writes both files of both sides anew; nobody is told to read them. */
  write(stories: readonly Story[]): void;
}

interface WorldOptions {
  /** What Runnerwatch is given instead, to see that a difference is found. */
  readonly ourStories?: readonly Story[];
  /** More flags of Prometheus. */
  readonly flags?: readonly string[];
  /**
   * Whether Prometheus scrapes the Runnerwatch that evaluates, or another one that only exports: where the first is
   * stopped, a Prometheus that goes on must not find its target gone.
   */
  readonly exporter?: 'same' | 'other';
}

export async function openWorld(stories: readonly Story[], options: WorldOptions = {}): Promise<World> {
  const { ourStories = stories, flags = [], exporter: scraped = 'same' } = options;
  await using stack = new AsyncDisposableStack();
  const switches = stack.use(await createSwitches());
  const [theirs, ours] = [stack.use(await createEar()), stack.use(await createEar())];
  const [theirFolder, ourFolder, exporterFolder] = [
    stack.use(temporaryFolder()).path,
    stack.use(temporaryFolder()).path,
    stack.use(temporaryFolder()).path,
  ];
  const alertmanager = stack.use(await alertmanagerIn({ folder: theirFolder }));
  const prometheus = stack.use(await prometheusIn({ folder: theirFolder, flags }));
  const runnerwatch = stack.use(await runnerwatchIn({ folder: ourFolder }));
  const exporter = stack.use(await runnerwatchIn({ folder: exporterFolder }));

  const targets = new Map(
    stories.flatMap(({ name, targets: names }) =>
      names.map((each): [string, string] => [`${name}-${each}`, switches.url(`${name}-${each}`)]),
    ),
  );
  function write(next: readonly Story[], ourNext = next): void {
    for (const [folder, port, given] of [
      [theirFolder, theirs.port, next],
      [ourFolder, ours.port, ourNext],
    ] as const) {
      writeFileSync(join(folder, 'rules.yml'), rulesFile(given));
      writeFileSync(join(folder, 'alertmanager.yml'), routingFile(given, port));
    }
  }
  write(stories, ourStories);
  const isSame = scraped === 'same';
  const scrapedUrl = isSame ? runnerwatch.url : exporter.url;
  writeFileSync(join(theirFolder, 'prometheus.yml'), prometheusFile(scrapedUrl, alertmanager.url));
  writeFileSync(join(ourFolder, 'runnerwatch.yml'), runnerwatchFile(targets, true));
  writeFileSync(join(exporterFolder, 'runnerwatch.yml'), runnerwatchFile(targets, false));
  await Promise.all([runnerwatch, alertmanager, ...(isSame ? [] : [exporter])].map((each) => each.start()));
  await prometheus.start();
  await untilWatching(prometheus, alertmanager);

  const owned = stack.move();
  const parts = { prometheus, alertmanager, runnerwatch, theirs, ours };
  return {
    ...parts,
    write,
    stage: (story) => stageOf(story, { ...parts, set: switches.set }),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/**
 * Prometheus looks for its targets and its Alertmanagers seconds after it is ready: what fires before is not told. The
 * first probes of both sides end meanwhile.
 */
async function untilWatching(prometheus: Restartable, alertmanager: Restartable): Promise<void> {
  const asked = async (path: string): Promise<string> => (await fetch(`${prometheus.url}/api/v1/${path}`)).text();
  const isWatching = async (): Promise<boolean> =>
    (await asked('alertmanagers')).includes(alertmanager.url) &&
    (await asked('query?query=probe_success')).includes('probe_success');
  await waitUntil(isWatching, { timeoutMs: 60_000, what: prometheus.output });
}

type Parts = Pick<World, 'alertmanager' | 'runnerwatch' | 'theirs' | 'ours'> & {
  set(target: string, isUp: boolean): void;
};

/** For a notification that both sides owe. */
const toldMs = 60_000;

function stageOf({ name }: Story, { alertmanager, runnerwatch, theirs, ours, set }: Parts): Stage {
  return {
    down: (...targets) => {
      for (const each of targets) set(`${name}-${each}`, false);
    },
    up: (...targets) => {
      for (const each of targets) set(`${name}-${each}`, true);
    },
    seconds: (count) => delay(count * 1000),
    deafen: (isDeaf) => {
      for (const ear of [theirs, ours]) ear.deafen(name, isDeaf);
    },
    told: (count) =>
      waitUntil(() => [theirs, ours].every((ear) => ear.of(name).length >= count), {
        timeoutMs: toldMs,
        what: () => `${name}: ${count} notifications; ${heard('theirs', theirs, name)}; ${heard('ours', ours, name)}`,
      }),
    silence: (target) =>
      silence(
        [alertmanager, runnerwatch].map(({ url }) => url),
        { story: name, target: `${name}-${target}` },
      ),
  };
}

function heard(side: string, ear: Ear, story: string): string {
  const told = ear.of(story).map(({ said }) => said);
  return `${side} ${told.length}: ${told.join(' | ')}`;
}
