/** Where a try shows. */
export interface Trace {
  /** Labels of a record in the audit log, beside the runner's name. */
  readonly audit?: { readonly action: string } & Readonly<Record<string, string>>;
  /** One of these series has grown: which, is for the kernel to decide. */
  readonly metrics?: readonly string[];
}

interface Kind {
  /** As the table in docs/security.md calls it. */
  readonly row: string;
  readonly trace: Trace;
  /** As hostile/job.sh calls them. */
  readonly tries: readonly string[];
  /** What the answer says, where somebody answers. */
  readonly answer?: string;
}

/** Tries that find the decoy, and nothing else; what they do with it is seen. */
export const finds = ['token in the environment', 'token in files', 'token in processes'];

const nowhere: Trace = {};
const tokens = (outcome: string): Trace => ({
  audit: { action: 'runner-token-refused', why: outcome },
  metrics: [`runnerwatch_runner_token_requests_total{outcome="${outcome}"}`],
});
const access = (reason: string): string => `runnerwatch_runner_access_denied_total{reason="${reason}"}`;
const firewall = (reason: string): string => `runnerwatch_firewall_denied_packets_total{reason="${reason}"}`;
const path = (asked: string): Trace => ({
  audit: { action: 'runner-access-denied', reason: 'path', path: asked },
  metrics: [access('path')],
});
const forwarded = (asked: string): Trace => ({
  audit: { action: 'runner-access-denied', reason: 'forwarded', path: asked },
  metrics: [access('forwarded')],
});

const decoyTouched =
  'runnerwatch_runner_fact{runner="rw-hostile-1",name="rw-hostile-github-runner-1-1",fact="decoy_touched"}';

const folders = ['/', '/etc', '/usr/bin', '/opt', '/runner', '/run/runner-key', '/run', '/var/lib', '/home'];
const looks = ['metrics', 'probe', 'reload', 'runners', 'the page'];

const otherPaths: readonly (readonly [string, string])[] = [
  ['metrics', 'GET /metrics'],
  ['probe', 'GET /probe'],
  ['reload', 'POST /-/reload'],
  ['runners', 'GET /api/v1/runners'],
  ['the page', 'GET /'],
  ['restart others', 'POST /api/v1/recover'],
  ['silence', 'POST /api/v2/silences'],
];

/** What hostile/job.sh tries, and where each try is seen. docs/security.md has the same, for people. */
export const kinds: readonly Kind[] = [
  {
    row: 'asks with a token that it found in its environment, in files or in processes',
    trace: tokens('decoy'),
    tries: ['broker: a token of the environment', 'broker: a token of a file', 'broker: a token of a process'],
    // Who took it does not learn that it was laid out for this.
    answer: '"outcome":"bad-key"',
  },
  {
    row: 'reads files in which a token may be',
    trace: { metrics: [decoyTouched] },
    tries: ['token in files'],
  },
  {
    row: 'asks again with the key of its runner',
    trace: tokens('already-granted'),
    tries: ['broker: registration', 'broker: just in time'],
    answer: '"outcome":"already-granted"',
  },
  {
    row: 'asks with another key',
    trace: tokens('bad-key'),
    tries: ['broker: a guessed key'],
    answer: '"outcome":"bad-key"',
  },
  {
    row: 'asks that its runner be taken out',
    trace: tokens('working'),
    tries: ['broker: its own removal'],
    answer: '"outcome":"working"',
  },
  {
    row: 'asks or reports in the name of another runner',
    trace: forwarded('/api/v1/runner-token'),
    tries: ['broker: as another runner'],
    answer: 'came through a proxy',
  },
  {
    row: 'asks or reports in the name of another runner',
    trace: forwarded('/api/v1/runner-job'),
    tries: ['Runnerwatch: report for another'],
    answer: '403',
  },
  ...otherPaths.map(([name, asked]) => ({
    row: "asks the runners' port for anything else",
    trace: path(asked),
    tries: [`Runnerwatch: ${name}`],
    answer: '404',
  })),
  {
    row: 'connects to the main port',
    // Where the kernel shows the firewall what goes from one container to another, it refuses first.
    trace: { metrics: [access('port'), firewall('neighbour')] },
    tries: looks.map((name) => `main port: ${name}`),
  },
  {
    row: "calls Docker's API",
    trace: {
      audit: { action: 'runner-access-denied', reason: 'docker', path: 'GET /v1.51/containers/json' },
      metrics: [access('docker')],
    },
    tries: ['Docker: as its programs do'],
    answer: '403',
  },
  // It is not there: nobody is asked.
  { row: "calls Docker's API", trace: nowhere, tries: ['Docker: the socket'] },
  {
    row: 'reaches for the LAN, the host or a network of the stack',
    trace: { metrics: [firewall('lan')] },
    tries: ['Docker: the proxy', 'the LAN'],
  },
  {
    row: 'reaches for the LAN, the host or a network of the stack',
    trace: { metrics: [firewall('host')] },
    tries: ['Docker: the host'],
  },
  {
    row: 'writes where the kernel forbids it',
    trace: nowhere,
    tries: folders.map((folder) => `write to ${folder}`),
  },
  { row: 'asks for more rights', trace: nowhere, tries: ['sudo', 'mount', 'capabilities'] },
  {
    row: 'looks for what is of another runner',
    trace: nowhere,
    tries: ['files of the other runner', 'key of the other runner'],
  },
  {
    row: 'registers a runner at GitHub, or takes one out',
    trace: nowhere,
    tries: [
      'register: no token',
      'register: with what it found',
      'register: as this runner',
      'register: a copy of this runner',
      'register: in the place of the other runner',
      'register: take the other runner out',
    ],
  },
];
