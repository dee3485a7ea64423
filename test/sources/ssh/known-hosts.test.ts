import { createHash, createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findKnownHost, hostName, parsePublicKey } from '../../../src/sources/ssh/known-hosts.ts';

/** A key's text: its type as a length-prefixed string, and something that tells it from others. */
function keyText(type: string, rest: string): string {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(type.length);
  return `${type} ${Buffer.concat([length, Buffer.from(type + rest)]).toString('base64')}`;
}
const key = keyText('ssh-ed25519', 'one');
const salt = Buffer.from('twenty bytes of salt');
const hash = (host: string): string =>
  `|1|${salt.toString('base64')}|${createHmac('sha1', salt).update(host).digest('base64')}`;

describe('findKnownHost', () => {
  it.each([
    ['a name', 'nas.lan', 'nas.lan', true],
    ['another name', 'nas.lan', 'nas', false],
    ['one of several', 'nas,10.0.0.9', '10.0.0.9', true],
    ['capitals', 'NAS.lan', 'nas.LAN', true],
    ['a pattern', '*.lan', 'nas.lan', true],
    ['a pattern of one letter', 'na?.lan', 'nas.lan', true],
    ['an exception', '*.lan,!nas.lan', 'nas.lan', false],
    ['a port', '[nas.lan]:2222', '[nas.lan]:2222', true],
    ['the wrong port', 'nas.lan', '[nas.lan]:2222', false],
    ['a hashed name', hash('nas.lan'), 'nas.lan', true],
    ['a hashed name of another', hash('nas.lan'), 'nas', false],
    ['a hash that is none', '|1|x', 'nas', false],
  ])('knows a host by %s', (_, names, host, isKnown) => {
    expect(findKnownHost(`# comment\n\n  ${names} ${key} root@nas\n`, host).keys).toHaveLength(Number(isKnown));
  });

  it('keeps revoked keys apart and leaves out authorities and what it cannot read', () => {
    const text = [
      `@revoked * ${keyText('ssh-rsa', 'bad')}`,
      `@cert-authority * ${keyText('ssh-rsa', 'ca')}`,
      'nas ssh-rsa not-base64!',
      'nas ssh-rsa AAAA',
      'nas 1024 35 1234567',
      `nas ${key}`,
    ].join('\r\n');
    const { keys, revoked } = findKnownHost(text, 'nas');
    expect(keys).toEqual([parsePublicKey(key)]);
    expect(revoked).toEqual([parsePublicKey(keyText('ssh-rsa', 'bad'))]);
  });

  it('takes any text, and patterns of many stars in little time', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void findKnownHost(text, 'nas')));
    const start = performance.now();
    findKnownHost(`${'*a'.repeat(5000)} ${key}`, 'a'.repeat(250));
    expect(performance.now() - start).toBeLessThan(1000);
  });
});

it('gives the fingerprint as OpenSSH prints it', () => {
  const blob = Buffer.from(key.split(' ')[1] ?? '', 'base64');
  const digest = createHash('sha256').update(blob).digest('base64').replace('=', '');
  expect(parsePublicKey(`${key} comment`)).toEqual({ type: 'ssh-ed25519', fingerprint: `SHA256:${digest}` });
});

it.each([
  ['nas.lan', 22, 'nas.lan'],
  ['nas.lan', 2222, '[nas.lan]:2222'],
  ['fe80::1', 22, 'fe80::1'],
])('names %s and port %d as %s', (address, port, name) => {
  expect(hostName(address, port)).toBe(name);
});
