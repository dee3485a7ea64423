import { globSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createInhibitor } from '../../src/alerts/inhibit.ts';
import { matchRoute } from '../../src/alerts/route.ts';
import { loadRouting } from '../../src/alerts/routing.ts';
import { loadRules } from '../../src/alerts/rules.ts';
import { needs } from '../support/services.ts';
import { root } from '../support/tree.ts';
import { readShipped, readYaml, tool } from './tools.ts';

const file = 'prometheus/alertmanager.yml';

const routed = [
  ['alertname=RunnerContainerUnhealthy recovery=restart runner=homelab-1', 'recovery,notifications'],
  ['alertname=RunnerOffline recovery=restart runner=homelab-1', 'recovery,notifications'],
  ['alertname=RunnerGhost recovery=remove runner=homelab-1', 'recovery,notifications'],
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
  const { receivers } = readYaml(file);

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
});

/** What holds back what: the alert that fires, the one that is asked about, and whether it is told. */
const held = [
  // No recovery is tried because a token ended.
  ['GithubCredentialRefused credential=token', 'RunnerContainerUnhealthy recovery=restart runner=a', true],
  ['GithubCredentialRefused credential=token', 'RunnerOffline recovery=restart runner=a', true],
  ['GithubCredentialRefused credential=token', 'GithubUnreachable collector=github-runners', true],
  ['GithubCredentialRefused credential=token', 'GithubPermissionMissing scope=o/a permission=actions=read', true],
  ['GithubCredentialRefused credential=token', 'QueueUnreadable repository=o/a', true],
  ['GithubCredentialRefused credential=token', 'GithubTokenExpiringSoon credential=token', false],
  ['GithubUnreachable collector=github-runners', 'RunnerContainerUnhealthy recovery=restart runner=a', true],
  ['GithubUnreachable collector=github-runners', 'RunnerContainerCrashed runner=a', false],
  ['GithubUnreachable collector=github-runners', 'RunnerCrashed recovery=restart runner=a', true],
  ['GithubUnreachable collector=github-runners', 'RunnerCrashLooping runner=a', false],
  ['GithubUnreachable collector=github-runners', 'RunnerNoneOnline scope=o/a', true],
  ['GithubUnreachable collector=github-runners', 'RunnerGhost runner=a', true],
  ['GithubUnreachable collector=github-runners', 'RunnerRemovalSoon runner=a scope=o/a', true],
  ['GithubUnreachable collector=github-runners', 'GithubScopeStale scope=o/a', true],
  ['GithubUnreachable collector=github-runners', 'JobStarved repository=o/a labels=gpu missing=gpu', true],
  ['GithubUnreachable collector=github-runners', 'DeploymentFailing deployment=home-assistant', true],
  ['GithubUnreachable collector=github-runners', 'PipelinesUnreadable repository=o/a', true],
  ['GithubUnreachable collector=github-runners', 'GithubPollingSlowed', true],
  ['GithubUnreachable collector=github-runners', 'GithubPermissionMissing scope=o/a permission=actions=read', false],
  ['GithubUnreachable collector=github-runners', 'TargetUnreachable target=nas', false],
  ['PathBroken hop=wan', 'GithubUnreachable collector=github-runners', true],
  ['PathBroken hop=wan', 'RunnerOffline recovery=restart runner=a', true],
  ['PathBroken hop=wan', 'JobWaitingLong repository=o/a labels=gpu', true],
  ['PathBroken hop=wan', 'GithubCredentialRefused credential=token', false],
  // GitHub does answer; that it lacks another permission says nothing of whether it answers at all.
  ['GithubPermissionMissing scope=o/a permission=administration=read', 'GithubUnreachable', true],
  ['GithubPermissionMissing scope=o/a permission=actions=read', 'GithubUnreachable', false],
  ['GithubPermissionMissing scope=o/a permission=administration=read', 'GithubScopeStale scope=o/a', true],
  ['GithubPermissionMissing scope=o/a permission=administration=read', 'GithubScopeStale scope=o/b', false],
  ['GithubRateLimitLow credential=token resource=core', 'GithubPollingSlowed', true],
  ['GithubRateLimitHeld credential=token', 'GithubUnreachable collector=github-runners', true],
  ['GithubRateLimitHeld credential=token', 'GithubCredentialRefused credential=token', false],
  ['QueueUnreadable repository=o/a', 'JobDeadlineNear repository=o/a labels=gpu', true],
  ['QueueUnreadable repository=o/a', 'JobDeadlineNear repository=o/b labels=gpu', false],
  ['JobStarved repository=o/a labels=gpu missing=gpu', 'JobWaitingLong repository=o/a labels=gpu', true],
  ['JobStarved repository=o/a labels=gpu missing=gpu', 'JobWaitingLong repository=o/a labels=arm', false],
  ['JobStarved repository=o/a labels=gpu missing=gpu', 'JobDeadlineNear repository=o/a labels=gpu', false],
  ['GithubTokenExpiringSoon credential=token', 'GithubTokenExpiring credential=token', true],
  ['GithubClockWrong', 'GithubClockSkewed', true],
  ['RunnerJobsStopSoon runner=a scope=o/a', 'RunnerOutdated runner=a scope=o/a', true],
  ['RunnerJobsStopSoon runner=a scope=o/a', 'RunnerOutdated runner=b scope=o/a', false],
  ['RunnerJobsStop runner=a scope=o/a', 'RunnerJobsStopSoon runner=a scope=o/a', true],
  ['RunnerDockerUnreachable collector=container-health', 'RunnerOffline recovery=restart runner=a', true],
  ['RunnerDockerUnreachable collector=container-health', 'RunnerGhost runner=a', true],
  ['RunnerDockerUnreachable collector=container-health', 'RunnerwatchCollectorFailing collector=containers', true],
  ['RunnerDockerUnreachable collector=container-health', 'RunnerwatchCollectorFailing collector=dns', false],
  ['RunnerDockerUnreachable collector=container-health', 'RunnerCutOff runner=a', false],
  // Healing waits while everything starts; people are told all the same.
  ['RunnerHostRebooted', 'RunnerContainerUnhealthy recovery=restart runner=a', true],
  ['RunnerHostRebooted', 'RunnerCrashLooping runner=a', false],
  ['RunnerCutOff runner=a', 'RunnerOffline recovery=restart runner=a', true],
  ['RunnerCutOff runner=a', 'RunnerOffline recovery=restart runner=b', false],
  // Which has a ladder of its own, and holds back neither that nor another.
  ['RunnerStarved recovery=clean-up runner=a', 'RunnerStarved recovery=clean-up runner=a', false],
  ['RunnerStarved recovery=clean-up runner=a', 'RunnerOffline recovery=restart runner=a', false],
  ['RunnerCutOff runner=a', 'RunnerStarved recovery=clean-up runner=a', true],
  ['RunnerVersionRefused runner=a', 'RunnerCrashed recovery=restart runner=a', true],
  ['RunnerVersionRefused runner=a', 'RunnerJobsStop runner=a scope=o/a', true],
  ['RunnerProgramsChanged runner=a', 'RunnerUnregistered recovery=restart runner=a', true],
  ['RunnerCrashLooping runner=a', 'RunnerCrashed recovery=restart runner=a', true],
  ['RunnerStuckBusy runner=a', 'RunnerContainerUnhealthy recovery=restart runner=a', true],
  ['RunnerUnregistered runner=a', 'RunnerContainerUnhealthy recovery=restart runner=a', true],
  ['RunnerSessionConflict runner=a', 'RunnerUnregistered recovery=restart runner=a', false],
  ['PathBroken hop=wan', 'RunnerCutOff runner=a', true],
  ['PathBroken hop=wan', 'RunnerStarved recovery=clean-up runner=a', true],
  ['RunnerHostRebooted', 'RunnerStarved recovery=clean-up runner=a', true],
] as const;

