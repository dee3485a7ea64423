import { gauge, type Sample, sample } from '../../model/sample.ts';
import type { HostPart, HostView } from './part.ts';
import { zoneAt } from './time-zone.ts';

const seconds = gauge('node_time_seconds', "The host's clock, in seconds since the epoch.");
const zoneOffset = gauge('node_time_zone_offset_seconds', "The offset of the host's time zone to UTC.", ['time_zone']);
const available = gauge('node_time_clocksource_available_info', 'Sources that the clock could have; always 1.', [
  'device',
  'clocksource',
]);
const current = gauge('node_time_clocksource_current_info', 'The source that the clock has; always 1.', [
  'device',
  'clocksource',
]);

export const time: HostPart = {
  name: 'time',
  metrics: { seconds, zoneOffset, available, current },
  async collect(view) {
    return [sample(seconds, {}, view.now / 1000), ...(await zone(view)), ...clockSources(view)];
  },
};

/** A host without the file keeps UTC, as localtime(5) says. */
async function zone({ root, now }: HostView): Promise<readonly Sample[]> {
  // A link to an absolute path would leave the host's root for the one of this process.
  const target = root.link('etc/localtime');
  const path = target?.startsWith('/') ? target.slice(1) : 'etc/localtime';
  const text = await root.read(path).catch(() => '');
  const found = text === '' ? { name: 'UTC', offset: 0 } : zoneAt(text, now / 1000);
  return found ? [sample(zoneOffset, { time_zone: found.name }, found.offset)] : [];
}

const folder = 'devices/system/clocksource';

function clockSources({ sys }: HostView): readonly Sample[] {
  const names = listed(sys).flatMap((name) => /^clocksource(\d+)$/.exec(name)?.[1] ?? []);
  return names.flatMap((device) => {
    const files = sys.attributes(`${folder}/clocksource${device}`, ['available_clocksource', 'current_clocksource']);
    const wordsOf = (file: string) => files.get(file)?.split(/\s+/).filter(Boolean) ?? [];
    return [
      ...wordsOf('available_clocksource').map((clocksource) => sample(available, { device, clocksource }, 1)),
      ...wordsOf('current_clocksource').map((clocksource) => sample(current, { device, clocksource }, 1)),
    ];
  });
}

function listed(sys: HostView['sys']): readonly string[] {
  try {
    return sys.list(folder);
  } catch {
    return [];
  }
}
