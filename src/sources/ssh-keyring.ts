import { createHash } from 'node:crypto';
import ssh2, { type ParsedKey } from 'ssh2';
import { readSecret, type SecretSource } from '../lib/secret.ts';

export interface Keyring {
  /** Reads the files anew. Throws an Error that names a file, never what is in it. */
  load(privateKeyFile: string, passphrase: SecretSource | undefined): Promise<ParsedKey>;
}

interface Opened {
  readonly digest: string;
  /** undefined where the passphrase did not open it. */
  readonly key: ParsedKey | undefined;
}

/**
 * Keys by file. To try a passphrase on an OpenSSH key costs some 0.3 s of CPU on purpose (bcrypt), so what did not
 * change is not tried again.
 */
export function createKeyring(readFile: (path: string) => Promise<string>): Keyring {
  const known = new Map<string, Opened>();
  function open(file: string, text: string, passphrase: string | undefined): Opened {
    const digest = createHash('sha256')
      .update(JSON.stringify([text, passphrase]))
      .digest('hex');
    const before = known.get(file);
    if (before?.digest === digest) return before;
    const opened = { digest, key: parse(text, passphrase) };
    if (known.size >= maxKeys) known.clear();
    known.set(file, opened);
    return opened;
  }
  return {
    load: async (privateKeyFile, passphrase) => {
      const text = await readFile(privateKeyFile);
      const { key } = open(privateKeyFile, text, passphrase && (await readSecret(passphrase, readFile)));
      // The parser's own messages are not passed on: they are about the content of a secret.
      if (!key) throw new Error(`${privateKeyFile} is no private key that can be opened with the passphrase given`);
      return key;
    },
  };
}

const maxKeys = 100;

function parse(text: string, passphrase: string | undefined): ParsedKey | undefined {
  const key: ParsedKey | Error | readonly unknown[] = ssh2.utils.parseKey(text, passphrase);
  return !(key instanceof Error) && 'isPrivateKey' in key && key.isPrivateKey() ? key : undefined;
}
