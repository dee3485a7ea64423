import { expect, it } from 'vitest';
import { createEtags } from '../../../src/sources/github/etags.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const answer = { etag: '"1"', value: [], next: undefined, size: 1 };

it('what was kept is given to the credential that it was told to, and to no other', () => {
  const etags = createEtags(new FakeClock());
  etags.keep('token', '/a', answer);
  etags.keep('installation/o', '/a', { ...answer, etag: '"2"' });
  expect([etags.get('token', '/a')?.etag, etags.get('installation/o', '/a')?.etag]).toEqual(['"1"', '"2"']);
  etags.forget('token');
  expect([etags.get('token', '/a'), etags.get('installation/o', '/a')?.etag]).toEqual([undefined, '"2"']);
});

it('no more is kept than 20,000 things; what was used longest ago goes first', () => {
  const etags = createEtags(new FakeClock());
  for (let index = 0; index < 200; index++) etags.keep('token', `/${index}`, { ...answer, size: 100 });
  etags.get('token', '/0');
  etags.keep('token', '/one more', { ...answer, size: 100 });
  expect(etags.get('token', '/0')).toBeDefined();
  expect(etags.get('token', '/1')).toBeUndefined();
  expect(etags.get('token', '/2')).toBeDefined();
});

it('what nobody asks for any more goes after two hours', async () => {
  const clock = new FakeClock();
  const etags = createEtags(clock);
  etags.keep('token', '/run', answer);
  await clock.advance(3_600_000);
  etags.keep('token', '/used', answer);
  await clock.advance(3_600_001);
  etags.keep('token', '/new', answer);
  expect(etags.get('token', '/run')).toBeUndefined();
  expect(etags.get('token', '/used')).toBeDefined();
});
