import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildImage, killListener } from '../story/stack.ts';
import { type ComposeStack, composeStack } from '../support/compose-stack.ts';
import { docker } from '../support/docker-cli.ts';
import { needs } from '../support/services.ts';
import { waitUntil } from '../support/wait.ts';

const minute = 60_000;
const name = 'rw-heal';

const settings = `
collectors:
  container-health: { interval: 1s, timeout: 5s }
  github-runners: { interval: 2s, timeout: 5s }
recovery:
  grace: 15s
  backoff: { first: 0s }
  ladders: { zombie: [reregister, page] }
`;

/** Through the shipped proxy, entrypoint and token broker: each of them could refuse what the ladder needs. */
describe.skipIf(needs('docker') || needs('compose'))('healing in the shipped stack', () => {
  const stack = new AsyncDisposableStack();
  let compose: ComposeStack;

  beforeAll(async () => {
    await buildImage();
    compose = stack.use(await composeStack({ name, subnet: '172.31.233', settings }));
    await compose.up();
  }, 12 * minute);
  afterAll(() => stack.disposeAsync(), minute);

  const registered = (runner: string) => compose.github.runners().find((one) => one.name === runner);

  async function whenJudged(runner: string, verdict: string): Promise<void> {
    let last: unknown;
    const holds = async () => {
      const answer = await fetch(`${compose.url}/api/v1/runners/why?runner=${runner}`);
      last = ((await answer.json()) as { data?: { judged?: unknown } }).data?.judged;
      return (last as { verdict?: string } | undefined)?.verdict === verdict;
    };
    await waitUntil(holds, {
      timeoutMs: 2 * minute,
      what: () => `${runner} ${verdict}, which is ${JSON.stringify(last)}`,
    });
  }

  async function recover(runner: string): Promise<unknown> {
    const alerts = [{ status: 'firing', labels: { alertname: 'Asked', runner } }];
    const answer = await fetch(`${compose.url}/api/v1/recover`, {
      method: 'POST',
      headers: { authorization: 'Bearer recovery-token-of-the-test', 'content-type': 'application/json' },
      body: JSON.stringify({ version: '4', alerts }),
    });
    return ((await answer.json()) as { data: { decisions: readonly unknown[] } }).data.decisions[0];
  }

  const succeeded = (action: string) =>
    waitUntil(
      async () => {
        const metrics = await (await fetch(`${compose.url}/metrics`)).text();
        return metrics.includes(`runnerwatch_recoveries_total{action="${action}",outcome="succeeded"} 1`);
      },
      { timeoutMs: 3 * minute, what: () => `a ${action} that succeeded` },
    );

  it(
    'registers a runner anew that GitHub sees offline for good',
    async () => {
      const runner = `${name}-1`;
      await whenJudged(runner, 'healthy');
      const before = registered(runner)?.id ?? 0;
      compose.github.setRunner(before, { status: 'offline' });
      await whenJudged(runner, 'zombie');
      expect(await recover(runner)).toMatchObject({ action: 'reregister', outcome: 'started' });
      await succeeded('reregister');
      expect(registered(runner)).toMatchObject({ status: 'online' });
      expect(registered(runner)?.id).not.toBe(before);
      await whenJudged(runner, 'healthy');
    },
    6 * minute,
  );

  it(
    'starts a runner whose container was killed, and keeps its registration',
    async () => {
      const runner = `${name}-2`;
      const before = registered(runner)?.id;
      await docker('kill', compose.container('github-runner-2'));
      await whenJudged(runner, 'crashed');
      expect(await recover(runner)).toMatchObject({ action: 'start', outcome: 'started' });
      await succeeded('start');
      expect(registered(runner)).toMatchObject({ id: before, status: 'online' });
    },
    6 * minute,
  );

  it(
    'heals a runner whose listener was killed, with nobody asking but the shipped rules and routes',
    async () => {
      const runner = `${name}-1`;
      await whenJudged(runner, 'healthy');
      const before = registered(runner)?.id;
      await killListener(compose.container('github-runner-1'));
      await succeeded('restart');
      await whenJudged(runner, 'healthy');
      expect(registered(runner)).toMatchObject({ id: before, status: 'online' });
    },
    6 * minute,
  );
});
