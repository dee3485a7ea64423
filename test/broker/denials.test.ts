import { expect, it } from 'vitest';
import { createDenials } from '../../src/broker/denials.ts';
import { silentLog } from '../../src/lib/log.ts';
import type { AuditEvent } from '../../src/model/audit.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { fakeDocker } from '../support/fake-docker.ts';
import { address, runnerContainer } from './set-up.ts';

function setUp(over: Parameters<typeof fakeDocker>[1] = {}) {
  const clock = new FakeClock();
  const audited: AuditEvent[] = [];
  const counted: string[] = [];
  const deny = createDenials({
    ...{ clock, log: silentLog },
    audit: (event) => audited.push(event),
    docker: fakeDocker([{ details: runnerContainer(clock) }], over),
    countDenial: (reason) => counted.push(reason),
  });
  return { clock, audited, counted, deny };
}

it('is counted, and in the audit log under the name of the runner', async () => {
  const { audited, counted, deny } = setUp();
  await deny('path', { address, path: 'GET /metrics' });
  expect(counted).toEqual(['path']);
  expect(audited).toEqual([
    {
      action: 'runner-access-denied',
      outcome: 'failure',
      message: 'A runner reached for what is closed to runners.',
      labels: { runner: 'homelab-1', address, path: 'GET /metrics', reason: 'path' },
    },
  ]);
});

it('of somebody whom Docker does not know has the address alone', async () => {
  const { audited, deny } = setUp();
  await deny('port', { address: '172.20.0.9' });
  await deny('port', { address: undefined });
  expect(audited.map(({ labels }) => labels)).toEqual([
    { address: '172.20.0.9', reason: 'port' },
    { address: 'unknown', reason: 'port' },
  ]);
});

it('waits for no Docker that is silent', async () => {
  const { clock, audited, deny } = setUp({ list: () => new Promise(() => undefined) });
  const told = deny('forwarded', { address, path: '/api/v1/runner-job' });
  expect(audited).toEqual([]);
  await clock.advance(5000);
  await told;
  expect(audited.map(({ labels }) => labels)).toEqual([{ address, path: '/api/v1/runner-job', reason: 'forwarded' }]);
});

it('floods no audit log, nor keeps another runner out of it, and is counted all the same', async () => {
  const { clock, audited, counted, deny } = setUp();
  for (let index = 0; index < 100; index++) await deny('port', { address });
  await deny('port', { address: '172.20.0.9' });
  expect([counted.length, audited.length]).toEqual([101, 61]);
  await clock.advance(3_600_000);
  await deny('port', { address });
  expect(audited).toHaveLength(62);
});
