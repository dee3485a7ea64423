import type { MissingPermission } from '../../model/github.ts';
import type { EndpointName } from './endpoints.ts';
import { type FailedAnswer, hiddenBy, permissionIn } from './github-error.ts';

/** Who asked what of whom. */
interface Use {
  readonly credential: string;
  readonly scope: string;
  readonly endpoint: EndpointName;
}

/** Which permissions GitHub named when it refused calls, until the same call is allowed. */
export interface MissingPermissions {
  /** Of an answer with 403 or 404; others name none. */
  refused(use: Use, answer: Pick<FailedAnswer, 'status' | 'headers'>): void;
  allowed(use: Use): void;
  /** The credential is another now. */
  forget(credential: string): void;
  all(): readonly MissingPermission[];
}

/** By call and scope; scopes are bounded by what is configured, and this holds should they not be. */
const maxKept = 1000;

export function createMissingPermissions(): MissingPermissions {
  const kept = new Map<string, MissingPermission & { readonly credential: string }>();
  const keyOf = ({ scope, endpoint }: Use): string => `${endpoint} ${scope}`;
  return {
    refused(use, { status, headers }) {
      if (status !== 403 && status !== 404) return;
      const permission = status === 403 ? permissionIn(headers) : hiddenBy(headers);
      if (permission === undefined || (kept.size >= maxKept && !kept.has(keyOf(use)))) return;
      kept.set(keyOf(use), { scope: use.scope, permission, credential: use.credential });
    },
    allowed(use) {
      kept.delete(keyOf(use));
    },
    forget(credential) {
      for (const [key, missing] of kept) if (missing.credential === credential) kept.delete(key);
    },
    all() {
      // Several calls may lack the same one.
      const distinct = new Map<string, MissingPermission>();
      for (const { scope, permission } of kept.values()) distinct.set(`${permission} ${scope}`, { scope, permission });
      return [...distinct.values()];
    },
  };
}
