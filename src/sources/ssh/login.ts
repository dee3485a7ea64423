import type { ConnectConfig } from 'ssh2';
import { reasonOf } from '../../lib/log.ts';
import type { SshCheck } from './check.ts';
import type { Keyring } from './keyring.ts';

type LoginHandler = Exclude<ConnectConfig['authHandler'], readonly unknown[] | undefined>;

/** Offers the key file, then the agent, then nothing: ssh2 asks again after each refusal. */
export function loginHandler(check: SshCheck, keyring: Keyring, fail: (message: string) => void): LoginHandler {
  const { username, privateKeyFile = '', passphrase, agent = '' } = check;
  // The session has what it wants by then, and is left.
  if (username === undefined) return () => undefined;
  const offers: ('key' | 'agent')[] = [];
  if (privateKeyFile !== '') offers.push('key');
  if (agent !== '') offers.push('agent');
  return (_left, _partial, next) => {
    const offer = offers.shift();
    if (offer === 'agent') return next({ type: 'agent', username, agent });
    if (offer === undefined) return next(false as never);
    keyring.load(privateKeyFile, passphrase).then(
      (key) => next({ type: 'publickey', username, key }),
      (error: unknown) => fail(reasonOf(error)),
    );
  };
}
