import { describe, expect, it } from 'vitest';
import { Targets } from '../../src/collectors/targets.ts';
import { checkDocument, readDocument } from '../../src/lib/document.ts';
import { isSecretSource } from '../../src/lib/secret.ts';

function load(text: string) {
  return checkDocument(Targets, readDocument('targets.yml', text));
}

function faultsOf(text: string): string {
  try {
    load(text);
    return 'no fault';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

describe('targets', () => {
  it('fills in what is left out', () => {
    expect(load('[{name: nas, address: nas.lan}]')).toEqual([
      {
        name: 'nas',
        address: 'nas.lan',
        modules: [{ module: 'icmp' }],
        dependsOn: [],
        labels: {},
        ssh: {},
      },
    ]);
  });

  it('reads a login, its passphrase as a secret that does not print', () => {
    const [target] = load(`
- name: nas
  address: fe80::1%eth0
  modules: [icmp, ssh]
  labels: {site: home}
  ssh:
    port: 2222
    username: probe
    private_key_file: /keys/id
    passphrase: open sesame
    host_key: SHA256:${'a'.repeat(43)}
    command: uptime
    exit_code: 3
`);
    expect(target?.ssh).toMatchObject({ port: 2222, private_key_file: '/keys/id', command: 'uptime', exit_code: 3 });
    expect(isSecretSource(target?.ssh.passphrase)).toBe(true);
    expect(JSON.stringify(target)).not.toContain('sesame');
  });

  it.each([
    ['[{name: a, address: -f}]', 'targets.yml:1: [0].address: found "-f", expected a host name or an IP address'],
    ['[{name: a, address: "a b"}]', 'expected a host name or an IP address'],
    ['[{name: a, address: "$(id)"}]', 'expected a host name or an IP address'],
    ['[{name: a, address: "fe80::1%-f x"}]', 'expected a host name or an IP address'],
    ['[{name: a, address: b, modules: []}]', 'expected at least 1'],
    ['[{name: a, address: b, modules: [icmp, icmp]}]', 'expected each module once, or with different addresses'],
    ['[{name: a, address: b, modules: [{modul: icmp}]}]', 'Did you mean module?'],
    ['[{name: a, address: b, depends_on: [a]}]', '[0].depends_on[0]: found "a", expected the name of another target'],
    ['[{name: nas, address: b}, {name: c, address: d, depends_on: [nsa]}]', 'did you mean nas?'],
    ['[{name: a, address: b, labels: {module: c}}]', '[0].labels.module: found "c", expected a label name other than'],
    ['[{name: a, address: b, labels: {"a-b": c}}]', 'expected a label name of letters, digits and underscores'],
    ['[{name: a, address: b, labels: {__a: c}}]', 'expected a label name of letters, digits and underscores'],
    [
      `[{name: a, address: b, labels: {${'abcdefghijk'.split('').map((l) => `${l}: x`)}}}]`,
      'expected at most 10 labels',
    ],
    ['[{name: a, address: b, ssh: {passphrase: ""}}]', 'ssh.passphrase: found a value, expected a text'],
    ['[{name: a, address: b, ssh: {host_key: "MD5:1"}}]', 'expected a fingerprint such as SHA256:'],
    ['[{name: a, address: b, ssh: {prot: 1}}]', 'Did you mean port?'],
    [
      '- {name: a, address: b}\n- {name: a, address: c}',
      'targets.yml:2: [1].name: found "a", expected a name that no other',
    ],
  ])('refuses %s', (text, message) => {
    const faults = faultsOf(text);
    expect(faults).toContain(message);
    expect(faults).not.toContain('hush');
  });
});
