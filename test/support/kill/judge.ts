import { type Accepted, nameOf } from './receiver.ts';

export interface Verdict {
  readonly notifications: number;
  /** `firing g1/p0/7`: what was never accepted. */
  readonly lost: readonly string[];
  /** What was accepted as firing after its end was. */
  readonly disordered: readonly string[];
  /** Notifications that were accepted before with the very same content. */
  readonly duplicates: number;
}

/** What a receiver made of it: each alert's firing, then its end, and nothing twice. */
export function judge(broke: readonly string[], accepted: readonly Accepted[]): Verdict {
  const firing = new Set<string>();
  const resolved = new Set<string>();
  const disordered: string[] = [];
  for (const { alerts } of accepted) {
    for (const { status, labels } of alerts) {
      const name = nameOf(labels);
      if (status === 'firing' && resolved.has(name)) disordered.push(name);
      if (status === 'resolved' && !firing.has(name)) disordered.push(name);
      (status === 'firing' ? firing : resolved).add(name);
    }
  }
  const lost = broke.flatMap((name) => [
    ...(firing.has(name) ? [] : [`firing ${name}`]),
    ...(resolved.has(name) ? [] : [`resolved ${name}`]),
  ]);
  return { notifications: accepted.length, lost, disordered, duplicates: repeated(accepted.map(({ text }) => text)) };
}

/** How many of the texts came before. */
export function repeated(texts: readonly string[]): number {
  return texts.length - new Set(texts).size;
}
