import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Labels } from '../../../src/model/labels.ts';

/** 1,000 rules, one for each of 1,000 metrics that 20 hosts have. */
export const ruleCount = 1000;
export const hostCount = 20;
export const seriesCount = ruleCount * hostCount;

/** How much is wrong: of how many rules' metrics so many hosts are over the threshold. */
export interface Mood {
  readonly name: string;
  readonly rules: number;
  readonly hosts: number;
}

export const quiet: Mood = { name: '10 alerts', rules: 10, hosts: 1 };
export const stormy: Mood = { name: '7,000 alerts', rules: ruleCount, hosts: 7 };

const rules = Array.from(
  { length: ruleCount },
  (_, rule) => `
      - alert: Limit${rule}
        expr: bench_metric_${rule} > 100
        labels: { severity: page, team: "{{ $labels.zone }}" }
        annotations:
          summary: "{{ $labels.host }} is at {{ $value | humanize }}"
          description: "The metric of {{ $labels.host }} in {{ $labels.zone }} is {{ printf \\"%.1f\\" $value }}, more than 100."
          runbook_url: https://runbooks.example/limits`,
).join('');

export function rulesFile(intervalSeconds: number): string {
  return `groups:\n  - name: bench\n    interval: ${intervalSeconds}s\n    rules:${rules}\n`;
}

/** It moves at every turn, so that each annotation is a new text. */
export function loadOf({ rules: loud, hosts }: Mood, rule: number, host: number, turn: number): number {
  return (rule < loud && host < hosts ? 200 : 50) + ((rule + host + turn) % 17) / 3;
}

export function ownLabels(host: number): Labels {
  return { host: `runner-${host}`, zone: `zone-${host % 3}`, path: `/srv/work/${host}` };
}

export interface Exporter extends AsyncDisposable {
  readonly target: string;
  mood: Mood;
}

/** What a Prometheus scrapes. */
export async function startWorld(): Promise<Exporter> {
  let turn = 0;
  const server = createServer((_, response) => {
    turn++;
    response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(exposition(exporter.mood, turn));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const exporter: Exporter = {
    target: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    mood: quiet,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return exporter;
}

const rendered = Array.from({ length: hostCount }, (_, host) =>
  Object.entries(ownLabels(host))
    .map(([name, value]) => `${name}="${value}"`)
    .join(','),
);

function exposition(mood: Mood, turn: number): string {
  const lines: string[] = [];
  for (let rule = 0; rule < ruleCount; rule++) {
    for (const [host, labels] of rendered.entries()) {
      lines.push(`bench_metric_${rule}{${labels}} ${loadOf(mood, rule, host, turn)}`);
    }
  }
  return `${lines.join('\n')}\n`;
}
