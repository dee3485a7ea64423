import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { createHouse, type Namespace } from '../support/netns.ts';
import { startRunnerwatchIn } from '../support/netns-runnerwatch.ts';
import { startProcess } from '../support/processes.ts';
import { needs } from '../support/services.ts';
import { waitUntil } from '../support/wait.ts';

/** The nameserver and the GitHub beyond the WAN. */
function startPeer(at: Namespace) {
  const [command = 'ip', ...prefix] = at.prefix;
  const peer = fileURLToPath(new URL('peer.ts', import.meta.url));
  return startProcess({
    command,
    args: [...prefix, process.execPath, peer, '10.78.0.53', '10.78.0.5'],
    ready: { output: /ready/ },
  });
}

const settings = {
  github: { api_url: 'http://github.test:8080', token: 'ghp_notasecret', repositories: ['o/r'] },
  targets: [
    { name: 'gateway', address: '10.77.0.1' },
    { name: 'switch', address: '10.77.1.2', depends_on: ['gateway'] },
    { name: 'nas', address: '10.78.0.9', depends_on: ['switch'] },
    { name: 'self', address: '127.0.0.1' },
  ],
  collectors: {
    icmp: { interval: '1s', count: 1, packet_timeout: '500ms' },
    path: { interval: '1s', hop_timeout: '500ms', wan: ['10.78.0.1'] },
  },
  rules: { enabled: false },
};

interface Expected {
  readonly brokenAt: string | undefined;
  /** Target → cause. */
  readonly behind?: Readonly<Record<string, string>>;
}

describe.skipIf(needs('netns'))('a way that is cut', () => {
  it('is told by the hop, and by the cause of every target behind it', async () => {
    await using house = await createHouse({ nameserver: '10.78.0.53' });
    const { here, gateway, far } = house;
    let peer = await startPeer(far);
    try {
      await using runnerwatch = await startRunnerwatchIn(here, settings);
      async function becomes({ brokenAt, behind = {} }: Expected): Promise<void> {
        let seen = '';
        const holds = async (): Promise<boolean> => {
          const lines = (await runnerwatch.metrics()).split('\n');
          const broken = lines.filter((line) => /^runnerwatch_path_broken_at.* 1$/.test(line));
          const unreachable = lines.filter((line) => line.startsWith('runnerwatch_target_unreachable_because'));
          seen = [...broken, ...unreachable].join('\n');
          const expected = [
            ...(brokenAt === undefined ? [] : [`runnerwatch_path_broken_at{hop="${brokenAt}"} 1`]),
            ...Object.entries(behind).map(
              ([target, because]) =>
                `runnerwatch_target_unreachable_because{target="${target}",because="${because}"} 1`,
            ),
          ];
          return lines.some((line) => line.startsWith('runnerwatch_path_up')) && seen === expected.join('\n');
        };
        await waitUntil(holds, { timeoutMs: 15_000, what: () => `${brokenAt}: ${seen}\n${runnerwatch.output()}` });
      }
      await becomes({ brokenAt: undefined });

      gateway.ip('link set near down');
      await becomes({ brokenAt: 'gateway', behind: { switch: 'gateway', nas: 'gateway' } });
      expect(runnerwatch.output()).toContain('The gateway 10.77.0.1 does not answer.');
      gateway.ip('link set near up');
      gateway.ip('route replace 10.77.0.2/32 dev near');
      await becomes({ brokenAt: undefined });

      here.run('ip', 'route', 'delete', 'default');
      await becomes({ brokenAt: 'gateway', behind: { nas: 'switch' } });
      expect(runnerwatch.output()).toContain('There is no default route.');
      here.ip('route add default via 10.77.0.1');
      await becomes({ brokenAt: undefined });

      gateway.ip('link set out down');
      await becomes({ brokenAt: 'wan', behind: { nas: 'switch' } });
      gateway.ip('link set out up');
      gateway.ip('route replace 10.78.0.0/16 via 10.77.1.2');
      await becomes({ brokenAt: undefined });

      await peer.stop();
      await becomes({ brokenAt: 'dns' });
      peer = await startPeer(far);
      await becomes({ brokenAt: undefined });
    } finally {
      await peer.stop();
    }
  }, 120_000);
});
