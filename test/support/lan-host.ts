import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { binary } from './services.ts';
import { startProcess } from './spawn.ts';

const ip = (...args: readonly string[]): string =>
  execFileSync(binary('ip'), args, { encoding: 'utf8', stdio: 'pipe' });

/**
 * A machine beside this one: a network namespace at the end of a cable, under addresses of its own, that takes TCP
 * connections on the ports and says `hello`. Needs root.
 */
export async function startLanHost(addresses: readonly string[], near: string, ports: readonly number[]) {
  await using stack = new AsyncDisposableStack();
  const id = randomBytes(3).toString('hex');
  const [name, cable] = [`rw-lan-${id}`, `rwl${id}`];
  ip('netns', 'add', name);
  stack.defer(() => void ip('netns', 'delete', name));
  ip('link', 'add', cable, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name);
  ip('address', 'add', `${near}/32`, 'dev', cable);
  ip('link', 'set', cable, 'up');
  for (const link of ['lo', 'eth0']) ip('-n', name, 'link', 'set', link, 'up');
  for (const address of addresses) {
    ip('-n', name, 'address', 'add', `${address}/32`, 'dev', 'eth0');
    ip('route', 'add', `${address}/32`, 'dev', cable);
  }
  ip('-n', name, 'route', 'add', `${near}/32`, 'dev', 'eth0');
  for (const port of ports) {
    const listen = ['netns', 'exec', name, binary('socat'), '-d', '-d', `TCP-LISTEN:${port},fork,reuseaddr`];
    const options = {
      command: binary('ip'),
      args: [...listen, 'SYSTEM:echo hello'],
      ready: { output: /listening on/ },
    };
    stack.use(await startProcess(options));
  }
  const owned = stack.move();
  return { [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
