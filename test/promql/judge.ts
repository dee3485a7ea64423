import { createAnnotations } from '../../src/promql/annotations.ts';
import { PromqlError } from '../../src/promql/error.ts';
import { evaluate } from '../../src/promql/evaluate.ts';
import { parseExpr } from '../../src/promql/parse.ts';
import type { History } from '../../src/samples/history.ts';
import { notation } from './load.ts';

/** What an engine said to one expression at one instant. */
export interface Outcome {
  /** `refused` where the expression itself is not taken: each engine has its own words for that. */
  readonly error?: string;
  readonly type?: string;
  /** By label set. */
  readonly samples?: readonly (readonly [labels: string, value: number | string])[];
  /** The values as they came, where the expression promises an order. */
  readonly order?: readonly (number | string)[];
  readonly warnings?: readonly string[];
  readonly infos?: readonly string[];
}

export const intervalMs = 30_000;

export function ours(history: History, text: string, at: number, subqueryMs = intervalMs): Outcome {
  const annotations = createAnnotations();
  try {
    const value = evaluate(parseExpr(text), { storage: history, at, intervalMs: subqueryMs, annotations });
    const samples =
      value.type === 'vector'
        ? value.samples.map(({ labels, value }) => [named(labels), value] as const)
        : [['', value.value] as const];
    return { type: value.type, ...inOrder(text, samples), ...annotations.listed(text) };
  } catch (error) {
    if (!(error instanceof PromqlError)) throw error;
    return { error: error.line > 0 ? 'refused' : error.message };
  }
}

interface Answer {
  readonly status: string;
  readonly errorType?: string;
  readonly error?: string;
  readonly warnings?: readonly string[];
  readonly infos?: readonly string[];
  readonly data?: { readonly resultType: string; readonly result: unknown };
}

export async function theirs(url: string, text: string, at: number): Promise<Outcome> {
  const body = new URLSearchParams({ query: text, time: `${at / 1000}` });
  const response = await fetch(`${url}/api/v1/query`, { method: 'POST', body, signal: AbortSignal.timeout(20_000) });
  const { errorType, error, data, warnings = [], infos = [] } = (await response.json()) as Answer;
  if (error !== undefined) return { error: errorType === 'bad_data' ? 'refused' : error };
  const type = data?.resultType ?? '';
  return { type, ...inOrder(text, samplesOf(type, data?.result)), warnings, infos };
}

function samplesOf(type: string, result: unknown): readonly (readonly [string, number | string])[] {
  if (type === 'scalar') return [['', numberOf((result as [number, string])[1])]];
  if (type === 'string') return [['', (result as [number, string])[1]]];
  const vector = result as readonly { metric: Record<string, string>; value: [number, string] }[];
  return vector.map(({ metric, value }) => [named(metric), numberOf(value[1])] as const);
}

function numberOf(text: string): number {
  return Number(text.replace('Inf', 'Infinity'));
}

function named(labels: Readonly<Record<string, string>>): string {
  return notation(Object.fromEntries(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1))));
}

type Samples = NonNullable<Outcome['samples']>;

/** Only sort and sort_desc promise an order, and none between equal values. */
function inOrder(text: string, samples: Samples): Pick<Outcome, 'samples' | 'order'> {
  return {
    samples: samples.toSorted(([a], [b]) => (a < b ? -1 : 1)),
    ...(/^sort(?:_desc)?\(/.test(text) ? { order: samples.map(([, value]) => value) } : {}),
  };
}

/** Undefined where the two agree, else what differs. */
export function difference(a: Outcome, b: Outcome): string | undefined {
  const [left, right] = [a, b].map((outcome) => JSON.stringify({ ...outcome, ...comparable(outcome) }, spelled));
  if (left === right) return undefined;
  const agrees =
    a.error === undefined &&
    b.error === undefined &&
    a.type === b.type &&
    isSameSamples(a.samples ?? [], b.samples ?? []) &&
    (a.order ?? []).every((value, at) => isSame(value, b.order?.[at] ?? '')) &&
    isSameList(a.warnings ?? [], b.warnings ?? []) &&
    isSameList(a.infos ?? [], b.infos ?? []);
  return agrees ? undefined : `${left}\n  ${right}`;
}

/** JSON has no words for these. */
function spelled(_: string, value: unknown): unknown {
  if (Object.is(value, -0)) return '-0';
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}

/** Which duplicates are named, and in which order, depends on the order in a store. */
function comparable({ error, warnings, infos }: Outcome): Outcome {
  const text = error?.replace(/match group \{.*?\} on/, 'match group {…} on').replace(/\[.*\];/s, '[…];');
  return {
    ...(text === undefined ? {} : { error: text }),
    ...(warnings ? { warnings: warnings.toSorted() } : {}),
    ...(infos ? { infos: infos.toSorted() } : {}),
  };
}

function isSameSamples(a: Samples, b: Samples): boolean {
  return a.length === b.length && a.every(([labels, value], at) => b[at]?.[0] === labels && isSame(value, b[at]?.[1]));
}

function isSame(a: number | string, b: number | string): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a === 'string' || typeof b === 'string' || a === 0 || b === 0) return false;
  return Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b));
}

const omitted = /^(\d+) more \w+ annotations omitted$/;

/** Prometheus shows ten of a kind and counts the others. */
function isSameList(mine: readonly string[], listed: readonly string[]): boolean {
  const more = Number(omitted.exec(listed.at(-1) ?? '')?.[1] ?? 0);
  const shown = more > 0 ? listed.slice(0, -1) : listed;
  return mine.length === shown.length + more && shown.every((message) => mine.includes(message));
}
