import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const sources = fileURLToPath(new URL('../../src/sources/', import.meta.url));

describe('sources', () => {
  it('load under plain Node, whose named imports from CommonJS are fewer than the test runner’s', () => {
    const files = readdirSync(sources, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
    expect(files.length).toBeGreaterThan(5);
    const script = files.map((name) => `await import(${JSON.stringify(`${sources}${name}`)});`).join('\n');
    execFileSync('node', ['--input-type=module', '-e', script], { stdio: 'pipe' });
  });
});
