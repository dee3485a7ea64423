import { describe, expect, it } from 'vitest';
import { requestsFrom } from '../../src/recovery/payload.ts';

function alert(labels: Record<string, string>, status = 'firing') {
  return { status, labels, annotations: {}, startsAt: '2026-01-01T00:00:00Z', fingerprint: 'x' };
}

describe('requestsFrom', () => {
  it('gives one request per runner, with the alerts that ask', () => {
    const alerts = [
      alert({ alertname: 'A', runner: 'one' }),
      alert({ alertname: 'B', runner: 'one' }),
      alert({ alertname: 'A', runner: 'two' }),
      alert({ alertname: 'A', runner: 'three' }, 'resolved'),
      alert({ alertname: 'HostDiskFilling' }),
    ];
    expect(requestsFrom({ version: '4', alerts })).toEqual([
      { runner: 'one', alerts: ['A', 'B'] },
      { runner: 'two', alerts: ['A'] },
    ]);
  });

  it.each([
    [undefined],
    [[]],
    [{ version: '3', alerts: [] }],
    [{ version: '4' }],
    [{ version: '4', alerts: [{ status: 'firing' }] }],
    [{ version: '4', alerts: [alert({}, 'pending')] }],
    [{ version: '4', alerts: Array.from({ length: 1001 }, () => alert({})) }],
  ])('refuses what is no payload of version 4: %#', (body) => {
    expect(requestsFrom(body)).toBeUndefined();
  });
});
