import { stringify } from 'yaml';
import type { Rule, Story } from './story.ts';

/** The timing of routes that say nothing else. */
export const groupWaitMs = 4000;
export const usual = { group_wait: '4s', group_interval: '8s', repeat_interval: '1h' };

/** The label values that both sides put on every series. */
const scraped = { job: 'stories', instance: 'exporter' };

/** The rule file for both sides: a group for each story. */
export function rulesFile(stories: readonly Story[]): string {
  return stringify({
    groups: stories.map(({ name, rules }) => ({ name, rules: rules.map((rule) => withStory(rule, name)) })),
  });
}

function withStory(rule: Rule, story: string): Rule {
  return { ...rule, labels: { ...rule.labels, story } };
}

/** The routing file for both sides, but for where the receivers are. */
export function routingFile(stories: readonly Story[], port: number): string {
  const url = `http://127.0.0.1:${port}/`;
  return stringify({
    route: {
      receiver: 'team',
      ...usual,
      routes: stories.map(({ name, routes = [] }) => ({ matchers: [`story="${name}"`], group_by: ['story'], routes })),
    },
    receivers: [
      { name: 'team', webhook_configs: [{ url }] },
      { name: 'other', webhook_configs: [{ url, send_resolved: false }] },
    ],
    inhibit_rules: stories.flatMap(({ inhibitRules = [] }) => inhibitRules),
    time_intervals: [
      { name: 'always', time_intervals: [{ years: ['1970:2100'] }] },
      { name: 'never', time_intervals: [{ years: ['1970'] }] },
    ],
  });
}

export function prometheusFile(exporter: string, alertmanager: string): string {
  const { job, instance } = scraped;
  const host = (url: string): string => new URL(url).host;
  return stringify({
    global: { scrape_interval: '500ms', evaluation_interval: '1s' },
    rule_files: ['rules.yml'],
    alerting: { alertmanagers: [{ static_configs: [{ targets: [host(alertmanager)] }] }] },
    scrape_configs: [{ job_name: job, static_configs: [{ targets: [host(exporter)], labels: { instance } }] }],
  });
}

const off = ['containers', 'container-health', 'host', 'icmp', 'inventory', 'ssh', 'dns', 'tcp'];

/** `targets` are names with their URLs. */
export function runnerwatchFile(targets: ReadonlyMap<string, string>, isEngine: boolean): string {
  return stringify({
    data_dir: 'data',
    docker: { host: 'unix:///nonexistent/docker.sock' },
    scrape: scraped,
    collectors: {
      ...Object.fromEntries(off.map((name) => [name, { enabled: false }])),
      http: { interval: '1s', concurrency: 50 },
    },
    targets: [...targets].map(([name, address]) => ({
      name,
      address: '127.0.0.1',
      modules: [{ module: 'http_2xx', address }],
    })),
    rules: isEngine ? { files: ['rules.yml'], evaluation_interval: '1s' } : { enabled: false },
    ...(isEngine && { alertmanager: { config_file: 'alertmanager.yml' } }),
  });
}
