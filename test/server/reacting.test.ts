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
  const unwell: string[] = [];
  const onUnwell = (name: string) => void unwell.push(name);
  const tell = createReacting({ look, onUnwell, clock, signal: stopping.signal });
  return { clock, stopping, tell, unwell, looks: () => looks };
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

it('tells first which runner is unwell, by Docker or by its own check', async () => {
  const { clock, tell, unwell } = setUp();
  const told = { ...event, action: 'health_status', failed: undefined };
  tell({ ...told, health: 'unhealthy' });
  tell({ ...told, name: 'well', health: 'healthy' });
  tell({ ...told, name: 'no runner', health: 'unhealthy', labels: {} });
  expect(unwell).toEqual(['one']);
  tell({ ...event, name: 'two' });
  await clock.advance(100);
  expect(unwell).toEqual(['one', 'two']);
});
