import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { systemPorts } from '../../src/config/ports.ts';
import { planted } from './planted.ts';

const directory = join(import.meta.dirname, '../fixtures/config');
const files = readdirSync(directory).filter((name) => name.startsWith('bad-') && name.endsWith('.yml'));

describe('a broken configuration file', () => {
  it.each(files)('%s gives its one exact message', async (file) => {
    const expected = readFileSync(join(directory, file.replace(/yml$/, 'expected')), 'utf8').trimEnd();
    const failure = await loadConfig({ ...systemPorts(), env: {}, cwd: directory }, file).catch(
      (error: unknown) => error,
    );
    expect(failure).toMatchObject({ name: 'ProblemsError', problems: [{ file }] });
    const message = String((failure as Error).message).replaceAll(directory, '<dir>');
    expect(message).toBe(expected);
    for (const secret of planted) expect(message).not.toContain(secret);
  });

  it('is one of at least twenty', () => expect(files.length).toBeGreaterThanOrEqual(20));
});
