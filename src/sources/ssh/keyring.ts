import { createHash } from 'node:crypto';
import type { ParsedKey } from 'ssh2';
import { readSecret, type SecretSource } from '../../lib/secret.ts';
import type { KeyOpener } from './key-thread.ts';
import { parsePrivateKey } from './open-key.ts';

export interface Keyring {
  /** Reads the files anew. Throws an Error that names a file, never what is in it. */
  load(privateKeyFile: string, passphrase: SecretSource | undefined): Promise<ParsedKey>;
  /** Changes with the key or its passphrase. Throws as `load` does where a file cannot be read. */
  digest(privateKeyFile: string, passphrase: SecretSource | undefined): Promise<string>;
}

interface Opened {
  readonly digest: string;
  /** undefined where the passphrase did not open it. */
  readonly key: Promise<ParsedKey | undefined>;
}

interface Files {
  readonly text: string;
  readonly passphrase: string | undefined;
  readonly digest: string;
}

/** Keys by file. What did not change is not tried again, a wrong passphrase neither. */
export function createKeyring(readFile: (path: string) => Promise<string>, openKey: KeyOpener): Keyring {
  const known = new Map<string, Opened>();

  async function read(file: string, source: SecretSource | undefined): Promise<Files> {
    const text = await readFile(file);
    const passphrase = source && (await readSecret(source, readFile));
    const digest = createHash('sha256')
      .update(JSON.stringify([text, passphrase]))
      .digest('hex');
    return { text, passphrase, digest };
  }

  async function parse({ text, passphrase }: Files): Promise<ParsedKey | undefined> {
    if (passphrase === undefined) return parsePrivateKey(text);
    const opened = await openKey(text, passphrase);
    return opened === undefined ? undefined : parsePrivateKey(opened);
  }

  function open(file: string, files: Files): Promise<ParsedKey | undefined> {
    const before = known.get(file);
    if (before?.digest === files.digest) return before.key;
    const opened = { digest: files.digest, key: parse(files) };
    // A thread that failed says nothing about the key.
    opened.key.catch(() => known.get(file) === opened && known.delete(file));
    if (known.size >= maxKeys) known.clear();
    known.set(file, opened);
    return opened.key;
  }

  return {
    digest: async (file, passphrase) => (await read(file, passphrase)).digest,
    load: async (file, passphrase) => {
      const key = await open(file, await read(file, passphrase));
      // The parser's own messages are not passed on: they are about the content of a secret.
      if (!key) throw new Error(`${file} is no private key that can be opened with the passphrase given`);
      return key;
    },
  };
}

const maxKeys = 100;
