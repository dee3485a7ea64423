import { createHash } from 'node:crypto';
import { type Broker, createBroker } from '../../src/broker/broker.ts';
import { BrokerConfig } from '../../src/broker/config.ts';
import type { TokenRequest } from '../../src/broker/request.ts';
import { silentLog } from '../../src/lib/log.ts';
import type { AuditEvent } from '../../src/model/audit.ts';
import type { ContainerDetails } from '../../src/model/container.ts';
import type { GithubScope } from '../../src/model/runner.ts';
import { createGithubSource } from '../../src/sources/github/create.ts';
import { openDatabase } from '../../src/state/database.ts';
import { createGrantStore } from '../../src/state/runner-grants.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { containerDetails, fakeDocker } from '../support/fake-docker.ts';
import { createGithubEmulator, TEST_TOKEN } from '../support/github-emulator/index.ts';

export const address = '172.20.0.3';
const key = 'the-key-of-homelab-1';
export const decoy = 'ghp_the-decoy-of-homelab-1';
const digest = (secret: string) => `${createHash('sha256').update(secret).digest('hex')}\n`;
const { signal } = new AbortController();

const repository: GithubScope = { kind: 'repository', name: 'octo/homelab' };

/** A running runner, started a second ago. */
export function runnerContainer(clock: FakeClock, over: Partial<ContainerDetails> = {}): ContainerDetails {
  const { state } = containerDetails();
  return containerDetails({
    name: 'github-runner-1',
    labels: { 'runnerwatch.runner': 'homelab-1' },
    addresses: [address],
    state: { ...state, startedAt: clock.now() - 1000 },
    ...over,
  });
}

interface Given {
  readonly config?: object;
  readonly scopes?: readonly GithubScope[];
  /** Docker's word for that of the host. */
  readonly architecture?: string;
}

/** The broker on the emulated GitHub and a real database; the containers are what the test puts there. */
export async function setUp({ config = {}, scopes = [repository], architecture = 'amd64' }: Given = {}) {
  const clock = new FakeClock();
  const github = await createGithubEmulator({ clock });
  const database = openDatabase(':memory:');
  const audited: AuditEvent[] = [];
  const counted: string[] = [];
  const files = new Map([
    ['/keys/homelab-1/key.sha256', digest(key)],
    ['/keys/homelab-1/decoy.sha256', digest(decoy)],
  ]);
  let containers: readonly ContainerDetails[] = [runnerContainer(clock)];
  let changes: readonly string[] = [];
  let processes: readonly string[] = ['/bin/bash /runner/entrypoint.sh'];
  const docker = () =>
    fakeDocker(
      containers.map((details) => ({ details })),
      { changes: async () => changes, top: async () => processes },
    );
  const source = createGithubSource({
    apiUrl: 'https://api.github.com',
    token: async () => TEST_TOKEN,
    ...{ clock, log: silentLog, userAgent: 'test', http: github.http },
  });
  const create = (): Broker =>
    createBroker(() => BrokerConfig.parse({ keys_dir: '/keys', ...config }), {
      ...{ clock, log: silentLog, audit: (event: AuditEvent) => audited.push(event) },
      docker: {
        list: (cut) => docker().list(cut),
        inspect: (id, cut) => docker().inspect(id, cut),
        changes: (id, cut) => docker().changes(id, cut),
        version: async () => ({ version: '28.5.2', apiVersion: '1.51', architecture }),
        top: (name, cut) => docker().top(name, cut),
      },
      github: () => source,
      scopes: () => scopes,
      store: createGrantStore(database),
      readFile: async (path) => {
        const text = files.get(path);
        if (text === undefined) throw new Error('ENOENT');
        return text;
      },
      count: (outcome) => counted.push(outcome),
    });
  let broker = create();
  return {
    clock,
    github,
    audited,
    counted,
    files,
    ask: (body: unknown, over: Partial<TokenRequest> = {}) => broker.ask({ address, key, body, ...over }, signal),
    /** A new process on the old database. */
    restart: () => {
      broker = create();
    },
    containersAre: (next: readonly ContainerDetails[]) => {
      containers = next;
    },
    processesAre: (next: readonly string[]) => {
      processes = next;
    },
    changesAre: (next: readonly string[]) => {
      changes = next;
    },
    paths: () => github.requests().map(({ method, path }) => `${method} ${path.replace(/\?.*/, '')}`),
    [Symbol.asyncDispose]: async () => {
      database[Symbol.dispose]();
      await github[Symbol.asyncDispose]();
    },
  };
}
