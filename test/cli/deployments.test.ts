import { expect, it } from 'vitest';
import { listDeployments } from '../../src/commands/deployments.ts';
import { recordedIo } from './support.ts';

const quiet = { repository: 'octo/homelab', workflow: 'nas.yml', deployment: 'nas', windowSeconds: 86_400 };
const failing = {
  ...quiet,
  deployment: 'homeassistant',
  lastOutcome: 'failure',
  lastAt: '2026-11-23T10:00:00.000Z',
  failingSince: '2026-11-23T09:00:00.000Z',
  windowSeconds: 30 * 86_400,
  counts: { success: 39, failure: 1, cancelled: 2 },
  successRatio: 0.975,
  meanRecoverySeconds: 7_530,
};
const answer = (deployments: readonly object[]) => ({
  status: 200,
  body: { status: 'success', data: { deployments } },
});

it('prints a table, with a dash for what is not known', async () => {
  const io = recordedIo({}, answer([failing, quiet]));
  expect(await listDeployments(io, { url: undefined, json: false })).toBe(0);
  expect(io.printed).toEqual([
    'DEPLOYMENT     LAST     AT                        SUCCEEDED        RATIO   RECOVERY  FAILING SINCE',
    'homeassistant  failure  2026-11-23T10:00:00.000Z  39 of 40 in 30d  97.5 %  2h5m      2026-11-23T09:00:00.000Z',
    'nas            -        -                         -                -       -         -',
  ]);
});

it('prints JSON', async () => {
  const io = recordedIo({}, answer([failing]));
  await listDeployments(io, { url: undefined, json: true });
  expect(JSON.parse(io.printed.join('\n'))).toEqual([failing]);
});

it('says where to configure one when there is none', async () => {
  const io = recordedIo({}, answer([]));
  await listDeployments(io, { url: undefined, json: false });
  expect(io.printed).toEqual(['no deployment is configured: collectors.github-pipelines.deployments']);
});

it('fails on an answer of somebody else', async () => {
  const io = recordedIo({}, answer([{ deployment: 'x' }]));
  await expect(listDeployments(io, { url: undefined, json: false })).rejects.toThrow(
    '/api/v1/deployments answered with something else than Runnerwatch would',
  );
});
