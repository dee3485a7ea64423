import { globSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadRules } from '../../src/alerts/rules.ts';
import { ProblemsError } from '../../src/lib/problem.ts';
import { labelKey } from '../../src/model/labels.ts';
import { difference, ours, theirs } from '../promql/judge.ts';
import { load, stepMs } from '../promql/load.ts';
import { remoteWrite } from '../promql/remote-write.ts';
import { written } from '../promql/universe.ts';
import { startPrometheus } from '../support/processes.ts';
import { needs } from '../support/services.ts';
import { root } from '../support/tree.ts';
import {
  configText,
  evaluationMs,
  externalURL,
  groupsOf,
  ourStates,
  type RuleState,
  theirStates,
  timesOf,
  watchRules,
} from './public-style/beside.ts';
import { coverageOf } from './public-style/coverage.ts';
import { readSamples } from './public-style/samples.ts';
import { readShipped, tool } from './tools.ts';

const folder = 'test/fixtures/alerts/public-style';
const goodFiles = globSync(`${folder}/*.rules.yml`, { cwd: root }).sort();
const brokenFiles = globSync(`${folder}/broken/*.rules.yml`, { cwd: root }).sort();
/** Odd, but right. */
const oddFiles = globSync(`${folder}/accepted/*.rules.yml`, { cwd: root }).sort();
/** promtool takes them; they never work, or not all of them is read. We say so. */
const refusedFiles = globSync(`${folder}/refused/*.rules.yml`, { cwd: root }).sort();
const texts = Object.fromEntries(goodFiles.map((file) => [basename(file), readShipped(file)]));
const rules = () => groupsOf(texts).flatMap((group) => group.rules);

function verdict(file: string): 'taken' | 'refused' {
  try {
    loadRules(file, readShipped(file));
    return 'taken';
  } catch (error) {
    if (error instanceof ProblemsError) return 'refused';
    throw error;
  }
}

describe('rules in the style of public collections', () => {
  it('are many, each with a name of its own', () => {
    const names = rules().map(({ name }) => name);
    expect(goodFiles.length).toBeGreaterThanOrEqual(12);
    expect(names.length).toBeGreaterThanOrEqual(250);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });

  it('use what there is', () => {
    const templates = rules().flatMap((rule) =>
      rule.kind === 'alerting' ? [...Object.values(rule.labels), ...Object.values(rule.annotations)] : [],
    );
    const table = coverageOf(
      rules().map(({ query }) => query),
      templates.map(({ text }) => text),
    );
    for (const { kind, has, lacks } of table) {
      process.stdout.write(
        `${kind}: ${has.length} of ${has.length + lacks.length}; without ${lacks.join(' ') || '-'}\n`,
      );
    }
    expect(table.flatMap(({ lacks }) => lacks)).toEqual([]);
  });
});

describe.skipIf(needs('promtool'))('promtool', () => {
  it('says the same of every file', { timeout: 120_000 }, async () => {
    expect(brokenFiles.length).toBeGreaterThan(60);
    for (const file of [...goodFiles, ...oddFiles, ...brokenFiles]) {
      const { code } = await tool('promtool', 'check', 'rules', file);
      const expected = brokenFiles.includes(file) ? 'refused' : 'taken';
      const said = { file, ours: verdict(file), theirs: code === 0 ? 'taken' : 'refused' };
      expect(said).toEqual({ file, ours: expected, theirs: expected });
    }
  });

  it.each(refusedFiles)('takes %s, which we do not', async (file) => {
    expect(await tool('promtool', 'check', 'rules', file)).toMatchObject({ code: 0 });
    expect(verdict(file)).toBe('refused');
  });
});

describe.skipIf(needs('prometheus'))('a Prometheus with the same samples', () => {
  const steps = 280;
  // The newest are still to come: the rules are evaluated while time goes on.
  const from = Math.floor(Date.now() / 1000) * 1000 - (steps - 36) * stepMs + 7;
  const series = readSamples(readShipped(join(folder, 'samples.txt')), { from, steps, stepMs });
  let prometheus: Awaited<ReturnType<typeof startPrometheus>> | undefined;
  beforeAll(async () => {
    const args = ['--web.enable-remote-write-receiver', `--web.external-url=${externalURL}`, '--web.route-prefix=/'];
    prometheus = await startPrometheus({ configText: configText([]), args });
    await remoteWrite(prometheus.url, written(series, from));
  });
  afterAll(() => prometheus?.[Symbol.asyncDispose]());

  it('has the same values for each expression', { timeout: 120_000 }, async () => {
    const history = load(series, from);
    const url = prometheus?.url ?? '';
    const instants = [61, 150, 243].map((step) => from + step * stepMs + 4321);
    const asked = rules().flatMap(({ query }) => instants.map((at) => ({ query, at })));
    const found: string[] = [];
    let empty = 0;
    for (const { query, at } of asked) {
      const mine = ours(history, query, at, evaluationMs);
      const differs = difference(mine, await theirs(url, query, at));
      if (differs !== undefined) found.push(`${query} at ${at}\n  ${differs}`);
      if ((mine.samples ?? []).length === 0) empty++;
    }
    process.stdout.write(
      `public style: ${asked.length - found.length} of ${asked.length} values agree, ${empty} of them empty\n`,
    );
    expect(found.slice(0, 10)).toEqual([]);
  });

  it('has the same alerts with the same labels and annotations, and the same recorded series', {
    timeout: 120_000,
  }, async () => {
    const { url = '', folder: home = '' } = prometheus ?? {};
    const shown = await watchRules(url, home, texts, 3);
    const groups = groupsOf(texts).filter((group) => group.rules.length > 0);
    const times = await timesOf(url, groups, shown);
    expect(groups.filter((group) => (times.get(group) ?? []).length < 3).map(({ name }) => name)).toEqual([]);
    const history = load(series, from);
    const mine = await ourStates(history, times);
    const their = theirStates(shown);
    const count = (states: readonly RuleState[]): number => states.reduce((sum, { alerts }) => sum + alerts.length, 0);
    const firing = their.filter(({ alerts }) => alerts.length > 0).length;
    process.stdout.write(`public style: ${count(mine)} alerts of ${firing} rules, Prometheus has ${count(their)}\n`);
    expect(firing).toBeGreaterThan(200);
    for (const state of their) expect(comparable(mine, state)).toEqual(comparable(their, state));
    for (const [{ rules: all }, moments] of times) {
      for (const { kind, name } of all) {
        const at = moments.at(-1) ?? 0;
        if (kind === 'alerting') continue;
        expect(difference(ours(history, name, at, evaluationMs), await theirs(url, name, at))).toBe(undefined);
      }
    }
  });
});

/** The alerts of one rule in an order of their own. */
function comparable(states: readonly RuleState[], { group, name }: RuleState) {
  const state = states.find((each) => each.group === group && each.name === name);
  const alerts = (state?.alerts ?? []).map((alert) => ({ ...alert, value: Number(alert.value.toPrecision(12)) }));
  return {
    name,
    health: state?.health,
    alerts: alerts.sort((a, b) => (labelKey(a.labels) < labelKey(b.labels) ? -1 : 1)),
  };
}
