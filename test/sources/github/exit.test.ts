import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { createGithubEmulator, TEST_TOKEN } from '../../support/github-emulator/index.ts';

const run = promisify(execFile);

/** Lists once, gives up after `patienceMs`, and prints how long the process then still lived. */
function script(apiUrl: string, patienceMs: number): string {
  const module = (path: string): string => JSON.stringify(new URL(`../../../src/${path}`, import.meta.url).href);
  return `
    import { createGithubSource } from ${module('sources/github/create.ts')};
    import { systemClock } from ${module('lib/clock.ts')};
    import { silentLog } from ${module('lib/log.ts')};
    const source = createGithubSource({
      apiUrl: ${JSON.stringify(apiUrl)}, token: async () => ${JSON.stringify(TEST_TOKEN)},
      clock: systemClock, log: silentLog, userAgent: 'test',
    });
    const signal = AbortSignal.timeout(${patienceMs});
    const outcome = await source.listRunners({ kind: 'repository', name: 'o/r' }, signal).then(() => 'ok', () => 'failed');
    const end = performance.now();
    process.on('exit', () => console.log(JSON.stringify({ outcome, lingered: performance.now() - end })));
  `;
}

describe("Octokit's timers and queues", () => {
  it.each([
    ['an answer', {}, 'ok'],
    ['a hang that was given up', { hang: true }, 'failed'],
    ['a failure whose retry was given up', { status: 500, body: {} }, 'failed'],
  ])('do not hold up the end of the process after %s', async (_, fault, outcome) => {
    await using github = await createGithubEmulator();
    github.fail({ match: '', ...fault });
    const args = ['--input-type=module-typescript', '--eval', script(github.url, outcome === 'ok' ? 5000 : 100)];
    const { stdout } = await run(process.execPath, args, { timeout: 15_000 });
    const told = JSON.parse(stdout) as { outcome: string; lingered: number };
    expect(told.outcome).toBe(outcome);
    expect(told.lingered).toBeLessThan(1000);
  });
});
