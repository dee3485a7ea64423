import { describe, expect, it } from 'vitest';
import { createReports } from '../../src/broker/reports.ts';
import { silentLog } from '../../src/lib/log.ts';
import type { AuditEvent } from '../../src/model/audit.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { fakeDocker } from '../support/fake-docker.ts';
import { address, runnerContainer } from './set-up.ts';

const { signal } = new AbortController();
const job = { phase: 'started', repository: 'octo/app', workflow: 'Build', run_id: '42', actor: 'mona', sha: 'c0ffee' };

function setUp(over: Parameters<typeof fakeDocker>[1] = {}) {
  const clock = new FakeClock();
  const audited: AuditEvent[] = [];
  const counted: string[] = [];
  const reports = createReports({
    clock,
    log: silentLog,
    audit: (event) => audited.push(event),
    docker: fakeDocker([{ details: runnerContainer(clock) }], over),
    countReport: (outcome) => counted.push(outcome),
  });
  return { clock, audited, counted, report: (body: unknown, from = address) => reports.report(from, body, signal) };
}

describe('a report of a job', () => {
  it('is in the audit log, under the name of the runner whose address it came from', async () => {
    const { audited, counted, report } = setUp();
    expect(await report({ ...job, runner: 'homelab-2', secret: 'x' })).toBe('accepted');
    expect(audited).toEqual([
      {
        action: 'job-reported',
        message: 'The runner says that it started a job.',
        labels: { ...job, runner: 'homelab-1' },
      },
    ]);
    expect(counted).toEqual(['accepted']);
  });

  it.each([
    [{ ...job, phase: 'stolen' }],
    [{ ...job, repository: undefined }],
    [{ ...job, actor: { name: 'x' } }],
    [{ ...job, workflow: 'x'.repeat(257) }],
    [undefined],
  ])('is refused where it is none: %j', async (body) => {
    const { audited, report } = setUp();
    expect(await report(body)).toBe('malformed');
    expect(audited).toEqual([]);
  });

  it('is refused of strangers', async () => {
    const { audited, report } = setUp();
    expect(await report(job, '172.20.0.9')).toBe('not-a-runner');
    expect(audited).toEqual([]);
  });

  it('floods no audit log', async () => {
    const { audited, counted, report } = setUp();
    for (let index = 0; index < 30; index++) await report(job);
    expect(audited).toHaveLength(20);
    expect(counted.slice(20)).toEqual(Array.from({ length: 10 }, () => 'rate-limited'));
  });

  it('pushes nothing else out of the audit log, however long somebody reports', async () => {
    const { clock, audited, report } = setUp();
    for (let index = 0; index < 300; index++) {
      await report(job);
      await clock.advance(6000);
    }
    expect(audited).toHaveLength(240);
  });

  it('that Docker cannot place is lost, and counted', async () => {
    const { counted, report } = setUp({ list: () => Promise.reject(new Error('Docker is silent')) });
    expect(await report(job)).toBe('failed');
    expect(counted).toEqual(['failed']);
  });
});
