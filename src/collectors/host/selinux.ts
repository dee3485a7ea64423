import { gauge, type Sample, sample } from '../../model/sample.ts';
import { type HostPart, type HostView, numberOf } from './part.ts';

const metrics = {
  enabled: gauge('node_selinux_enabled', 'Whether SELinux is on (1) or not (0).'),
  configMode: gauge('node_selinux_config_mode', 'Mode in the configuration: 1 enforcing, 0 permissive, -1 disabled.'),
  currentMode: gauge('node_selinux_current_mode', 'Mode now: 1 enforcing, 0 permissive.'),
} as const;

const modes: Readonly<Record<string, number>> = { enforcing: 1, permissive: 0, disabled: -1 };

/** The mode that `SELINUX=` of /etc/selinux/config sets. */
export function parseSelinuxConfig(text: string): number | undefined {
  const [, mode = ''] = /^\s*SELINUX\s*=\s*(\w+)\s*$/m.exec(text) ?? [];
  return Object.hasOwn(modes, mode.toLowerCase()) ? modes[mode.toLowerCase()] : undefined;
}

export const selinux: HostPart = {
  name: 'selinux',
  metrics,
  async collect(view) {
    const current = numberOf(view.sys.attributes('fs/selinux', ['enforce']).get('enforce'));
    if (current === undefined) return [sample(metrics.enabled, {}, 0)];
    return [sample(metrics.enabled, {}, 1), sample(metrics.currentMode, {}, current), ...(await configured(view))];
  },
};

async function configured({ root }: HostView): Promise<readonly Sample[]> {
  const mode = parseSelinuxConfig(await root.read('etc/selinux/config').catch(() => ''));
  return mode === undefined ? [] : [sample(metrics.configMode, {}, mode)];
}
