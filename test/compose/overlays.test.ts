import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildImage } from '../story/stack.ts';
import { buildOverlayImages, type ComposeStack, composeStack } from '../support/compose-stack.ts';
import { allowRootlessDocker } from '../support/rootless.ts';
import { needs } from '../support/services.ts';

const minute = 60_000;
const missing = needs('docker') || needs('compose');

beforeAll(async () => {
  if (missing) return;
  allowRootlessDocker();
  await Promise.all([buildImage(), buildOverlayImages()]);
}, 12 * minute);

describe.skipIf(missing)('compose.yaml', () => {
  const name = 'rw-alone';
  const owned = new AsyncDisposableStack();
  let stack: ComposeStack;
  beforeAll(async () => {
    stack = owned.use(await composeStack({ name, subnet: '172.31.220' }));
  }, minute);
  afterAll(() => owned.disposeAsync(), minute);

  /** Healthy is known a moment before GitHub sees the session. */
  async function expectOnline(): Promise<void> {
    await stack.github.waitFor(
      ({ runners }) => runners.length === 2 && runners.every(({ status }) => status === 'online'),
      minute,
    );
    expect(
      stack.github
        .runners()
        .map((runner) => runner.name)
        .sort(),
    ).toEqual([`${name}-1`, `${name}-2`]);
  }

  // One after the other over the same volumes, as an operator tries them: what has not changed stays up.
  it.each([
    ['no overlay', []],
    ['sudo', ['sudo']],
    ['docker-socket', ['docker-socket']],
    ['dind', ['dind']],
    ['runner-token', ['runner-token']],
    ['monitoring', ['monitoring']],
  ])(
    'comes up healthy with %s alone, each runner registered once',
    async (_, files) => {
      await stack.up(files);
      await expectOnline();
    },
    5 * minute,
  );

  it(
    'comes back after down and up, with the firewall alone, each runner registered once',
    async () => {
      await stack.compose(['monitoring'], 'down', '--timeout', '5', '--remove-orphans');
      expect(stack.github.runners().filter(({ status }) => status === 'online')).toEqual([]);
      await stack.up(['firewall']);
      await expectOnline();
    },
    5 * minute,
  );
});
