import { gauge, type MetricDef, sample } from '../../model/sample.ts';
import { type Attribute, samplesOfAttributes } from './attributes.ts';
import { byName, type HostPart, listOrNoData } from './part.ts';

function attribute(file: string, unit = ''): Attribute<'name'> {
  const metric: MetricDef<'name'> = gauge(`node_watchdog_${file}${unit}`, `Watchdog: ${file} of /sys/class/watchdog.`, [
    'name',
  ]);
  return { file, metric };
}

const attributes = [
  attribute('access_cs0'),
  attribute('bootstatus'),
  attribute('fw_version'),
  attribute('nowayout'),
  attribute('pretimeout', '_seconds'),
  attribute('timeleft', '_seconds'),
  attribute('timeout', '_seconds'),
];
const texts = ['identity', 'options', 'pretimeout_governor', 'state', 'status'] as const;
const info = gauge('node_watchdog_info', 'What a watchdog says in words; always 1.', ['name', ...texts]);

const files = [...texts, ...attributes.map(({ file }) => file)];

export const watchdog: HostPart = {
  name: 'watchdog',
  metrics: byName([info, ...attributes.map(({ metric }) => metric)]),
  async collect({ sys }) {
    return listOrNoData(sys, 'class/watchdog').flatMap((name) => {
      const found = sys.attributes(`class/watchdog/${name}`, files);
      const of = (file: (typeof texts)[number]): string => found.get(file)?.slice(0, 200) ?? '';
      const words = { identity: of('identity'), options: of('options'), state: of('state'), status: of('status') };
      const labels = { name, pretimeout_governor: of('pretimeout_governor'), ...words };
      return [sample(info, labels, 1), ...samplesOfAttributes(attributes, found, { name })];
    });
  },
};
