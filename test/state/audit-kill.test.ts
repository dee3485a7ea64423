import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { damagesOf, proveAudit, writeAudit } from '../support/audit.ts';
import { startProcess, temporaryFolder } from '../support/processes.ts';

const script = fileURLToPath(new URL('./support/write-audit.ts', import.meta.url));

it('kill -9 in the middle of writing leaves a chain that is whole, and that goes on', async () => {
  using folder = temporaryFolder();
  let records = 0;
  for (let round = 0; round < 6; round++) {
    await using writer = await startProcess({
      command: 'node',
      args: [script, folder.path, '1000'],
      ready: { output: /writing/ },
    });
    // A moment of the real process: each round ends it somewhere else.
    await delay(round * 9);
    await writer.stop('SIGKILL');
    const proven = proveAudit(folder.path);
    expect(damagesOf(proven)).toEqual([]);
    expect(proven.records).toBeGreaterThan(records);
    expect(proven.last?.head.sequence).toBe(proven.records);
    records = proven.records;
  }
  // As many files as the killed process may keep.
  writeAudit({ ...folder, config: { max_files: 1000 } }, 1);
  expect(proveAudit(folder.path)).toMatchObject({ damages: 0, first: { head: { sequence: 1 } } });
}, 60_000);

it('is proven at any moment while it is written and rotated', async () => {
  using folder = temporaryFolder();
  const args = [script, folder.path, '3'];
  await using writer = await startProcess({ command: 'node', args, ready: { output: /writing/ } });
  const sequences = new Set<number | undefined>();
  // As many looks as it takes to meet the writer at fifty places, on a machine that is busy elsewhere too.
  for (let look = 0; look < 200 || (sequences.size <= 50 && look < 10_000); look++) {
    const proven = proveAudit(folder.path);
    expect(damagesOf(proven)).toEqual([]);
    sequences.add(proven.last?.head.sequence);
  }
  expect(sequences.size).toBeGreaterThan(50);
  expect(proveAudit(folder.path).first?.head.sequence).toBeGreaterThan(1);
  await writer.stop('SIGKILL');
}, 60_000);
