import { globSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { temporaryFolder } from '../support/processes.ts';
import { needs } from '../support/services.ts';
import { root } from '../support/tree.ts';
import { knownMetrics } from './known-metrics.ts';
import { metricsOf, readShipped, readYaml, tool } from './tools.ts';

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly datasource?: { readonly uid: string };
  readonly targets?: readonly { readonly expr: string; readonly refId: string }[];
}

const files = globSync('grafana/dashboards/*.json', { cwd: root }).sort();

describe.each(files)('%s', (file) => {
  const dashboard = JSON.parse(readShipped(file));
  const panels: readonly Panel[] = dashboard.panels;
  const expressions = panels
    .flatMap(({ targets = [] }) => targets.map(({ expr }) => expr))
    .map((expr) =>
      expr.replaceAll('$__rate_interval', '5m').replaceAll('$__range', '1h').replaceAll('$instance', '.*'),
    );

  it.skipIf(needs('promtool'))('has expressions that Prometheus takes', async () => {
    using folder = temporaryFolder({
      'panels.yml': stringify({
        groups: [{ name: 'panels', rules: expressions.map((expr, index) => ({ record: `panel_${index}`, expr })) }],
      }),
    });
    expect(await tool('promtool', 'check', 'rules', `${folder.path}/panels.yml`)).toMatchObject({ code: 0 });
  });

  it('asks only for metrics that there are', () => {
    const known = knownMetrics();
    const asked = expressions.flatMap(metricsOf);
    expect(asked.length).toBeGreaterThan(expressions.length / 2);
    expect(asked.filter((metric) => !known.has(metric))).toEqual([]);
  });

  it('takes its data source from a variable, so that it works in any Grafana', () => {
    const variables = dashboard.templating.list.map(({ name }: { name: string }) => name);
    expect(variables).toContain('datasource');
    const sources = panels.filter(({ type }) => type !== 'row').map(({ datasource }) => datasource?.uid);
    // biome-ignore lint/suspicious/noTemplateCurlyInString: this is Grafana's own syntax.
    expect(new Set(sources)).toEqual(new Set(['${datasource}']));
  });

  it('says of each panel what it shows, and gives each an id', () => {
    const shown = panels.filter(({ type }) => type !== 'row');
    expect(shown.filter(({ title, description }) => !(title && description))).toEqual([]);
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    for (const { title, targets = [] } of panels) {
      const ids = targets.map(({ refId }) => refId);
      expect([title, new Set(ids).size]).toEqual([title, ids.length]);
    }
  });

  it('has no panel that overlaps another', () => {
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, index) => `${x + (index % w)},${y + Math.floor(index / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(panels.every(({ gridPos: { x, w } }) => x + w <= 24)).toBe(true);
  });
});

describe('grafana/dashboards', () => {
  const dashboards = files.map((file) => JSON.parse(readShipped(file)));

  it('are two, each by an id of its own, and lead to each other', () => {
    const ids = dashboards.map(({ uid }: { uid: string }) => uid);
    expect(ids).toEqual(['runnerwatch-github', 'runnerwatch-overview']);
    for (const { tags, links } of dashboards) expect(links[0].tags).toEqual(tags);
  });
});

describe('grafana/provisioning', () => {
  const overlay = readYaml('compose/compose.monitoring.yaml');

  it('reads the dashboards from where the overlay mounts them', () => {
    const [{ options }] = readYaml('grafana/provisioning/dashboards/runnerwatch.yaml').providers;
    expect(overlay.services.grafana.volumes).toContain(`../grafana/dashboards:${options.path}:ro`);
  });

  it("asks the overlay's Prometheus, at the pace of its scrapes", () => {
    const [{ url, jsonData }] = readYaml('grafana/provisioning/datasources/prometheus.yaml').datasources;
    expect(Object.keys(overlay.services)).toContain(new URL(url).hostname);
    expect(jsonData.timeInterval).toBe(readYaml('prometheus/prometheus.yml').global.scrape_interval);
  });
});
