import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const sources = fileURLToPath(new URL('../../src/sources/', import.meta.url));

describe('sources', () => {
  it('load under plain Node, whose named imports from CommonJS are fewer than the test runner’s', () => {
    const all = readdirSync(sources, { recursive: true, encoding: 'utf8' });
    // A worker's file runs as what it is in the tests of who starts it.
    const files = all.filter((name) => name.endsWith('.ts') && !name.endsWith('-worker.ts'));
    expect(files.length).toBeGreaterThan(5);
    const script = files.map((name) => `await import(${JSON.stringify(`${sources}${name}`)});`).join('\n');
    execFileSync('node', ['--input-type=module', '-e', script], { stdio: 'pipe' });
  });
});
