import { type AnyProbe, bindProbe } from '../collectors/modules.ts';
import type { ProbeTarget } from '../collectors/targets.ts';
import type { Config } from '../config/schema.ts';
import type { ProbeRequest } from '../http/ports.ts';

/** A probe with the time that it has, in ms. */
export type TimedProbe = AnyProbe & { readonly timeout: number };
type Decision = { readonly probe: TimedProbe } | { readonly status: number; readonly refusal: string };

/** In the original's order; its texts, but for the one of a target that is not configured, which it does not know. */
export function decide(
  { target: asked, module: name, hostname, timeoutHeader }: ProbeRequest,
  config: Config,
): Decision {
  const module = config.modules[name];
  if (!module) return { status: 400, refusal: `Unknown module "${name}"` };
  const timeoutMs = scrapeTimeoutMs(timeoutHeader);
  if (timeoutMs === null) {
    return { status: 500, refusal: `Failed to parse timeout from Prometheus header: "${timeoutHeader}" is no number` };
  }
  if (asked === undefined) return { status: 400, refusal: 'Target parameter is missing' };
  const found = findTarget(asked, name, config);
  if (!found) return { status: 403, refusal: notConfigured };
  const probe = withHostname(bindProbe(found.target, name, module, found.address), hostname);
  if (typeof probe === 'string') return { status: 400, refusal: probe };
  const own = probe.timeout ?? timeoutMs ?? probeTimeout(config, probe);
  return { probe: { ...probe, timeout: Math.min(own, timeoutMs ?? own) } };
}

/** What is taken off a scrape's timeout, so that the answer is there before Prometheus gives up: the original's. */
const offsetMs = 500;

/** How long the scraper's time lets the probe take; undefined where it does not say, null where that is no number. */
function scrapeTimeoutMs(text = ''): number | undefined | null {
  if (text === '') return undefined;
  const seconds = Number(text);
  if (!Number.isFinite(seconds)) return null;
  const ms = seconds * 1000 - offsetMs;
  return ms > 0 ? ms : undefined;
}

const notConfigured =
  'This target is not configured with this module: add it to targets, or set probe.allow_any_target to probe whatever is asked for';

function probeTimeout({ collectors }: Config, { prober }: AnyProbe): number {
  return prober === 'icmp' ? collectors.icmp.packet_timeout : collectors[prober].probe_timeout;
}

interface Found {
  readonly target: ProbeTarget;
  readonly address: string;
}

/**
 * By its name, by its address, or by the address that one of its modules probes. Only with a module that it has: another
 * one's token is no business of it, and who may only be pinged is asked nothing else.
 */
function findTarget(asked: string, module: string, { targets, probe }: Config): Found | undefined {
  const mayAsk = ({ modules }: ProbeTarget): boolean =>
    probe.allow_any_target || modules.some((use) => use.module === module);
  const named = targets.find((target) => target.name === asked && mayAsk(target));
  if (named)
    return { target: named, address: named.modules.find((use) => use.module === module)?.address ?? named.address };
  const target = targets.find(
    (each) => mayAsk(each) && [each.address, ...each.modules.map((use) => use.address)].includes(asked),
  );
  if (target) return { target, address: asked };
  if (!probe.allow_any_target) return undefined;
  return { target: { name: asked, address: asked, modules: [], dependsOn: [], labels: {}, ssh: {} }, address: asked };
}

/** The parameter `hostname`: the virtual host that is asked for, at the address of the target. */
function withHostname(probe: AnyProbe, hostname: string | undefined): AnyProbe | string {
  if (hostname === undefined) return probe;
  if (probe.prober === 'tcp') {
    const { tls_config } = probe.settings;
    return { ...probe, settings: { ...probe.settings, tls_config: { server_name: hostname, ...tls_config } } };
  }
  if (probe.prober !== 'http') return probe;
  const { headers } = probe.settings;
  const other = Object.entries(headers).find(([name, value]) => name.toLowerCase() === 'host' && value !== hostname);
  if (other) {
    return `host header defined both in module configuration (${other[1]}) and with URL-parameter 'hostname' (${hostname})`;
  }
  return { ...probe, settings: { ...probe.settings, headers: { ...headers, Host: hostname } } };
}
