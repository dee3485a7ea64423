import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gauge, type Sample, sample } from '../../src/model/sample.ts';
import { evidenceFrom } from '../../src/recovery/evidence.ts';
import { judge } from '../../src/recovery/verdict.ts';
import { recall } from '../../src/recovery/verdict-memory.ts';
import { both, noon, verdictConfig } from '../support/runner-evidence.ts';

const of = (name: string, ...labels: readonly string[]) => gauge(name, 'Help.', labels);

interface Listed {
  readonly id: number;
  readonly scope: string;
  readonly online?: boolean;
  readonly busy?: boolean;
  readonly at?: number;
}

function listing({ id, scope, online = true, busy = false, at = noon }: Listed): readonly Sample[] {
  const labels = { runner: 'a', scope };
  const told = (name: string, value: number) => sample(of(`github_runner_${name}`, 'runner', 'scope'), labels, value);
  return [
    ...[told('info', 1), told('id', id), told('online', Number(online)), told('busy', Number(busy))],
    told('status_timestamp_seconds', at / 1000),
    ...(online ? [] : [told('offline_since_timestamp_seconds', at / 1000 - 600)]),
  ];
}

function scopes(read: readonly string[], unread: readonly string[] = []): readonly Sample[] {
  return [
    ...[...read, ...unread].map((scope) =>
      sample(of('github_scope_success', 'scope'), { scope }, Number(read.includes(scope))),
    ),
    ...read.map((scope) => sample(of('github_scope_last_success_timestamp_seconds', 'scope'), { scope }, noon / 1000)),
  ];
}

/** A container that is well, whose health check says which registration it holds. */
function container(agentId: number | undefined, { at = noon, worker = false, name = 'c' } = {}): readonly Sample[] {
  const labels = { runner: 'a', name };
  const told = (metric: string, value: number, more: Readonly<Record<string, string>> = {}) =>
    sample(of(`runnerwatch_runner_${metric}`, 'runner', 'name', ...Object.keys(more)), { ...labels, ...more }, value);
  return [
    ...[told('container_info', 1, { id: '/docker/1' }), told('container_state', 1, { state: 'running' })],
    ...[told('container_health', 1, { health: 'healthy' }), told('check_timestamp_seconds', at / 1000)],
    ...[told('fact', 1, { fact: 'listener' }), told('fact', Number(worker), { fact: 'worker' })],
    ...(agentId === undefined ? [] : [told('agent_id', agentId)]),
  ];
}

function evidenceOf(...samples: readonly (readonly Sample[])[]) {
  const [evidence] = evidenceFrom(samples.flat(), both);
  if (!evidence) throw new Error('no evidence');
  return evidence;
}

/** Looks one after another, as the keeper does. */
function looks() {
  let counting: Parameters<typeof recall>[1];
  return (...samples: readonly (readonly Sample[])[]) => {
    const look = { stops: new Set<string>(), scopes: new Set(['o/r']), now: noon, config: verdictConfig };
    const recalled = recall(undefined, counting, { ...look, evidence: evidenceOf(...samples) });
    counting = recalled.counting;
    return judge(recalled.evidence, { views: both, config: verdictConfig, now: noon });
  };
}

const later = noon + 30_000;

describe('a container whose registration is known by its id', () => {
  it('is told of by that one, whatever another of its name does', () => {
    const own = { id: 12, scope: 'o/r', online: false };
    const other = { id: 77, scope: 'acme', busy: true };
    const evidence = evidenceOf(container(12), listing(other), listing(own), scopes(['o/r', 'acme']));
    expect(evidence).toMatchObject({ github: 'offline', busy: false, githubId: 12, sameRegistration: true });
  });

  it('needs not wait for a scope that was never read', () => {
    const evidence = evidenceOf(container(12), listing({ id: 12, scope: 'o/r' }), scopes(['o/r'], ['acme']));
    expect(evidence).toMatchObject({ github: 'online', busy: false, sameRegistration: true });
  });

  it.each([
    ['its container says no id', container(undefined), scopes(['o/r'])],
    ['two containers say one', [...container(12), ...container(13, { name: 'd' })], scopes(['o/r'])],
    ['another scope may list it', container(12), scopes(['o/r'], ['acme'])],
  ])('is told of by its name where %s', (_, here, read) => {
    const evidence = evidenceOf(here, listing({ id: 77, scope: 'o/r', busy: true }), read);
    expect(evidence).toMatchObject({ busy: true, githubId: 77, sameRegistration: undefined });
  });

  it('is unregistered where others alone have its name, once both sides were asked anew', () => {
    const look = looks();
    const read = scopes(['o/r']);
    const at = (github: number, check: number) =>
      look(container(12, { at: check }), listing({ id: 77, scope: 'o/r', busy: true, at: github }), read);
    const waits = { verdict: 'unknown', because: expect.stringContaining('another registration; both are asked') };
    expect(at(noon, noon)).toMatchObject(waits);
    expect(at(noon, later)).toMatchObject(waits);
    expect(at(later, noon)).toMatchObject(waits);
    const state = at(later, later);
    expect(state).toMatchObject({ verdict: 'unregistered', githubSays: 'another registration' });
    expect(state.facts).toContainEqual({ name: 'agentId', value: 12, source: 'health-check', at: later, isOld: false });
    expect(state.facts).toContainEqual({ name: 'githubId', value: 77, source: 'github', at: later, isOld: false });
  });

  it('is waited for anew where it has registered meanwhile', () => {
    const look = looks();
    const read = scopes(['o/r']);
    const other = (at: number) => listing({ id: 77, scope: 'o/r', at });
    look(container(12), other(noon), read);
    expect(look(container(13, { at: later }), other(later), read).verdict).toBe('unknown');
    expect(look(container(13, { at: later }), listing({ id: 13, scope: 'o/r' }), read).verdict).toBe('healthy');
  });

  it('gets the same verdict whatever the others do', () => {
    const status = fc.record({ online: fc.boolean(), busy: fc.boolean() });
    const own = fc.option(fc.record({ online: fc.boolean(), busy: fc.boolean() }), { nil: undefined });
    fc.assert(
      fc.property(own, status, status, fc.boolean(), fc.boolean(), (ours, one, another, worker, isConfirmed) => {
        const verdictWith = (other: { readonly online: boolean; readonly busy: boolean }) => {
          const look = looks();
          const seen = (at: number) =>
            look(
              container(12, { at, worker }),
              listing({ id: 77, scope: 'acme', at, ...other }),
              ours ? listing({ id: 12, scope: 'o/r', at, ...ours }) : [],
              scopes(['o/r', 'acme']),
            );
          const first = seen(noon);
          return (isConfirmed ? seen(later) : first).verdict;
        };
        expect(verdictWith(one)).toBe(verdictWith(another));
        if (!ours && !worker) expect(verdictWith(one)).toBe(isConfirmed ? 'unregistered' : 'unknown');
      }),
    );
  });
});
