import { expect, it } from 'vitest';
import { namingWith } from '../../src/alerts/external-labels.ts';
import { fingerprint } from '../../src/model/labels.ts';
import { withAcknowledgements } from '../../src/server/acknowledging.ts';

const labels = { alertname: 'Down' };
const alert = {
  ...{ fingerprint: fingerprint(labels), labels, annotations: {}, activeAt: 0, value: 1 },
  keepFiringSince: undefined,
};

it.each([
  ['no external labels', {}],
  ['external labels, which the acknowledged alert has', { site: 'lab' }],
])('a firing alert shows who acknowledged it, with %s', (_, external) => {
  const acknowledgement = { fingerprint: fingerprint({ ...external, ...labels }), by: 'ann' };
  const escalation = { acknowledging: { all: () => [{ acknowledgement }] } } as never;
  const shown = withAcknowledgements(
    [
      { ...alert, state: 'firing' },
      { ...alert, state: 'pending' },
    ],
    escalation,
    namingWith(external),
  );
  expect(shown.map(({ acknowledgedBy }) => acknowledgedBy)).toEqual(['ann', undefined]);
});
