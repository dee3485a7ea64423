import { randomBytes } from 'node:crypto';

/**
 * The networks of a Compose stack, none of which another has: tests run beside each other on one daemon.
 * `prefix` is the first three numbers of them all, e.g. 172.31.242.
 */
export function stackSubnets(prefix: string) {
  return {
    RUNNER_SUBNET: `${prefix}.0/25`,
    DOCKER_API_SUBNET: `${prefix}.128/28`,
    ACCESS_SUBNET: `${prefix}.160/28`,
    MONITORING_SUBNET: `${prefix}.144/28`,
  };
}

/** For a network whose addresses nobody needs to know: one of 262144. */
export function randomSubnet(): string {
  const [second = 0, third = 0, fourth = 0] = randomBytes(3);
  return `10.${192 + (second % 64)}.${third}.${fourth & 0xf0}/28`;
}
