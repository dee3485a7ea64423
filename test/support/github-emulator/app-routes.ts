import type { Caller } from './access.ts';
import type { App, Apps, KnownInstallation } from './apps.ts';
import type { Route } from './rest.ts';
import { appBody, installationBody } from './templates.ts';
import { type Reply, refusal } from './wire.ts';

/** What a GitHub App itself may call, with its JWT. */
export function appRoutes(apps: Apps): readonly Route[] {
  const route = (
    method: string,
    pattern: string,
    work: (app: App, params: Readonly<Record<string, string>>) => Reply,
  ): Route => ({
    method,
    pattern,
    permission: 'jwt',
    handle: (_, params, caller) => work(appOf(caller), params),
  });
  const of = (app: App) => apps.installations().filter((installation) => installation.app.id === app.id);
  const found = (installation: KnownInstallation | undefined): Reply =>
    installation ? { status: 200, body: describe(apps, installation) } : refusal(404, 'Not Found');
  const onAccount = (app: App, name: string | undefined) => found(of(app).find(({ account }) => account === name));
  return [
    route('GET', '/app', ({ id, clientId }) => ({
      status: 200,
      body: appBody({ id, client_id: clientId ?? `Iv1.${id}` }),
    })),
    route('GET', '/repos/:owner/:repo/installation', (app, { owner }) => onAccount(app, owner)),
    route('GET', '/orgs/:org/installation', (app, { org }) => onAccount(app, org)),
    route('POST', '/app/installations/:id/access_tokens', (app, { id }) => {
      const installation = of(app).find((one) => one.id === Number(id));
      if (!installation) return refusal(404, 'Not Found');
      if (apps.isSuspended(installation.id)) return refusal(403, 'This installation has been suspended');
      return { status: 201, body: apps.issue(installation) };
    }),
  ];
}

function appOf(caller: Caller): App {
  if (caller.kind !== 'app') throw new Error('this route is for Apps only');
  return caller.app;
}

function describe(apps: Apps, { id, account, permissions, app }: KnownInstallation) {
  return installationBody(account, {
    id,
    app_id: app.id,
    permissions,
    repository_selection: 'all',
    access_tokens_url: `https://api.github.com/app/installations/${id}/access_tokens`,
    suspended_at: apps.isSuspended(id) ? '2026-01-01T00:00:00Z' : null,
  });
}
