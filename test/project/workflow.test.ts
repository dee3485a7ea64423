import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const root = join(import.meta.dirname, '../..');
const files = globSync('.github/workflows/*.yml', { cwd: root });

describe.each(files)('%s', (file) => {
  const read = () => readFile(join(root, file), 'utf8');

  it('pins every action to a commit, with its version beside it', async () => {
    const uses = (await read()).split('\n').filter((line) => /\buses:/.test(line));
    expect(uses.length).toBeGreaterThan(0);
    for (const line of uses) expect(line).toMatch(/uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  it('may only read the repository', async () => {
    expect(parse(await read())).toMatchObject({ permissions: { contents: 'read' } });
  });

  it('runs the same script as any other continuous integration', async () => {
    expect(await read()).toMatch(/run: \.ci\/run$/m);
  });
});
