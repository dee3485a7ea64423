import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { type Exposed, nameOf, parseExposed } from '../support/exposition-diff.ts';
import { selfSigned } from '../support/probe/certificates.ts';
import { startDns, startHttp, startHttps, startTcp } from '../support/probe/servers.ts';
import { startProcess, temporaryFolder } from '../support/processes.ts';
import { startServer } from '../support/server.ts';
import { binary, freePort, needs } from '../support/services.ts';

const insecure = { insecure_skip_verify: true };
const banner = (...steps: object[]) => ({ prober: 'tcp', timeout: '1s', tcp: { query_response: steps } });
const http = (settings: object) => ({ prober: 'http', timeout: '2s', http: settings });
const dns = (settings: object) => ({ prober: 'dns', timeout: '1s', dns: { query_name: 'home.lan', ...settings } });
const answers = (rules: object) => dns({ query_type: 'A', validate_answer_rrs: rules });

/** One file for both. */
function modulesWith(ca: string) {
  return {
    icmp: { prober: 'icmp', timeout: '1s' },
    icmp6_only: { prober: 'icmp', timeout: '1s', icmp: { ip_protocol_fallback: false } },
    tcp_connect: { prober: 'tcp', timeout: '1s' },
    ssh_banner: banner({ expect: '^SSH-2.0-' }, { send: 'SSH-2.0-probe' }),
    irc_banner: banner(
      { send: 'NICK prober' },
      { expect: 'PING :([^ ]+)', send: 'PONG $1' },
      { expect: '^:[^ ]+ 001' },
    ),
    starttls: {
      prober: 'tcp',
      timeout: '1s',
      tcp: { query_response: [{ expect: '^220', starttls: true }, { expect: '^hello' }], tls_config: insecure },
    },
    tcp_tls: { prober: 'tcp', timeout: '1s', tcp: { tls: true } },
    tcp_tls_insecure: { prober: 'tcp', timeout: '1s', tcp: { tls: true, tls_config: insecure } },
    http_2xx: { prober: 'http', timeout: '2s' },
    http_insecure: http({ tls_config: insecure }),
    http_ca: http({ tls_config: { ca_file: ca } }),
    http_404: http({ valid_status_codes: [404] }),
    http_no_redirects: http({ follow_redirects: false, valid_status_codes: [302] }),
    http_no_redirects_2xx: http({ follow_redirects: false }),
    http_post: http({ method: 'POST', body: 'a=1', headers: { 'X-Thing': 'yes' } }),
    http_basic: http({ basic_auth: { username: 'ann', password: 'pass' } }),
    http_body: http({ fail_if_body_not_matches_regexp: ['wel+come'] }),
    http_body_bad: http({ fail_if_body_matches_regexp: ['wel+come'] }),
    http_header: http({ fail_if_header_not_matches: [{ header: 'x-server', regexp: '^test$' }] }),
    http_header_bad: http({ fail_if_header_matches: [{ header: 'X-Server', regexp: 'te.t' }] }),
    http_header_missing: http({ fail_if_header_not_matches: [{ header: 'X-None', regexp: 'a', allow_missing: true }] }),
    http_ssl: http({ fail_if_not_ssl: true }),
    http_no_ssl: http({ fail_if_ssl: true, tls_config: insecure }),
    http_version: http({ valid_http_versions: ['HTTP/2.0'] }),
    http_limit: http({ body_size_limit: '5B' }),
    http_gzip: http({ compression: 'gzip', headers: { 'Accept-Encoding': 'gzip' } }),
    dns_a: dns({ query_type: 'A' }),
    dns_soa: dns({ query_type: 'SOA' }),
    dns_mx_tcp: dns({
      query_type: 'MX',
      transport_protocol: 'tcp',
      validate_answer_rrs: { fail_if_not_matches_regexp: ['\tMX\t10 mail\\.home\\.lan\\.$'] },
    }),
    dns_txt: dns({
      query_type: 'TXT',
      validate_answer_rrs: { fail_if_none_matches_regexp: ['"say \\\\"hi\\\\"" "two"'] },
    }),
    dns_nxdomain: dns({ query_name: 'nowhere.lan', query_type: 'A' }),
    dns_nxdomain_valid: dns({ query_name: 'nowhere.lan', query_type: 'A', valid_rcodes: ['NXDOMAIN'] }),
    dns_silent: dns({ query_name: 'silent.lan', query_type: 'A' }),
    dns_malformed: dns({ query_name: 'malformed.lan', query_type: 'A' }),
    dns_match: answers({ fail_if_matches_regexp: ['192\\.0\\.2\\.9'] }),
    dns_all: answers({ fail_if_all_match_regexp: ['192'] }),
    dns_all_none: answers({ fail_if_all_match_regexp: ['zzz'] }),
    dns_all_some: answers({ fail_if_all_match_regexp: ['192.0.2.1'] }),
    dns_all_two: answers({ fail_if_all_match_regexp: ['192.0.2.1', '192.0.2.2'] }),
    dns_all_both: answers({ fail_if_all_match_regexp: ['192', 'lan'] }),
    dns_not: answers({ fail_if_not_matches_regexp: ['home.lan.\t300\tIN\tA\t192.0.2.[12]$'] }),
    dns_not_all: answers({ fail_if_not_matches_regexp: ['192.0.2.1'] }),
    dns_none: answers({ fail_if_none_matches_regexp: ['10\\.', '192.0.2.2'] }),
    dns_none_bad: answers({ fail_if_none_matches_regexp: ['10\\.'] }),
    dns_authority: dns({
      query_type: 'A',
      validate_authority_rrs: { fail_if_not_matches_regexp: ['NS\tns.home.lan.'] },
    }),
  };
}

