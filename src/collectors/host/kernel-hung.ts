import { counter, sample } from '../../model/sample.ts';
import { integerOf } from './attributes.ts';
import { type HostPart, NoData } from './part.ts';

const tasks = counter('node_kernel_hung_tasks_total', 'Tasks that the kernel found hanging since the start.');

/** The file is there since Linux 6.13. */
export const kernelHung: HostPart = {
  name: 'kernel_hung',
  metrics: { tasks },
  async collect(view) {
    const file = 'hung_task_detect_count';
    const count = integerOf(view.attributes('sys/kernel', [file]).get(file));
    if (count === undefined) throw new NoData('the kernel does not count hanging tasks');
    return [sample(tasks, {}, count)];
  },
};