describe('while one alert fires', () => {
  const { inhibitRules } = loadRouting(file, readShipped(file));
  const labelsOf = (text: string, instance: string) => {
    const [alertname = '', ...pairs] = text.split(' ');
    return { alertname, instance, ...Object.fromEntries(pairs.map((pair) => pair.split(/=(.*)/s, 2))) };
  };
  const isHeld = (source: string, target: string, elsewhere = false) => {
    const labels = labelsOf(source, elsewhere ? 'other' : 'h');
    const times = { startsAt: 0, endsAt: 2, updatedAt: 0 };
    const firing = { fingerprint: 'source', labels, annotations: {}, generatorURL: '', ...times };
    return createInhibitor(inhibitRules, [firing], 1)(labelsOf(target, 'h')).length > 0;
  };

  it.each(held)('%s: of %s it is %s that it is held back', (source, target, expected) => {
    expect(isHeld(source, target)).toBe(expected);
    expect(isHeld(source, target, true)).toBe(false);
  });

  it('names only alerts that there are', () => {
    const alerts = globSync('prometheus/rules/*.rules.yml', { cwd: root })
      .flatMap((rules) => loadRules(rules, readShipped(rules)))
      .flatMap(({ rules }) => rules.map(({ name }) => name));
    const matchers = inhibitRules.flatMap(({ sourceMatchers, targetMatchers }) => [
      ...sourceMatchers,
      ...targetMatchers,
    ]);
    const named = matchers.filter(({ name }) => name === 'alertname').flatMap(({ value }) => value.split('|'));
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter((name) => !alerts.some((alert) => new RegExp(`^${name}$`).test(alert)))).toEqual([]);
  });
});