const stack = new AsyncDisposableStack();
afterAll(() => stack.disposeAsync());

/** Where everything listens, filled in before the tests. */
const at: Record<string, string | number> = {};

type Handler = Parameters<typeof startHttp>[0];

/** What the web server does at each path; every other one is not found. */
const pages: Readonly<Record<string, Handler>> = {
  '/': (_, response) => response.writeHead(200, extra).end('welcome home'),
  '/slow': () => undefined,
  '/cookie': (_, response) => response.writeHead(302, { location: '/cookie-back', 'set-cookie': 'a=b; Path=/' }).end(),
  '/cookie-back': ({ headers }, response) => response.writeHead(headers.cookie === 'a=b' ? 200 : 403).end('ok'),
  '/redirect': (_, response) => response.writeHead(302, { location: '/' }).end('elsewhere'),
  '/loop': (_, response) => response.writeHead(301, { location: '/loop' }).end(),
  '/basic': ({ headers }, response) =>
    response.writeHead(headers.authorization === 'Basic YW5uOnBhc3M=' ? 200 : 401).end(),
  '/host': ({ headers }, response) => response.writeHead(headers.host === 'home.lan' ? 200 : 421).end('host'),
  '/cut': (_, response) =>
    response.writeHead(200, { 'content-length': 100 }).write('some', () => response.socket?.destroy()),
  '/post': ({ method, headers }, response) =>
    response.writeHead(method === 'POST' && headers['x-thing'] === 'yes' ? 201 : 400).end(),
};
const extra = { 'x-server': 'test', 'last-modified': 'Wed, 21 Oct 2015 07:28:00 GMT' };

const serve: Handler = (request, response) => {
  const page = pages[request.url ?? '/'];
  if (page) page(request, response);
  else response.writeHead(404, extra).end('not found');
};

