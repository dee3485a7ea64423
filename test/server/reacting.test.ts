import { expect, it } from 'vitest';
import type { ContainerEvent } from '../../src/model/container.ts';
import { createReacting } from '../../src/server/reacting.ts';
import { FakeClock } from '../support/fake-clock.ts';

const event: ContainerEvent = {
  ...{ action: 'exec_die', id: 'a', name: 'one', at: 0, health: undefined, failed: true },
  labels: { 'runnerwatch.runner': 'builder-1' },
};

function setUp() {
  const clock = new FakeClock();
  const stopping = new AbortController();
  let looks = 0;
  const look = async () => void looks++;
  const tell = createReacting({ look, clock, signal: stopping.signal });
  return { clock, stopping, tell, looks: () => looks };
}

it('looks at once when a container changes, and at nothing else', () => {
  const { tell, looks } = setUp();
  tell({ ...event, action: 'die', failed: undefined });
  tell({ ...event, action: 'top', failed: undefined });
  expect(looks()).toBe(1);
});

it("looks for what a runner's failed check said once that is there", async () => {
  const { clock, tell, looks } = setUp();
  tell(event);
  tell({ ...event, id: 'b', labels: {} });
  tell({ ...event, id: 'c', failed: false });
  await clock.advance(99);
  expect(looks()).toBe(0);
  await clock.advance(1);
  expect(looks()).toBe(1);
});

it('does not look a second time where Docker told of the same check, and does for that of another container', async () => {
  const { clock, tell, looks } = setUp();
  const unhealthy = { ...event, action: 'health_status', health: 'unhealthy', failed: undefined };
  tell(event);
  tell(unhealthy);
  await clock.advance(100);
  expect(looks()).toBe(1);
  tell(event);
  tell({ ...unhealthy, id: 'b' });
  await clock.advance(100);
  expect(looks()).toBe(3);
});

it('does not look after its end', async () => {
  const { clock, stopping, tell, looks } = setUp();
  tell(event);
  stopping.abort(new Error('stopped'));
  await clock.advance(100);
  expect(looks()).toBe(0);
});
