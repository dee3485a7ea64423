/**
 * Names of block devices by `major:minor`, from /proc/diskstats (`8 0 sda …`). cAdvisor calls them `/dev/sda`; one that
 * the host does not list keeps its numbers.
 */
export function blockDeviceNames(diskstats: string): (numbers: string) => string {
  const names = new Map<string, string>();
  for (const line of diskstats.split('\n')) {
    const [, major, minor, name] = /^\s*(\d+)\s+(\d+)\s+(\S+)/.exec(line) ?? [];
    if (name !== undefined) names.set(`${major}:${minor}`, `/dev/${name}`);
  }
  return (numbers) => names.get(numbers) ?? numbers;
}
