import { type Destination, destinationsOf } from '../config/destinations.ts';
import { loadConfig } from '../config/load.ts';
import type { CommandIo, ExitCode } from './command.ts';

interface FirewallTargetsOptions {
  readonly file: string | undefined;
  readonly json: boolean;
}

/** Prints where the targets' probes go: `tcp 192.168.1.155 22` or `icmp 192.168.1.1`, a line for each. */
export async function firewallTargets(io: CommandIo, { file, json }: FirewallTargetsOptions): Promise<ExitCode> {
  const { config } = await loadConfig(io.ports, file);
  const found = destinationsOf(config);
  if (json) io.out(JSON.stringify(found, null, 2));
  else for (const line of found.map(lineOf)) io.out(line);
  return 0;
}

function lineOf({ protocol, host, port }: Destination): string {
  return [protocol, host, ...(port === undefined ? [] : [port])].join(' ');
}
