import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { configJsonSchema } from '../../src/config/json-schema.ts';
import { keysOf } from '../../src/config/keys.ts';
import { valueAt } from '../../src/config/layers.ts';
import { loadConfig } from '../../src/config/load.ts';
import { systemPorts } from '../../src/config/ports.ts';
import { effectiveSettings } from '../../src/config/redact.ts';
import { Settings } from '../../src/config/schema.ts';

const root = join(import.meta.dirname, '../..');
const fixtures = join(root, 'test/fixtures/config');
const schema = configJsonSchema();

/** zod reads JSON Schema back, all of ours but the exclusions that the last test looks at. */
const validator = z.fromJSONSchema(
  JSON.parse(JSON.stringify(schema, (key, value) => (key === 'allOf' ? undefined : value))),
);

/** What a schema cannot know: other files, other entries, and what is inside a URL or a range of digits. */
const beyond = [
  'bad-external-label.yml',
  'bad-broker-listen.yml',
  'bad-escalation-file.yml',
  'bad-escalation-matcher.yml',
  'bad-escalation-order.yml',
  'bad-escalation-receiver.yml',
  'bad-escalation-twice.yml',
  'bad-alertmanager-missing.yml',
  'bad-api-url-credentials.yml',
  'bad-app-enterprise.yml',
  'bad-scope-twice.yml',
  'bad-app-keyless.yml',
  'bad-app-nameless.yml',
  'bad-listen-port.yml',
  'bad-module-dns-name.yml',
  'bad-module-regexp.yml',
  'bad-recovery-ghost.yml',
  'bad-recovery-page.yml',
  'bad-recovery-stuck.yml',
  'bad-recovery-twice.yml',
  'bad-relay-kinds.yml',
  'bad-relay-template.yml',
  'bad-relay-url.yml',
  'bad-module-section.yml',
  'bad-module-timeout.yml',
  'bad-quiet-after.yml',
  'bad-rules-missing.yml',
  'bad-target-circle.yml',
  'bad-target-depends.yml',
  'bad-target-label.yml',
  'bad-target-misspelt-module.yml',
  'bad-target-module.yml',
  'bad-target-port.yml',
  'bad-target-ssh-user.yml',
  'bad-target-twice.yml',
  'bad-target-url-credentials.yml',
  'bad-token-both.yml',
  'bad-token-file-empty.yml',
  'bad-token-file-missing.yml',
];

const bad = readdirSync(fixtures).filter((name) => /^bad-(?!yaml-).*\.yml$/.test(name));

describe('the JSON Schema', () => {
  it('says which draft it is, and describes every key', () => {
    expect(schema).toMatchObject({ $schema: 'https://json-schema.org/draft/2020-12/schema', type: 'object' });
    expect(undescribed(schema, 'runnerwatch.yml')).toEqual([]);
  });

  it('accepts the example, and so does the loader', async () => {
    const file = join(root, 'examples/runnerwatch.yml');
    expect(validator.safeParse(parse(readFileSync(file, 'utf8'))).error).toBeUndefined();
    const { warnings, config } = await loadConfig({ ...systemPorts(), env: {} }, file);
    expect(warnings).toEqual([]);
    expect(config.targets).toHaveLength(3);
  });

  it('has the defaults in the example, but for what is marked as one', async () => {
    const ports = { ...systemPorts(), env: {} };
    const [own, usual] = await Promise.all([
      loadConfig(ports, join(root, 'examples/runnerwatch.yml')),
      loadConfig(ports),
    ]);
    const settings = effectiveSettings(usual);
    const differing = keysOf(Settings).filter(({ path }) => {
      const written = valueAt(own.written, path);
      return written !== undefined && JSON.stringify(written) !== JSON.stringify(valueAt(settings, path));
    });
    const marked = ['external_url', 'github.repositories', 'scrape.instance', 'modules', 'targets', 'rules.files'];
    expect(differing.map(({ path }) => path.join('.')).filter((key) => !marked.includes(key))).toEqual([]);
  });

  it.each(bad.filter((name) => !beyond.includes(name)))('refuses %s', (name) => {
    expect(validator.safeParse(parse(readFileSync(join(fixtures, name), 'utf8'))).success).toBe(false);
  });

  it.each(beyond)('leaves %s to check-config', (name) => {
    expect(validator.safeParse(parse(readFileSync(join(fixtures, name), 'utf8'))).success).toBe(true);
  });

  it('has each secret twice, never both at once, and no mark of ours', () => {
    const { github } = schema.properties as Record<string, { properties: object; allOf: unknown }>;
    expect(github?.properties).toMatchObject({ token: { writeOnly: true }, token_file: { type: 'string' } });
    expect(github?.allOf).toEqual([
      { not: { required: ['token', 'token_file'] } },
      { not: { required: ['webhook_secret', 'webhook_secret_file'] } },
    ]);
    expect(JSON.stringify(schema)).not.toContain('"secret":');
  });
});

function undescribed(node: object, path: string): readonly string[] {
  const { properties = {}, items } = node as { properties?: Record<string, { description?: string }>; items?: object };
  const children = Object.entries(properties).flatMap(([key, child]) => [
    ...(child.description ? [] : [`${path}.${key}`]),
    ...undescribed(child, `${path}.${key}`),
  ]);
  return items ? [...children, ...undescribed(items, `${path}[]`)] : children;
}
