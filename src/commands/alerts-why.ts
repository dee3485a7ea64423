import { type CommandIo, type ExitCode, printable } from './command.ts';
import { askApi } from './instance.ts';
import type { AskOptions } from './runners.ts';
import { WhyAnswer } from './why-answer.ts';
import { whyText } from './why-text.ts';

export interface WhyOptions extends AskOptions {
  /** Matchers: `runner=ci-1`. */
  readonly labels: readonly string[];
}

/** Tells why the alerts of a name, or one alert by its fingerprint, were told or not. 1 where there is none. */
export async function explainAlert(io: CommandIo, name: string, { url, json, labels }: WhyOptions): Promise<ExitCode> {
  const about: [string, string] = /^[0-9a-f]{16}$/.test(name) ? ['fingerprint', name] : ['alertname', name];
  const query = new URLSearchParams([about, ...labels.map((label): [string, string] => ['filter', label])]);
  const why = await askApi(io, { url, path: `/api/v1/alerts/why?${query}`, schema: WhyAnswer });
  const isKnown = why.rules.length + why.alerts.length > 0;
  if (json) io.out(JSON.stringify(why, null, 2));
  else if (isKnown) for (const line of whyText(why)) io.out(line);
  else sayUnknown(io, name, why);
  return isKnown ? 0 : 1;
}

function sayUnknown(io: CommandIo, name: string, { nearest }: WhyAnswer): void {
  io.err(`found no rule and no alert that is called ${printable(JSON.stringify(name))}`);
  if (nearest.length > 0) io.err(`there are: ${printable(nearest.join(', '))}`);
}
