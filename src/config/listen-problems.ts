import type { Problem } from '../lib/problem.ts';
import type { Origins } from './origins.ts';
import type { Settings } from './schema.ts';

const ofAll = new Set(['0.0.0.0', '::']);
/** There, everybody is this machine itself, and let in. */
const loopback = /^(127\..+|::1|localhost)$/;

/** At the runners' own address nobody else is let in: `listen` would then answer nobody. */
export function listenProblems({ listen, broker }: Settings, origins: Origins): readonly Problem[] {
  const { host } = broker.listen ?? { host: '' };
  if (host !== listen.host || ofAll.has(host) || loopback.test(host)) return [];
  const message = `found ${host}, which is also that of listen: nobody could reach listen there`;
  const mend = 'Give the two addresses of different networks';
  return [origins.problemAt(['broker', 'listen'], message, mend)];
}
