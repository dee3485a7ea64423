import { isIP } from 'node:net';

/** What fping says of one target. */
export interface FpingTarget {
  /** Round-trip times in ms, in the order of the requests; undefined where no answer came. */
  readonly packets: readonly (number | undefined)[];
  /** Whether a router or the host itself sent word that it cannot be reached. */
  readonly unreachable: boolean;
}

const summary = /^(\S{1,80})\s*:((?: (?:-|\d{1,9}(?:\.\d{1,6})?(?:e\+?\d{1,2})?)){1,1000})\s*$/;
const refusal =
  /^ICMP [\w ()-]{0,80}(?:unreachable|prohibited)[\w ()-]{0,80} from \S{1,80} for ICMP Echo sent to (\S{1,80})/i;

/**
 * Reads what `fping -C` prints at its end, `10.0.0.9 : 0.51 - 0.49`, and ICMP's refusals before it. Lines that are
 * neither are left out, as are targets that are no address. Never throws, whatever the text.
 */
export function parseFping(output: string): ReadonlyMap<string, FpingTarget> {
  const packets = new Map<string, readonly (number | undefined)[]>();
  const refused = new Set<string>();
  for (const line of output.split('\n')) {
    const [, target, times] = summary.exec(line) ?? [];
    if (target !== undefined && times !== undefined && isIP(target))
      packets.set(target, times.trim().split(' ').map(timeOf));
    const sentTo = refusal.exec(line)?.[1];
    if (sentTo !== undefined) refused.add(sentTo);
  }
  return new Map([...packets].map(([target, found]) => [target, { packets: found, unreachable: refused.has(target) }]));
}

function timeOf(text: string): number | undefined {
  return text === '-' ? undefined : Number(text);
}
