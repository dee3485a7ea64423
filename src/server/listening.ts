import type { Socket } from 'node:net';
import type { Config } from '../config/schema.ts';
import { createApp, createRunnerApp } from '../http/app.ts';
import type { HttpPorts } from '../http/ports.ts';
import type { Clock } from '../lib/clock.ts';
import { plainAddress } from '../lib/ip-address.ts';
import type { Log } from '../lib/log.ts';
import { type Listening, listen } from './listen.ts';

/**
 * Opens the main address and, where it is set, that of runners, which is opened first: the main one then cuts off whoever
 * comes in by it. Both are as they were at the start, whatever a reload brings.
 */
export async function openAddresses(
  config: Pick<Config, 'listen' | 'broker'>,
  ports: HttpPorts,
  { clock, log, stack }: { readonly clock: Clock; readonly log: Log; readonly stack: AsyncDisposableStack },
): Promise<Listening> {
  const { listen: ofRunners } = config.broker;
  if (!ofRunners) return stack.use(await listen(config.listen, createApp(ports, log), { clock }));
  const runnerApp = createRunnerApp(ports, log);
  const opened = stack.use(await listen(ofRunners, runnerApp, { clock, key: 'broker.listen' }));
  log.info({ url: opened.url, address: opened.address }, 'listening for runners');
  const letsIn = (connection: Socket): boolean => {
    if (!comesFromRunners(connection, opened.address)) return true;
    ports.runner.deny('port', { address: plainAddress(connection.remoteAddress) });
    return false;
  };
  return stack.use(await listen(config.listen, createApp(ports, log, { servesRunners: false }), { clock, letsIn }));
}

/** Runnerwatch itself may reach that address by its own name: it then comes from where it goes. */
function comesFromRunners({ localAddress, remoteAddress }: Socket, ofRunners: string): boolean {
  return plainAddress(localAddress) === plainAddress(ofRunners) && remoteAddress !== localAddress;
}
