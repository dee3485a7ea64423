import { counter, sample } from '../../model/sample.ts';
import { type HostPart, noDataWhereAbsent, numberOf } from './part.ts';

const tasks = counter('node_kernel_hung_tasks_total', 'Tasks that the kernel found hanging since the start.');

/** The file is there since Linux 6.13. */
export const kernelHung: HostPart = {
  name: 'kernel_hung',
  metrics: { tasks },
  async collect(view) {
    const count = numberOf((await view.read('sys/kernel/hung_task_detect_count').catch(noDataWhereAbsent)).trim());
    if (count === undefined) throw new Error('sys/kernel/hung_task_detect_count has an unknown format');
    return [sample(tasks, {}, count)];
  },
};
