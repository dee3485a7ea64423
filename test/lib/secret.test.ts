import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Secret } from '../../src/lib/schema.ts';
import { isSecretSource, readSecret, secretFile, secretText } from '../../src/lib/secret.ts';

const noFile = async (path: string) => Promise.reject(new Error(`nobody should read ${path}`));

describe('a secret', () => {
  it.each([
    ['as text', secretText('s3cret')],
    ['from a file', secretFile('/run/s3cret')],
  ])('%s prints as [secret] in every way', (_, secret) => {
    const printed = [String(secret), JSON.stringify({ secret }), inspect({ a: [secret] }), `${[secret]}`];
    for (const text of printed) {
      expect(text).toContain('[secret]');
      expect(text).not.toContain('s3cret');
    }
  });

  it('is its text, or what its file holds now without the line end', async () => {
    expect(await readSecret(secretText('a\n'), noFile)).toBe('a\n');
    expect(await readSecret(secretFile('/x'), async (path) => `${path} b \r\n`)).toBe('/x b ');
  });

  it.each(['', '\n', '  \n'])('fails by its file where that holds %j', async (content) => {
    await expect(readSecret(secretFile('/x'), async () => content)).rejects.toThrow('/x is empty');
  });
});

describe('the schema of a secret', () => {
  const schema = z.strictObject({ token: Secret.optional() });

  it('takes a text and a source, and gives a source', () => {
    expect(isSecretSource(schema.parse({ token: 'a' }).token)).toBe(true);
    const source = secretFile('/x');
    expect(schema.parse({ token: source }).token).toBe(source);
    expect(schema.parse({}).token).toBeUndefined();
  });

  it.each(['', 5, null, { kind: 'file', path: '/etc/shadow' }, ['a']])('refuses %j', (token) => {
    expect(schema.safeParse({ token }).success).toBe(false);
  });
});
