import { counter, gauge } from '../../model/sample.ts';
import { type Attribute, samplesOfAttributes } from './attributes.ts';
import { byName, type HostPart, listOrNoData } from './part.ts';

function total(file: string, name: string, help: string, divisor = 1): Attribute<'device'> {
  return { file, divisor, metric: counter(`node_tape_${name}_total`, help, ['device']) };
}

const nanosecond = 1_000_000_000;

const attributes: readonly Attribute<'device'>[] = [
  { file: 'in_flight', metric: gauge('node_tape_io_now', 'Requests to a tape that are under way.', ['device']) },
  total('io_ns', 'io_time_seconds', 'Time spent on all requests to a tape.', nanosecond),
  total('other_cnt', 'io_others', 'Requests to a tape other than to read or write.'),
  total('read_byte_cnt', 'read_bytes', 'Bytes read from a tape.'),
  total('read_cnt', 'reads_completed', 'Reads from a tape that were completed.'),
  total('read_ns', 'read_time_seconds', 'Time spent on reads from a tape.', nanosecond),
  total('resid_cnt', 'residual', 'Reads or writes that took a block of another size than asked.'),
  total('write_byte_cnt', 'written_bytes', 'Bytes written to a tape.'),
  total('write_cnt', 'writes_completed', 'Writes to a tape that were completed.'),
  total('write_ns', 'write_time_seconds', 'Time spent on writes to a tape.', nanosecond),
];

const files = attributes.map(({ file }) => file);

export const tapestats: HostPart = {
  name: 'tapestats',
  metrics: byName(attributes.map(({ metric }) => metric)),
  async collect({ sys }) {
    // Beside `st0` are its devices for other modes, such as `nst0` and `st0a`, with the same numbers.
    const devices = listOrNoData(sys, 'class/scsi_tape').filter((name) => /^st\d+$/.test(name));
    return devices.flatMap((device) =>
      samplesOfAttributes(attributes, sys.attributes(`class/scsi_tape/${device}/stats`, files), { device }),
    );
  },
};
