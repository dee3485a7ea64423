import { gauge, type Sample, sample } from '../../model/sample.ts';
import type { HostPart } from './part.ts';
import { daysSinceEpoch } from './time-zone.ts';

const keys = `build_id id id_like image_id image_version name pretty_name variant variant_id version version_codename
  version_id`.split(/\s+/);

const info = gauge('node_os_info', 'What os-release says of the operating system; always 1.', keys);
const version = gauge('node_os_version', 'The first number of the version, such as 12.5, of the operating system.', [
  'id',
  'id_like',
  'name',
]);
const supportEnd = gauge('node_os_support_end_timestamp_seconds', 'When the support of the operating system ends.');

/** `KEY=value` a line, with quotes and escapes as a shell has them: os-release(5). Keys in lower case. */
export function parseOsRelease(text: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, key, quoted, single, plain] =
      /^\s*([A-Z][A-Z0-9_]*)=(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([^\s"']*))\s*$/.exec(line) ?? [];
    const value = quoted?.replace(/\\(.)/g, '$1') ?? single ?? plain;
    if (key !== undefined && value !== undefined) fields.set(key.toLowerCase(), value.slice(0, 200));
  }
  return fields;
}

export const os: HostPart = {
  name: 'os',
  metrics: { info, version, supportEnd },
  async collect({ root }) {
    const text = await root.read('etc/os-release').catch(() => root.read('usr/lib/os-release'));
    const fields = parseOsRelease(text);
    const of = (key: string): string => fields.get(key) ?? '';
    const labels = Object.fromEntries(keys.map((key) => [key, of(key)]));
    return [sample(info, labels, 1), ...versionOf(of), ...supportEndOf(of('support_end'))];
  },
};

function versionOf(of: (key: string) => string): readonly Sample[] {
  const [number] = /^\d+(\.\d+)?/.exec(of('version_id')) ?? [];
  if (number === undefined) return [];
  return [sample(version, { id: of('id'), id_like: of('id_like'), name: of('name') }, Number(number))];
}

/** `YYYY-MM-DD`, the last day. */
function supportEndOf(date: string): readonly Sample[] {
  const [, year, month, day] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(date) ?? [];
  if (year === undefined) return [];
  return [sample(supportEnd, {}, daysSinceEpoch(Number(year), Number(month), Number(day)) * 86_400)];
}
