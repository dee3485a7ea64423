import { createHash } from 'node:crypto';
import ssh2, { type ParsedKey } from 'ssh2';
import { readSecret, type SecretSource } from '../lib/secret.ts';

export interface Keyring {
  /** Reads the files anew. Throws an Error that names a file, never what is in it. */
  load(privateKeyFile: string, passphrase: SecretSource | undefined): Promise<ParsedKey>;
}

/** Parsed keys, by file. Opening an encrypted key costs about 100 ms of CPU, so an unchanged one is opened once. */
export function createKeyring(readFile: (path: string) => Promise<string>): Keyring {
  const opened = new Map<string, { readonly digest: string; readonly key: ParsedKey }>();
  return {
    load: async (privateKeyFile, passphrase) => {
      const text = await readFile(privateKeyFile);
      const word = passphrase && (await readSecret(passphrase, readFile));
      const digest = createHash('sha256')
        .update(JSON.stringify([text, word]))
        .digest('hex');
      const known = opened.get(privateKeyFile);
      if (known?.digest === digest) return known.key;
      const key = parse(privateKeyFile, text, word);
      if (opened.size >= maxKeys) opened.clear();
      opened.set(privateKeyFile, { digest, key });
      return key;
    },
  };
}

const maxKeys = 100;

function parse(file: string, text: string, passphrase: string | undefined): ParsedKey {
  // The parser's own messages are not passed on: they are about the content of a secret.
  const key: ParsedKey | Error | readonly unknown[] = ssh2.utils.parseKey(text, passphrase);
  if (key instanceof Error || Array.isArray(key) || !('isPrivateKey' in key) || !key.isPrivateKey()) {
    throw new Error(`${file} is no private key that can be opened with the passphrase given`);
  }
  return key;
}
