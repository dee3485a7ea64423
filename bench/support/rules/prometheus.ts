import { setTimeout as delay } from 'node:timers/promises';
import { startPrometheus } from '../../../test/support/processes.ts';
import { waitUntil } from '../../../test/support/wait.ts';
import { type Exporter, type Mood, rulesFile, seriesCount } from './world.ts';

export interface Beside extends AsyncDisposable {
  readonly pid: number;
  /** How long the group took at each of its next evaluations, ms. */
  durations(mood: Mood, count: number): Promise<readonly number[]>;
  alerts(): Promise<number>;
  /** Scrapes that it has kept. */
  scrapes(): Promise<number>;
}

const pollMs = 100;

/** A real Prometheus that scrapes the same series and evaluates the same group; with nothing to scrape, an idle one. */
export async function startBeside(world: Exporter | undefined, intervalSeconds: number): Promise<Beside> {
  const configText = `
global: { scrape_interval: ${intervalSeconds}s, evaluation_interval: ${intervalSeconds}s }
rule_files: [rules.yml]
scrape_configs: [${world ? `{ job_name: bench, static_configs: [{ targets: ["${world.target}"] }] }` : ''}]
`;
  const files = { 'rules.yml': world ? rulesFile(intervalSeconds) : 'groups: []\n' };
  const running = await startPrometheus({ configText, files });
  const { url } = running;

  async function evaluation(): Promise<{ readonly at: number; readonly ms: number }> {
    const text = await (await fetch(`${url}/metrics`)).text();
    const lastOf = (name: string) => Number(new RegExp(`^${name}\\{[^}]*;bench"\\} (.+)$`, 'm').exec(text)?.[1]);
    const group = 'prometheus_rule_group_last';
    return { at: lastOf(`${group}_evaluation_timestamp_seconds`), ms: lastOf(`${group}_duration_seconds`) * 1000 };
  }
  async function ask(query: string): Promise<number> {
    const answer = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(query)}`);
    const { data } = (await answer.json()) as { data: { result: { value: [number, string] }[] } };
    return Number(data.result[0]?.value[1] ?? 0);
  }
  if (world) {
    const isScraped = async () => (await ask('scrape_samples_scraped')) === seriesCount;
    await waitUntil(isScraped, { timeoutMs: 60_000, what: () => `${seriesCount} samples scraped` });
  }
  return {
    pid: running.pid,
    alerts: () => ask('count(ALERTS)'),
    scrapes: () => ask('count_over_time(up[1h])'),
    durations: async (mood, count) => {
      if (world) world.mood = mood;
      // The first shows nothing or an end; what follows has every alert as one that goes on.
      await delay(2 * intervalSeconds * 1000);
      const found: number[] = [];
      let last = (await evaluation()).at;
      while (found.length < count) {
        await delay(pollMs);
        const { at, ms } = await evaluation();
        if (at !== last) found.push(ms);
        last = at;
      }
      return found;
    },
    [Symbol.asyncDispose]: () => running[Symbol.asyncDispose](),
  };
}
