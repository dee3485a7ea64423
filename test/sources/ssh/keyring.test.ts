import { generateKeyPairSync } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/lib/clock.ts';
import { secretText } from '../../../src/lib/secret.ts';
import { createKeyThread } from '../../../src/sources/ssh/key-thread.ts';
import { createKeyring } from '../../../src/sources/ssh/keyring.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const plain = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
const locked = privateKey
  .export({ type: 'pkcs1', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'open sesame' })
  .toString();

describe('createKeyring', () => {
  let files: Map<string, string>;
  let tries: string[];
  beforeEach(() => {
    files = new Map([['/key', locked]]);
    tries = [];
  });

  const keyring = (open = async (passphrase: string) => (passphrase === 'open sesame' ? plain : undefined)) =>
    createKeyring(
      async (path) => files.get(path) ?? Promise.reject(new Error(`no file ${path}`)),
      (_, passphrase) => {
        tries.push(passphrase);
        return open(passphrase);
      },
    );

  it('tries a passphrase once, as long as neither it nor the file changes', async () => {
    const ring = keyring();
    for (let count = 0; count < 3; count++) await ring.load('/key', secretText('open sesame'));
    expect(tries).toEqual(['open sesame']);
    files.set('/key', `${locked}\n`);
    await ring.load('/key', secretText('open sesame'));
    expect(tries).toEqual(['open sesame', 'open sesame']);
  });

  it('tries a passphrase once for probes that come together', async () => {
    const ring = keyring();
    await Promise.all([1, 2, 3].map(() => ring.load('/key', secretText('open sesame'))));
    expect(tries).toHaveLength(1);
  });

  it('does not try a wrong one again, and says no word of it', async () => {
    const ring = keyring();
    for (let count = 0; count < 2; count++) {
      await expect(ring.load('/key', secretText('open barley'))).rejects.toThrow(
        /^\/key is no private key that can be opened with the passphrase given$/,
      );
    }
    expect(tries).toHaveLength(1);
  });

  it('tries again after a thread that failed', async () => {
    let isBroken = true;
    const ring = keyring(async () => {
      if (isBroken) throw new Error('no thread');
      return plain;
    });
    await expect(ring.load('/key', secretText('open sesame'))).rejects.toThrow('no thread');
    isBroken = false;
    expect((await ring.load('/key', secretText('open sesame'))).type).toBe('ssh-rsa');
  });

  it('needs no thread for a key without a passphrase', async () => {
    files.set('/key', plain);
    expect((await keyring().load('/key', undefined)).type).toBe('ssh-rsa');
    expect(tries).toEqual([]);
  });

  it('has a digest for each key and passphrase, and none of a file that is gone', async () => {
    const ring = keyring();
    const [one, same, other] = await Promise.all(
      ['a', 'a', 'b'].map((passphrase) => ring.digest('/key', secretText(passphrase))),
    );
    expect(same).toBe(one);
    expect(other).not.toBe(one);
    await expect(ring.digest('/gone', undefined)).rejects.toThrow('no file /gone');
  });
});

describe('createKeyThread', () => {
  it('opens a key with its passphrase, and nothing with another or from garbage', async () => {
    const open = createKeyThread(systemClock);
    expect(await Promise.all([open(locked, 'open sesame'), open(locked, 'x'), open('garbage', 'x')])).toEqual([
      plain,
      undefined,
      undefined,
    ]);
  });

  it('gives up a key that takes for ever, and opens the next', async () => {
    const clock = new FakeClock();
    const open = createKeyThread(clock);
    const late = expect(open(locked, 'open sesame')).rejects.toThrow('did not answer within 60 s');
    // The first turn begins with the next microtask, its thread some milliseconds later.
    await Promise.resolve();
    await clock.advance(60_000);
    await late;
    expect(await open(locked, 'open sesame')).toBe(plain);
  });
});
