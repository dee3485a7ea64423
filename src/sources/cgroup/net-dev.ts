import type { InterfaceCounters } from '../../model/container.ts';

/** cAdvisor leaves these out: they are no way out of the container, and each job's containers would add theirs. */
const ignored = /^(lo|veth|docker)/;

/**
 * `/proc/<pid>/net/dev`: the interfaces as the process sees them, eight columns for each direction. A line that is
 * not whole is left out.
 */
export function parseInterfaces(text: string): readonly InterfaceCounters[] {
  return text.split('\n').flatMap((line) => {
    // The name ends at the last colon; old kernels put no space after it.
    const [, name, rest = ''] = /^\s*(\S+):\s*([\d\s]+)$/.exec(line) ?? [];
    const columns = rest.trim().split(/\s+/).map(Number);
    if (name === undefined || columns.length !== 16 || ignored.test(name)) return [];
    return [{ interface: name, receive: traffic(columns.slice(0, 8)), transmit: traffic(columns.slice(8)) }];
  });
}

function traffic([bytes = 0, packets = 0, errors = 0, dropped = 0]: readonly number[]): InterfaceCounters['receive'] {
  return { bytes, packets, errors, dropped };
}
