import { describe, expect, it } from 'vitest';
import { composeStack } from '../support/compose-stack.ts';
import { createGithubEmulator } from '../support/github-emulator/index.ts';
import { startRebootingHost } from '../support/rebooting-host.ts';
import { imageTag, needs } from '../support/services.ts';

const minute = 60_000;

describe.skipIf(needs('docker') || needs('compose') || needs('netns'))('a host that loses its power', () => {
  it(
    'comes back with the same runners, without ghosts or duplicates',
    async () => {
      await using github = await createGithubEmulator();
      await using host = await startRebootingHost(github.port);
      await host.load(imageTag('RUNNER_STANDIN_IMAGE'));
      const name = 'rw-reboot';
      await using stack = await composeStack({ name, subnet: '172.31.227', dockerHost: host.host, github });
      const both = (wanted: string) =>
        github.waitFor(
          ({ runners }) => runners.length === 2 && runners.every(({ status }) => status === wanted),
          minute,
        );
      // The runners alone, with a token of their own: Runnerwatch has no part in their coming back.
      const up = (...words: string[]) => stack.compose(['runner-token'], 'up', '--no-deps', ...words);
      await up('runner-volumes');
      await up('--detach', '--wait', '--wait-timeout', '120', 'github-runner-1', 'github-runner-2');
      await both('online');
      const seen = () =>
        github
          .runners()
          .map(({ id, name: runner, status }) => [runner, status, id])
          .sort();
      const before = seen();
      expect(before.map(([runner, status]) => `${runner} ${status}`)).toEqual([`${name}-1 online`, `${name}-2 online`]);

      await host.losePower();
      await both('offline');
      await host.boot();
      await both('online');
      // Nobody registered anew: the same registrations, and no other.
      expect(seen()).toEqual(before);
      const { id } = github.queueJob({ runner: `${name}-1`, seconds: 1 });
      await github.waitFor(({ jobs }) => jobs.some((job) => job.id === id && job.conclusion === 'success'), minute);
    },
    4 * minute,
  );
});
