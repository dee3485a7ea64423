import { linesOf, wordsOf } from './part.ts';

/** One line of /proc/<pid>/mountinfo. */
export interface Mount {
  readonly device: string;
  readonly mountPoint: string;
  readonly fsType: string;
  readonly readOnly: boolean;
  readonly major: string;
  readonly minor: string;
}

/**
 * `36 35 98:0 /root /mount/point rw,noatime master:1 - ext3 /dev/sda1 rw,errors=continue`, from proc_pid_mountinfo(5):
 * the optional fields end at the `-`; spaces and the like are octal escapes.
 */
export function parseMountinfo(text: string): readonly Mount[] {
  return linesOf(text).flatMap((line) => {
    const words = wordsOf(line);
    const end = words.indexOf('-', 6);
    const [fsType, device, superOptions] = end < 0 ? [] : words.slice(end + 1);
    const [, , numbers = '', , mountPoint = '', options = ''] = words;
    const [, major, minor] = /^(\d+):(\d+)$/.exec(numbers) ?? [];
    if (!fsType || !device || !mountPoint.startsWith('/') || major === undefined || minor === undefined) return [];
    const readOnly = [options, superOptions ?? ''].some((list) => list.split(',').includes('ro'));
    return [{ device: decodeOctal(device), mountPoint: decodeOctal(mountPoint), fsType, readOnly, major, minor }];
  });
}

function decodeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

/** `/host/var` seen through a root mounted on `/host` is `/var`; what is not below the root is named as it is. */
export function stripRootfs(mountPoint: string, rootfs: string): string {
  const root = rootfs.replace(/\/+$/, '');
  if (root === '' || (mountPoint !== root && !mountPoint.startsWith(`${root}/`))) return mountPoint;
  return mountPoint.slice(root.length) || '/';
}