async function startTargets(folder: string) {
  const good = selfSigned(folder, 'good', { endsIn: 3600 });
  const ended = selfSigned(folder, 'ended', { endsIn: -60 });
  const start = async <T extends { readonly port: number } & AsyncDisposable>(name: string, server: Promise<T>) => {
    at[name] = stack.use(await server).port;
  };
  await start('web', startHttp(serve));
  await start('web6', startHttp(serve, '::1'));
  await start('tls', startHttps(good, serve));
  await start('ended', startHttps(ended, serve));
  await start(
    'ssh',
    startTcp((socket) => socket.write('SSH-2.0-OpenSSH_9\r\n')),
  );
  await start(
    'other',
    startTcp((socket) => socket.end('HELLO\n')),
  );
  await start(
    'silent',
    startTcp(() => undefined),
  );
  await start(
    'irc',
    startTcp((socket) => {
      socket.write('NOTICE hi\r\nPING :abc\r\n');
      socket.on('data', (data) => String(data).includes('PONG abc') && socket.write(':irc.lan 001 prober\r\n'));
    }),
  );
  await start(
    'garbage',
    startTcp((socket) => socket.end('this is neither TLS nor HTTP\n')),
  );
  await start(
    'dns',
    startDns((name, type) => {
      if (name === 'silent.lan') return undefined;
      if (name === 'malformed.lan') return Buffer.from('81800001ffffffff0000c00c', 'hex');
      if (name !== 'home.lan') return { rcode: 3 };
      const record = { name, ttl: 300 };
      if (type === 'SOA')
        return {
          answers: [
            {
              ...record,
              type,
              data: {
                mname: 'ns.home.lan',
                rname: 'admin.home.lan',
                serial: 2026,
                refresh: 1,
                retry: 2,
                expire: 3,
                minimum: 4,
              },
            },
          ],
        };
      if (type === 'MX') return { answers: [{ ...record, type, data: { preference: 10, exchange: 'mail.home.lan' } }] };
      if (type === 'TXT') return { answers: [{ ...record, type, data: ['say "hi"', 'two'] }] };
      const a = (data: string) => ({ ...record, type: 'A' as const, data });
      return {
        answers: [a('192.0.2.1'), a('192.0.2.2')],
        authorities: [{ ...record, type: 'NS', data: 'ns.home.lan' }],
      };
    }),
  );
  at.closed = await freePort();
  return good;
}

const [local, six] = ['127.0.0.1', '[::1]'];
const hits: readonly (readonly [module: string, target: string, more?: string])[] = [
  ['icmp', local],
  ['icmp', '::1'],
  ['icmp', 'nowhere.invalid'],
  ['icmp', '240.0.0.1'],
  ['icmp6_only', local],
  ['tcp_connect', `${local}:ssh`],
  ['tcp_connect', `localhost:ssh`],
  ['tcp_connect', `${six}:web6`],
  ['tcp_connect', `${local}:closed`],
  ['tcp_connect', 'nowhere.invalid:ssh'],
  ['ssh_banner', `${local}:ssh`],
  ['ssh_banner', `${local}:other`],
  ['ssh_banner', `${local}:silent`],
  ['irc_banner', `${local}:irc`],
  ['irc_banner', `${local}:ssh`],
  ['tcp_tls', `${local}:tls`],
  ['tcp_tls_insecure', `${local}:tls`],
  ['tcp_tls_insecure', `${local}:ended`],
  ['tcp_tls_insecure', `${local}:garbage`],
  ['tcp_tls_insecure', `${local}:silent`],
  ['http_2xx', `http://${local}:web/`],
  ['http_2xx', `${local}:web`],
  ['http_2xx', `http://${six}:web6/`],
  ['http_2xx', `http://localhost:web/nothing`],
  ['http_404', `http://${local}:web/nothing`],
  ['http_2xx', `http://${local}:web/redirect`],
  ['http_2xx', `http://${local}:web/cookie`],
  ['http_2xx', `http://${local}:web/loop`],
  ['http_no_redirects', `http://${local}:web/redirect`],
  ['http_no_redirects_2xx', `http://${local}:web/redirect`],
  ['http_2xx', `http://${local}:closed/`],
  ['http_2xx', 'http://nowhere.invalid/'],
  ['http_2xx', `http://${local}:web/slow`],
  ['http_2xx', `http://${local}:web/cut`],
  ['http_2xx', `http://${local}:garbage/`],
  ['http_2xx', `https://${local}:tls/`],
  ['http_insecure', `https://${local}:tls/`],
  ['http_ca', `https://localhost:tls/`],
  ['http_ca', `https://${local}:tls/`],
  ['http_ca', `https://${local}:ended/`],
  ['http_insecure', `https://localhost:ended/`],
  ['http_insecure', `https://${local}:web/`],
  ['http_2xx', `http://${local}:tls/`],
  ['http_post', `http://${local}:web/post`],
  ['http_basic', `http://${local}:web/basic`],
  ['http_2xx', `http://${local}:web/basic`],
  ['http_body', `http://${local}:web/`],
  ['http_body', `http://${local}:web/host`, '&hostname=home.lan'],
  ['http_body_bad', `http://${local}:web/`],
  ['http_2xx', `http://${local}:web/host`, '&hostname=home.lan'],
  ['http_ca', `https://${local}:tls/`, '&hostname=home.lan'],
  ['http_header', `http://${local}:web/`],
  ['http_header_bad', `http://${local}:web/`],
  ['http_header_missing', `http://${local}:web/`],
  ['http_ssl', `http://${local}:web/`],
  ['http_no_ssl', `https://${local}:tls/`],
  ['http_version', `http://${local}:web/`],
  ['http_limit', `http://${local}:web/`],
  ['http_gzip', `http://${local}:web/`],
  ['dns_a', `${local}:dns`],
  ['dns_a', `localhost:dns`],
  ['dns_a', `${local}:closed`],
  ['dns_a', 'nowhere.invalid'],
  ...[
    'soa',
    'mx_tcp',
    'txt',
    'nxdomain',
    'nxdomain_valid',
    'silent',
    'malformed',
    'match',
    'all',
    'all_none',
    'all_some',
    'all_two',
    'all_both',
    'not',
    'not_all',
    'none',
    'none_bad',
    'authority',
  ].map((name) => [`dns_${name}`, `${local}:dns`] as const),
];

