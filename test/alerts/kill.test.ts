import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { type RunningProcess, startProcess, temporaryFolder } from '../support/processes.ts';
import { createSink } from '../support/sink.ts';
import { waitUntil } from '../support/wait.ts';

const script = fileURLToPath(new URL('./support/enqueue.ts', import.meta.url));

function startSender(state: string, port: number, alerts: string): Promise<RunningProcess> {
  const args = [script, state, String(port), alerts];
  return startProcess({ command: 'node', args, ready: { output: /enqueued/ } });
}

function namesIn(bodies: readonly unknown[]): readonly string[] {
  return bodies.map((body) => (body as { groupLabels: { alertname: string } }).groupLabels.alertname).sort();
}

describe('kill -9 between the decision and the delivery', () => {
  it('loses nothing, and tells nothing that was accepted again', async () => {
    using folder = temporaryFolder();
    const state = join(folder.path, 'state.db');
    await using sink = await createSink();

    await using accepted = await startSender(state, sink.port, 'A');
    await waitUntil(() => accepted.output().includes('settled'), { timeoutMs: 10_000, what: accepted.output });
    await accepted.stop('SIGKILL');

    sink.answer('hang');
    await using killed = await startSender(state, sink.port, 'A,B,C');
    await waitUntil(() => sink.bodies.length >= 3, { timeoutMs: 10_000, what: () => 'B and C under way' });
    await killed.stop('SIGKILL');
    expect(namesIn(sink.bodies)).toEqual(['A', 'B', 'C']);

    sink.answer(200);
    await using next = await startSender(state, sink.port, 'A,B,C');
    await waitUntil(() => sink.bodies.length >= 5, { timeoutMs: 10_000, what: () => 'B and C again' });
    await next.stop('SIGKILL');
    expect(namesIn(sink.bodies.slice(3))).toEqual(['B', 'C']);
  });
});
