import { appendFileSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openDatabase } from '../../src/state/database.ts';
import { createRecoveryStore } from '../../src/state/recoveries.ts';
import { proveAudit } from '../support/audit.ts';
import { temporaryFolder } from '../support/processes.ts';
import { seriesValue, startServer } from '../support/server.ts';

const docker = { host: 'unix:///nonexistent/docker.sock' };
const rules = { enabled: false };

interface Written {
  readonly event: { readonly action: string; readonly outcome?: string };
  readonly labels: Readonly<Record<string, string>>;
}

function recordsIn(path: string): readonly Written[] {
  const lines = readFileSync(join(path, 'audit/audit.jsonl'), 'utf8').trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line));
}

function actionsIn(path: string): readonly string[] {
  return recordsIn(path).map(({ event }) => event.action);
}

describe('the audit log of a server', () => {
  it('tells its starts, stops and configurations, and goes on over all of them', async () => {
    using data = temporaryFolder();
    const settings = { docker, rules, data_dir: data.path };
    {
      await using server = await startServer({ settings });
      expect(actionsIn(data.path)).toEqual(['runnerwatch-started']);
      expect(await server.reload()).toEqual({ ok: true });
      expect(actionsIn(data.path)).toHaveLength(1);
      server.configure({ ...settings, log: { level: 'error' } });
      expect(await server.reload()).toEqual({ ok: true });
      server.configure({ ...settings, log: { level: 'nothing' } });
      await server.reload();
      const metrics = await server.metrics();
      expect(seriesValue(metrics, 'runnerwatch_audit_success')).toBe(1);
      expect(seriesValue(metrics, 'runnerwatch_audit_intact')).toBe(1);
      expect(seriesValue(metrics, 'runnerwatch_audit_sequence')).toBe(2);
      expect(seriesValue(metrics, 'runnerwatch_audit_dropped_total')).toBe(0);
      expect(seriesValue(metrics, 'runnerwatch_audit_records_total{action="runnerwatch-started"}')).toBe(1);
      expect(seriesValue(metrics, 'runnerwatch_audit_records_total{action="runner-offline"}')).toBe(0);
    }
    {
      await using _ = await startServer({ settings });
    }
    expect(actionsIn(data.path)).toEqual([
      ...['runnerwatch-started', 'configuration-changed', 'runnerwatch-stopped'],
      ...['runnerwatch-started', 'runnerwatch-stopped'],
    ]);
    const [started, changed, , again] = recordsIn(data.path).map(({ labels }) => labels);
    expect(changed?.previous_config_digest).toBe(started?.config_digest);
    expect(again?.config_digest).not.toBe(changed?.config_digest);
    expect(proveAudit(data.path)).toMatchObject({ records: 5, damages: 0, notes: [] });
  });

  it('tells what recovery decided, and those that a stop interrupted', async () => {
    using data = temporaryFolder();
    const settings = { docker, rules, data_dir: data.path, recovery: { token: 'sesame' } };
    {
      using database = openDatabase(join(data.path, 'runnerwatch.db'));
      createRecoveryStore(database).begin({ runner: 'a', container: 'c', action: 'restart', alerts: [] }, 0);
    }
    await using server = await startServer({ settings });
    expect(recordsIn(data.path)[0]).toMatchObject({
      event: { action: 'recovery-ended', outcome: 'unknown' },
      labels: { interrupted: '1' },
    });
    const alerts = [{ status: 'firing', labels: { alertname: 'RunnerContainerUnhealthy', runner: 'homelab-1' } }];
    const headers = { authorization: 'Bearer sesame', 'content-type': 'application/json' };
    const body = JSON.stringify({ version: '4', alerts });
    await fetch(`${server.url}/api/v1/recover`, { method: 'POST', headers, body });
    expect(recordsIn(data.path).at(-1)).toMatchObject({
      event: { action: 'recovery-decided', outcome: 'unknown' },
      labels: { runner: 'homelab-1', recovery: 'none', decision: 'unknown', alerts: 'RunnerContainerUnhealthy' },
      related: { hosts: ['homelab-1'] },
    });
  });

  it('takes new bounds with a reload, and ends with the record that it is switched off', async () => {
    using data = temporaryFolder();
    const settings = { docker, rules, data_dir: data.path };
    await using server = await startServer({ settings });
    server.configure({ ...settings, audit: { max_file_size: 1, max_files: 2 } });
    expect(await server.reload()).toEqual({ ok: true });
    server.configure({ ...settings, audit: { max_file_size: 1, max_files: 3 } });
    expect(await server.reload()).toEqual({ ok: true });
    expect(readdirSync(join(data.path, 'audit')).sort()).toEqual(['audit-1.jsonl', 'audit.jsonl']);
    server.configure({ ...settings, audit: { enabled: false } });
    expect(await server.reload()).toEqual({ ok: true });
    expect(actionsIn(data.path)).toEqual(['audit-rotated', 'configuration-changed']);
    const metrics = await server.metrics();
    expect(seriesValue(metrics, 'runnerwatch_audit_success')).toBeUndefined();
    server.configure(settings);
    expect(await server.reload()).toEqual({ ok: true });
    expect(seriesValue(await server.metrics(), 'runnerwatch_audit_success')).toBe(1);
    expect(proveAudit(data.path)).toMatchObject({ damages: 0 });
  });

  it('shows by a metric that it is not as it was left, or cannot be written', async () => {
    using data = temporaryFolder();
    const settings = { docker, rules, data_dir: data.path };
    await using server = await startServer({ settings });
    rmSync(join(data.path, 'audit/audit.jsonl'));
    server.configure({ ...settings, log: { level: 'error' } });
    await server.reload();
    const interrupted = await server.metrics();
    expect(seriesValue(interrupted, 'runnerwatch_audit_intact')).toBe(0);
    expect(seriesValue(interrupted, 'runnerwatch_audit_success')).toBe(1);
    rmSync(join(data.path, 'audit'), { recursive: true });
    appendFileSync(join(data.path, 'audit'), '');
    server.configure(settings);
    await server.reload();
    const failing = await server.metrics();
    expect(seriesValue(failing, 'runnerwatch_audit_success')).toBe(0);
    expect(failing).toContain('node_load1 ');
    rmSync(join(data.path, 'audit'));
  });

  it('is no reason not to start', async () => {
    using data = temporaryFolder();
    appendFileSync(join(data.path, 'audit'), '');
    await using server = await startServer({ settings: { docker, rules, data_dir: data.path } });
    expect(seriesValue(await server.metrics(), 'runnerwatch_audit_success')).toBe(0);
  });
});
