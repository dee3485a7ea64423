/** What ping's text says, whichever ping it is (iputils, BusyBox, BSD). */
export interface PingOutput {
  /** undefined where ping ended before it sent anything. */
  readonly stats: { readonly sent: number; readonly received: number } | undefined;
  /** Round-trip times of the answers that came, in their order. */
  readonly rttsMs: readonly number[];
  readonly hopLimit: number | undefined;
  readonly complaint: 'forbidden' | 'usage' | 'unreachable' | undefined;
}

const forbidden = /not permitted|permission denied|lacking privilege/i;
const usage = /usage:|(?:invalid|illegal|unrecognized) option/i;
const unreachable = /unreachable|no route to host|cannot assign requested address|invalid argument/i;

/** Never throws, whatever the text. */
export function parsePing(output: string): PingOutput {
  const counts = /(\d{1,6}) packets transmitted, (\d{1,6})(?: packets)? received/.exec(output);
  const times = [...output.matchAll(/\btime[=<](\d{1,8}(?:\.\d{1,6})?) ?ms/g)].map(([, ms]) => Number(ms));
  const hops = /\b(?:ttl|hlim)=(\d{1,3})\b/i.exec(output)?.[1];
  return {
    stats: counts ? { sent: Number(counts[1]), received: Number(counts[2]) } : undefined,
    rttsMs: times,
    hopLimit: hops === undefined ? undefined : Number(hops),
    complaint: complaintOf(output),
  };
}

function complaintOf(output: string): PingOutput['complaint'] {
  if (usage.test(output)) return 'usage';
  if (unreachable.test(output)) return 'unreachable';
  return forbidden.test(output) ? 'forbidden' : undefined;
}
