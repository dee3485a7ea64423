import { describe, expect, it } from 'vitest';
import { harmIn, type JobSeen, type Witnessed } from './harm.ts';
import type { AuditRecord } from './runnerwatch.ts';

const second = 1000;
const [one, two] = ['homelab-1', 'homelab-2'];

function decided(at: number, labels: Readonly<Record<string, string>>): AuditRecord {
  return {
    '@timestamp': new Date(at).toISOString(),
    event: { action: 'recovery-decided', sequence: at },
    message: '',
    labels: { runner: one, recovery: 'restart', verdict: 'unhealthy', decision: 'started', ...labels },
  };
}

const restart = decided(10 * second, {});
const touched = { at: 11 * second, action: 'restart', container: 'c1', runner: one };

function job(given: Partial<JobSeen> = {}): JobSeen {
  const times = { startedAt: 0, completedAt: null, status: 'in_progress', conclusion: null };
  return { id: 7, runnerName: two, ...times, ...given };
}

/** The first runner was restarted once, as it is right; the other one works. */
function witnessed(given: Partial<Witnessed> = {}): Witnessed {
  return {
    fault: { expect: { ends: 'healed', actions: ['restart'] } },
    victims: [one],
    touches: [touched],
    hands: [],
    jobs: [job()],
    removals: [],
    audit: [restart],
    pages: [],
    budget: { attempts: 3, total: 6 },
    ...given,
  };
}

describe('the judge of harm', () => {
  it('finds none in a restart of a runner that was ill', () => {
    expect(harmIn(witnessed())).toEqual([]);
    expect(
      harmIn(witnessed({ jobs: [job({ status: 'completed', conclusion: 'success', completedAt: second })] })),
    ).toEqual([]);
  });

  it.each<[string, Partial<Witnessed>, readonly string[]]>([
    [
      'a restart of a runner at work, which the audit log does not tell of',
      { touches: [touched, { ...touched, container: 'c2', runner: two }] },
      [
        'homelab-2 got a restart while it worked on job 7',
        'homelab-2 got a restart that the audit log does not tell of',
      ],
    ],
    [
      'a job that ended with its runner',
      { jobs: [job({ status: 'completed', conclusion: 'failure', completedAt: 12 * second })] },
      ['job 7 on homelab-2 ended with failure'],
    ],
    [
      'a step that was done twice on one ladder',
      { audit: [restart, decided(20 * second, {})] },
      ['restart at unhealthy on homelab-1 was done twice'],
    ],
    [
      'more steps than the budget allows',
      { audit: ['a', 'b', 'c', 'd'].map((verdict, at) => decided(at, { verdict })) },
      ['4 steps on homelab-1, and the budget allows 3'],
    ],
    [
      'a step on somebody else',
      { audit: [restart, decided(20 * second, { runner: two ?? '' })] },
      ['restart on homelab-2, which was unhealthy'],
    ],
    [
      'a step that is not the right one',
      { audit: [restart, decided(20 * second, { recovery: 'reregister' })] },
      ['reregister on homelab-1, which was unhealthy'],
    ],
    [
      'any step against a cause elsewhere, and a page that blames the runner',
      {
        fault: { expect: { ends: 'paged', elsewhere: true } },
        pages: [{ alert: 'RunnerNeedsPerson', labels: { runner: one ?? '' } }],
      },
      ['restart on homelab-1, which was unhealthy', 'RunnerNeedsPerson was told of homelab-1, which is not the cause'],
    ],
    [
      'a start of what a person stopped',
      {
        fault: { expect: { ends: 'respected' } },
        audit: [],
        touches: [{ ...touched, action: 'start' }],
      },
      ['homelab-1 was started though nobody asked'],
    ],
    [
      'a registration that was taken out without a step for it',
      { removals: ['/repos/octo/homelab/actions/runners/1'] },
      ['GitHub was asked to take out /repos/octo/homelab/actions/runners/1'],
    ],
  ])('finds %s', (_, given, harm) => {
    expect(harmIn(witnessed(given))).toEqual(harm);
  });

  it('takes nothing for harm that the scenario did itself, or that was well in between', () => {
    const hands = [{ from: 0, to: 30 * second }];
    expect(harmIn(witnessed({ touches: [{ ...touched, runner: two }], hands }))).toEqual([]);
    const ended = { ...restart, event: { action: 'recovery-ended', outcome: 'success', sequence: 2 } };
    expect(harmIn(witnessed({ audit: [restart, ended, decided(20 * second, {})] }))).toEqual([]);
  });
});
