import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { binary, createNeeds, freePort, type ServiceName } from '../support/services.ts';

function setUp({ ci, there }: { readonly ci: boolean; readonly there: readonly ServiceName[] }) {
  const lines: string[] = [];
  const asked: ServiceName[] = [];
  const isThere = (name: ServiceName): boolean => {
    asked.push(name);
    return there.includes(name);
  };
  return { needs: createNeeds({ isThere, ci, warn: (line) => lines.push(line) }), lines, asked };
}

describe('needs', () => {
  it.each([true, false])('runs the tests of a service that is there (CI=%s)', (ci) => {
    const { needs, lines } = setUp({ ci, there: ['docker'] });
    expect([needs('docker'), lines]).toEqual([false, []]);
  });

  it('skips on a user machine, says so once and looks once', () => {
    const { needs, lines, asked } = setUp({ ci: false, there: [] });
    expect([needs('sshd'), needs('sshd'), needs('ping')]).toEqual([true, true, true]);
    expect(lines).toEqual([
      'skipping the tests that need sshd: npm run services installs it\n',
      'skipping the tests that need ping: npm run services installs it\n',
    ]);
    expect(asked).toEqual(['sshd', 'ping']);
  });

  it('is an error in CI each time, where nothing may be skipped', () => {
    const { needs } = setUp({ ci: true, there: [] });
    for (const _ of [1, 2]) expect(() => needs('compose')).toThrow('compose is missing, and with CI=true');
  });
});

describe('binary', () => {
  it('finds a command on PATH by its full path', async () => {
    const { stdout } = await promisify(execFile)(binary('bash'), ['-c', 'echo found']);
    expect(stdout).toBe('found\n');
  });

  it('names the way out where there is none', () => {
    expect(() => binary('no-such-command')).toThrow('no-such-command is not installed: npm run services');
  });
});

describe('freePort', () => {
  it('gives a port that can be listened on', async () => {
    const server = createServer();
    server.listen(await freePort(), '127.0.0.1');
    await once(server, 'listening');
    server.close();
  });
});
