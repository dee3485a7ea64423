import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { docker, runContainer } from '../../../test/support/docker-cli.ts';
import { createGithubEmulator } from '../../../test/support/github-emulator/index.ts';
import { waitUntil } from '../../../test/support/wait.ts';
import { autohealLabel, type Healer, startAutoheal, startRunnerwatchHealer } from './healers.ts';

const scope = 'octo/homelab';
/** Well until the file is gone, which a start brings back. */
const life = 'touch /tmp/well; exec sleep 3600';
const healthCheck = ['--health-cmd', 'test -e /tmp/well', '--health-interval', '1s', '--health-retries', '1'];

/** Milliseconds from Docker's event that a container is unhealthy to the call that restarts it. */
export interface Delays {
  readonly runnerwatch: readonly number[];
  readonly autoheal: readonly number[];
}

/** One after the other: beside each other they would measure each other. */
export async function eventToRestart(repeats: number): Promise<Delays> {
  await using github = await createGithubEmulator();
  const names = Array.from({ length: repeats }, (_, index) => `bench-heal-${process.pid}-${index}`);
  for (const name of names) github.addRunner({ scope, name, labels: ['self-hosted'], status: 'online' });
  using health = watchHealth();
  const delaysOf = async (healer: Healer, label: (index: number) => string): Promise<readonly number[]> => {
    const delays: number[] = [];
    for (let index = 0; index < repeats; index += 1) delays.push(await once(healer, label(index), health));
    return delays;
  };
  const runnerwatch = await withHealer(
    () => startRunnerwatchHealer(github),
    (ours) => delaysOf(ours, (index) => `runnerwatch.runner=${names[index]}`),
  );
  const autoheal = await withHealer(startAutoheal, (theirs) => delaysOf(theirs, () => `${autohealLabel}=true`));
  return { runnerwatch, autoheal };
}

async function withHealer<T>(start: () => Promise<Healer>, measure: (healer: Healer) => Promise<T>): Promise<T> {
  await using healer = await start();
  return await measure(healer);
}

async function once(healer: Healer, label: string, health: Health): Promise<number> {
  await using container = await runContainer(
    '--init',
    '--label',
    label,
    ...healthCheck,
    'busybox:stable',
    'sh',
    '-c',
    life,
  );
  const { name } = container;
  const id = await docker('inspect', '--format', '{{.Id}}', name);
  await until(() => health.isHealthy(name), `${name} healthy`);
  await container.exec('rm', '/tmp/well');
  const calledAt = () => healer.restartedAt.get(name) ?? healer.restartedAt.get(id);
  await until(() => calledAt() !== undefined && health.unhealthyAt.has(name), `a restart of ${name}`);
  // Not while it is restarted.
  await until(() => health.isHealthy(name), `${name} healthy again`);
  return (calledAt() ?? Number.NaN) - (health.unhealthyAt.get(name) ?? Number.NaN);
}

function until(holds: () => boolean, what: string): Promise<void> {
  return waitUntil(holds, { timeoutMs: 60_000, what: () => what });
}

interface Health extends Disposable {
  isHealthy(container: string): boolean;
  /** When each container became unhealthy for the first time, ms since the epoch. */
  readonly unhealthyAt: ReadonlyMap<string, number>;
}

/** By Docker's own account, which asks nothing of the machine that is measured. */
function watchHealth(): Health {
  const unhealthyAt = new Map<string, number>();
  const healthy = new Set<string>();
  const format = '{{.Actor.Attributes.name}} {{.TimeNano}} {{.Action}}';
  const watching = spawn('docker', ['events', '--filter', 'event=health_status', '--format', format]);
  createInterface(watching.stdout).on('line', (line) => {
    const [, name = '', nanoseconds, status] = /^(\S+) (\d+) health_status: (\w+)$/.exec(line) ?? [];
    if (status === 'healthy') healthy.add(name);
    else healthy.delete(name);
    if (status === 'unhealthy' && !unhealthyAt.has(name)) unhealthyAt.set(name, Number(nanoseconds) / 1e6);
  });
  return { unhealthyAt, isHealthy: (name) => healthy.has(name), [Symbol.dispose]: () => void watching.kill() };
}
