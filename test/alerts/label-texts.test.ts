import { expect, it } from 'vitest';
import { matchRoute } from '../../src/alerts/route.ts';
import { loadRouting } from '../../src/alerts/routing.ts';

it('reads plain values of match as the texts that they are', () => {
  const routing = loadRouting(
    'alertmanager.yml',
    `
route:
  receiver: rest
  routes:
  - match: { priority: 1, page: true, ticket: }
    receiver: team
receivers: [{ name: rest }, { name: team }]
`,
  );
  const receiverOf = (labels: Record<string, string>) => matchRoute(routing, labels).map(({ receiver }) => receiver);
  expect(receiverOf({ priority: '1', page: 'true' })).toEqual(['team']);
  expect(receiverOf({ priority: '1', page: 'true', ticket: '7' })).toEqual(['rest']);
  expect(receiverOf({ priority: '1' })).toEqual(['rest']);
});
