import { describe, expect, it } from 'vitest';
import { matchRoute } from '../../src/alerts/route.ts';
import { loadRouting } from '../../src/alerts/routing.ts';
import { needs } from '../support/services.ts';
import { readShipped, readYaml, tool } from './tools.ts';

const file = 'prometheus/alertmanager.yml';

const routed = [
  ['alertname=RunnerContainerUnhealthy recovery=restart runner=homelab-1', 'recovery,notifications'],
  ['alertname=RunnerOffline recovery=restart runner=homelab-1', 'recovery,notifications'],
  ['alertname=HostDiskFull severity=critical', 'notifications'],
  ['alertname=Watchdog severity=none', 'nobody'],
] as const;

describe.skipIf(needs('amtool'))('prometheus/alertmanager.yml', () => {
  it('is loaded by Alertmanager', async () => {
    expect(await tool('amtool', 'check-config', file)).toMatchObject({ code: 0 });
  });

  it.each(routed)('routes %s to %s', async (labels, receivers) => {
    const args = ['config', 'routes', 'test', `--config.file=${file}`, `--verify.receivers=${receivers}`];
    const { code, output } = await tool('amtool', ...args, ...labels.split(' '));
    expect({ code, output }).toMatchObject({ code: 0 });
  });
});

describe('without an Alertmanager', () => {
  it.each(routed)('%s goes to %s all the same', (labels, receivers) => {
    const routing = loadRouting(file, readShipped(file));
    const routes = matchRoute(routing, Object.fromEntries(labels.split(' ').map((pair) => pair.split('='))));
    expect(routes.map(({ receiver }) => receiver).join()).toBe(receivers);
  });
});

describe('the receivers', () => {
  const { receivers, inhibit_rules } = readYaml(file);

  it('reach nobody outside as shipped', () => {
    const configured = receivers.filter((receiver: object) => Object.keys(receiver).length > 1);
    expect(configured.map(({ name }: { name: string }) => name)).toEqual(['recovery']);
  });

  it('send healing to Runnerwatch with the secret from a file, never in the file itself', () => {
    const [webhook] = receivers.find(({ name }: { name: string }) => name === 'recovery').webhook_configs;
    expect(webhook).toMatchObject({
      url: 'http://runnerwatch:9478/api/v1/recover',
      http_config: { authorization: { credentials_file: '/run/secrets/recovery_token' } },
    });
    expect(JSON.stringify(receivers)).not.toMatch(/"(credentials|password)":/);
  });

  it('hold back what rests on GitHub while GitHub does not answer', () => {
    const github = inhibit_rules.find(({ source_matchers: [source] }: { source_matchers: string[] }) =>
      source?.includes('GithubUnreachable'),
    );
    expect(github.target_matchers[0]).toContain('RunnerOffline');
    expect(github.equal).toEqual(['instance']);
  });
});
