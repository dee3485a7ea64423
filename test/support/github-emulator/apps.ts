import { createPublicKey, randomBytes, verify } from 'node:crypto';
import type { Now } from './state.ts';
import { type Body, timeText } from './templates.ts';

/** A permission's name as GitHub writes it, such as `administration`, and what it allows. */
export type Permissions = Readonly<Record<string, 'read' | 'write'>>;

export interface Installation {
  readonly id: number;
  /** The owner of the repositories, or the organisation. */
  readonly account: string;
  readonly permissions: Permissions;
  readonly suspended?: boolean;
}

export interface App {
  readonly id: number;
  readonly clientId?: string;
  /** PEM; of a private key its public half is taken. */
  readonly publicKey: string;
  readonly installations: readonly Installation[];
}

export interface KnownInstallation extends Installation {
  readonly app: App;
}

export type Apps = ReturnType<typeof createApps>;

const HOUR_MS = 3_600_000;
/** GitHub's own bound for the JWT of an App. */
const maxAheadSeconds = 600;

export const undecodable = 'A JSON web token could not be decoded';

/** GitHub Apps: who they are by their JWTs, and the one-hour tokens of their installations. */
export function createApps(clock: Now, apps: readonly App[]) {
  const revoked = new Set<number>();
  const suspended = new Set(
    apps.flatMap(({ installations }) => installations.filter((one) => one.suspended).map(({ id }) => id)),
  );
  const gone = new Set<number>();
  const tokens = new Map<string, { readonly installation: KnownInstallation; readonly expires: number }>();

  function installations(): readonly KnownInstallation[] {
    const all = apps.flatMap((app) => app.installations.map((installation) => ({ ...installation, app })));
    return all.filter(({ id }) => !gone.has(id));
  }

  /** The App that signed the JWT, or GitHub's words for why it is none. */
  function verifyJwt(token: string): App | string {
    const [header = '', payload = '', signature = ''] = token.split('.');
    const claims = decode(payload);
    if (decode(header).alg !== 'RS256') return undecodable;
    const app = apps.find(({ id, clientId }) => [String(id), clientId].includes(String(claims.iss)));
    if (!app || revoked.has(app.id)) return undecodable;
    const key = createPublicKey(app.publicKey);
    const signed = Buffer.from(`${header}.${payload}`);
    if (!verify('sha256', signed, key, Buffer.from(signature, 'base64url'))) return undecodable;
    return wrongTime(claims, Math.floor(clock.now() / 1000)) ?? app;
  }

  return {
    verifyJwt,
    installations,
    isSuspended: (id: number) => suspended.has(id),
    /** The installation behind a token that has not ended. */
    installationOf(token: string): { readonly installation: KnownInstallation; readonly expires: number } | undefined {
      const found = tokens.get(token);
      return found && clock.now() < found.expires && !gone.has(found.installation.id) ? found : undefined;
    },
    issue(installation: KnownInstallation): Body {
      const token = `ghs_${randomBytes(18).toString('hex')}`;
      const expires = clock.now() + HOUR_MS;
      tokens.set(token, { installation, expires });
      const { permissions } = installation;
      return { token, expires_at: timeText(expires), permissions, repository_selection: 'all' };
    },
    revokeKey: (app = apps[0]?.id) => revoked.add(app ?? 0),
    suspend: (id: number) => suspended.add(id),
    unsuspend: (id: number) => suspended.delete(id),
    uninstall: (id: number) => gone.add(id),
    /** GitHub takes the tokens back that it gave out, before their hour is over. */
    revokeInstallationTokens: () => tokens.clear(),
  };
}

function decode(part: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString('utf8')) as Readonly<Record<string, unknown>>;
  } catch {
    return {};
  }
}

function wrongTime({ iat, exp }: Readonly<Record<string, unknown>>, now: number): string | undefined {
  if (!Number.isInteger(iat) || Number(iat) > now) {
    return "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued";
  }
  if (!Number.isInteger(exp) || Number(exp) <= now) {
    return "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires";
  }
  return Number(exp) > now + maxAheadSeconds ? "'Expiration time' claim ('exp') is too far in the future" : undefined;
}
