import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildImage } from '../story/stack.ts';
import { type ComposeStack, composeStack } from '../support/compose-stack.ts';
import { docker } from '../support/docker-cli.ts';
import { needs } from '../support/services.ts';
import { waitUntil } from '../support/wait.ts';

const minute = 60_000;
const name = 'rw-scale';
const third = `${name}-3`;

const settings = `
github: { repositories: [octo/homelab] }
collectors:
  container-health: { interval: 1s, timeout: 5s }
  github-runners: { interval: 2s, timeout: 5s }
  github-queue: { interval: 2s, timeout: 5s }
recovery:
  grace: 15s
  scaling: { enabled: true, min: 2, max: 3, wait: 3s, idle: 10s, cooldown: 1s }
`;

/** The pool of docs/scaling.md: made and never started, behind the shipped proxy, entrypoint and token broker. */
describe.skipIf(needs('docker') || needs('compose'))('scaling in the shipped stack', () => {
  const stack = new AsyncDisposableStack();
  let compose: ComposeStack;

  beforeAll(async () => {
    await buildImage();
    compose = stack.use(await composeStack({ name, subnet: '172.31.221', settings }));
    await compose.compose([], '--profile', 'runners-5', 'create', '--no-build');
    await compose.up();
  }, 12 * minute);
  afterAll(() => stack.disposeAsync(), minute);

  const state = (service: string) => docker('inspect', '--format', '{{.State.Status}}', compose.container(service));
  const registered = (runner: string) => compose.github.runners().find((one) => one.name === runner);
  const until = (what: string, holds: () => boolean | Promise<boolean>) =>
    waitUntil(holds, {
      timeoutMs: 2 * minute,
      what: () => `${what}: ${JSON.stringify(compose.github.jobs())} ${JSON.stringify(compose.github.runners())}`,
    });

  it(
    'starts a third runner for a job that both others have no time for, and stops it when it is idle',
    async () => {
      expect(await state('github-runner-3')).toBe('created');
      const job = (id: number) => compose.github.jobs().find((one) => one.id === id);
      const long = [1, 2].map((number) => compose.github.queueJob({ runner: `${name}-${number}`, seconds: 100 }).id);
      await until('two busy runners', () => long.every((id) => job(id)?.status === 'in_progress'));
      const { id } = compose.github.queueJob({ name: 'waits', seconds: 5 });
      const waiting = () => job(id);
      await until('the job on the third runner', () => waiting()?.status === 'completed');
      expect(waiting()).toMatchObject({ conclusion: 'success', runnerName: third });
      await until('the third runner stopped', async () => (await state('github-runner-3')) === 'exited');
      // By the drain: its labels were taken meanwhile, and are there again for its next start.
      expect(registered(third)).toMatchObject({ status: 'offline', labels: expect.arrayContaining(['self-hosted']) });
      expect(await Promise.all(['github-runner-1', 'github-runner-2', 'github-runner-4'].map(state))).toEqual([
        ...['running', 'running', 'created'],
      ]);
    },
    5 * minute,
  );

  it('is in the audit log, and nothing else was touched', async () => {
    const { output } = await compose.exec('runnerwatch', 'cat', '/var/lib/runnerwatch/audit/audit.jsonl');
    const records = output
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { event: { action: string }; labels: Readonly<Record<string, string>> });
    const decided = records.filter(({ event }) => event.action === 'scaling-decided');
    expect(new Set(decided.map(({ labels }) => labels.runner))).toEqual(new Set([third]));
    expect(records.filter(({ event }) => event.action.startsWith('recovery-'))).toEqual([]);
  });
});