/** Times differ between any two probes. */
const unstable = /^probe_(\w+_)?(duration|lookup_time)_seconds/;

function stable({ series }: Exposed): Readonly<Record<string, number>> {
  return Object.fromEntries([...series].filter(([key]) => key.startsWith('probe_') && !unstable.test(key)));
}

function names({ series }: Exposed): readonly string[] {
  return [...new Set([...series.keys()].map(nameOf))].filter((name) => name.startsWith('probe_')).sort();
}

describe.skipIf(needs('blackbox_exporter'))('/probe beside blackbox_exporter', () => {
  let urls: readonly string[] = [];

  beforeAll(async () => {
    const folder = stack.use(temporaryFolder());
    const modules = modulesWith((await startTargets(folder.path)).file);
    const settings = { modules, probe: { allow_any_target: true }, docker: { host: 'unix:///nonexistent' } };
    const ours = stack.use(await startServer({ settings }));
    const config = stack.use(temporaryFolder({ 'blackbox.yml': stringify({ modules }) }));
    const theirs = `http://127.0.0.1:${await freePort()}`;
    stack.use(
      await startProcess({
        command: binary('blackbox_exporter'),
        args: [`--config.file=${config.path}/blackbox.yml`, `--web.listen-address=${theirs.slice('http://'.length)}`],
        ready: { url: `${theirs}/-/healthy` },
      }),
    );
    urls = [ours.url, theirs];
  }, 60_000);

  it.concurrent.each(hits.map(([module, target, more = '']) => ({ module, target, more })))(
    'says the same of $module $target',
    async ({ module, target, more }) => {
      const address = target.replace(/:([a-z]\w*)(?=\/|$)/, (_, name: string) => `:${at[name]}`);
      const query = `target=${encodeURIComponent(address)}&module=${module}${more}`;
      const [ours, theirs] = await Promise.all(
        urls.map(async (url) => parseExposed(await (await fetch(`${url}/probe?${query}`)).text())),
      );
      if (!ours || !theirs) throw new Error('there are not two');
      expect(names(ours)).toEqual(names(theirs));
      expect(stable(ours)).toEqual(stable(theirs));
    },
  );

  it.each([
    ['', {}],
    ['target=127.0.0.1&module=nothing', {}],
    ['module=icmp', {}],
    ['target=127.0.0.1&module=nothing', { 'X-Prometheus-Scrape-Timeout-Seconds': 'soon' }],
  ])('refuses the same: %s', async (query, headers) => {
    const [ours, theirs] = await Promise.all(
      urls.map(async (url) => {
        const answer = await fetch(`${url}/probe?${query}`, { headers });
        return { status: answer.status, text: await answer.text(), type: answer.headers.get('content-type') };
      }),
    );
    expect(ours).toEqual(theirs);
  });
});
