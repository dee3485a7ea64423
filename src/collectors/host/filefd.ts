import { gauge, sample } from '../../model/sample.ts';
import { type HostPart, linesOf, numberOf, wordsOf } from './part.ts';

const metrics = {
  allocated: gauge('node_filefd_allocated', 'File handles in use.'),
  maximum: gauge('node_filefd_maximum', 'File handles that the kernel allows.'),
} as const;

/** `allocated  unused  maximum`; undefined where the text is no /proc/sys/fs/file-nr. */
export function parseFileNr(text: string): { readonly allocated: number; readonly maximum: number } | undefined {
  const [allocated, , maximum] = wordsOf(linesOf(text)[0] ?? '').map(numberOf);
  return allocated === undefined || maximum === undefined ? undefined : { allocated, maximum };
}

export const filefd: HostPart = {
  name: 'filefd',
  metrics,
  async collect(view) {
    const handles = parseFileNr(`${view.attributes('sys/fs', ['file-nr']).get('file-nr') ?? ''}\n`);
    if (!handles) throw new Error('sys/fs/file-nr has an unknown format');
    return [sample(metrics.allocated, {}, handles.allocated), sample(metrics.maximum, {}, handles.maximum)];
  },
};
