import { stringify } from 'yaml';

interface Written {
  readonly global?: { readonly resolve_timeout?: unknown };
  readonly receivers?: readonly { readonly name?: unknown }[];
  readonly [key: string]: unknown;
}

/**
 * A routing file, checked before, as the API shows it. Of receivers only the names: nearly every key of theirs may hold
 * a secret.
 */
export function shownRouting(value: unknown): string {
  const { global, route, receivers, inhibit_rules, mute_time_intervals, time_intervals } = value as Written;
  const timeout = global?.resolve_timeout;
  return stringify({
    ...(timeout === undefined ? {} : { global: { resolve_timeout: timeout } }),
    route,
    ...{ inhibit_rules, mute_time_intervals, time_intervals },
    receivers: receivers?.map(({ name }) => ({ name })),
  });
}
