import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { listen } from '../../support/listen.ts';
import { startSshd, temporaryFolder } from '../../support/processes.ts';
import { keyFolder } from '../../support/ssh.ts';
import { root } from '../../support/tree.ts';

export const passphrase = 'the passphrase of the deploy key';
export const supervisorToken = 'token-of-the-supervisor';

/**
 * The `ha` of a host whose configuration is one word: BROKEN does not pass the check, SLOW starts and never runs, LOST
 * comes up in recovery mode. As the real one it is refused without the Supervisor's token.
 */
const ha = `#!/bin/sh
[ "$SUPERVISOR_TOKEN" = ${supervisorToken} ] || { echo 'unauthorized: missing or invalid API token'; exit 1; }
echo "$*" >>"$STANDIN/asked"
case $* in
  'core check') ! grep -q BROKEN "$STANDIN/config/configuration.yaml" || { echo 'Invalid config for [automation]'; exit 1; } ;;
  'core restart') cp "$STANDIN/config/configuration.yaml" "$STANDIN/running"; echo 2 >"$STANDIN/starting" ;;
  *) exit 2 ;;
esac
`;

type Place = (...names: string[]) => string;

function git(folder: string, ...args: readonly string[]): string {
  const identity = ['-c', 'user.name=test', '-c', 'user.email=test@example.com', '-c', 'init.defaultBranch=main'];
  return execFileSync('git', ['-C', folder, ...identity, ...args], { encoding: 'utf8' }).trim();
}

/** The repository at GitHub, with a first commit. */
function makeOrigin(folder: string) {
  const commit = (configuration: string): string => {
    writeFileSync(join(folder, 'configuration.yaml'), `${configuration}\n`);
    git(folder, 'add', '-A');
    git(folder, 'commit', '--quiet', '--allow-empty', '-m', configuration);
    return git(folder, 'rev-parse', 'HEAD');
  };
  mkdirSync(folder);
  git(folder, 'init', '--quiet');
  return {
    commit,
    first: commit('first'),
    /** A commit that is there, but not on the branch. */
    strayCommit: (configuration: string): string => {
      git(folder, 'checkout', '--quiet', '-b', 'stray');
      const sha = commit(configuration);
      git(folder, 'checkout', '--quiet', 'main');
      return sha;
    },
  };
}

/** The Core's API: what it says follows the configuration that was last restarted with. */
function createApi(path: Place) {
  return createServer(({ url, headers }, response) => {
    if (url !== '/api/config' || headers.authorization !== `Bearer ${supervisorToken}`) {
      response.writeHead(401).end();
      return;
    }
    const running = read(path('running')).trim();
    const starting = Number(read(path('starting')));
    writeFileSync(path('starting'), String(Math.max(0, starting - 1)));
    const state = starting > 0 || running === 'SLOW' ? 'STARTING' : 'RUNNING';
    response.end(JSON.stringify({ safe_mode: false, recovery_mode: running === 'LOST', state }));
  });
}

function read(file: string): string {
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}

/** In the place of each command of SSH one that notes its arguments. */
function writeNoting(path: Place): void {
  mkdirSync(path('noting'));
  for (const name of ['ssh', 'ssh-add', 'ssh-agent', 'timeout']) {
    const script = [
      '#!/bin/sh',
      `printf '%s\\n' "${name} $*" >>${path('arguments')}`,
      `PATH=$STANDARD_PATH exec ${name} "$@"`,
      '',
    ];
    writeFileSync(path('noting', name), script.join('\n'), { mode: 0o755 });
  }
}

/** The line of authorized_keys, as the documentation gives it. */
function gateLine(path: Place, apiPort: number, publicKey: string): string {
  const settings = [
    `HOMEASSISTANT_CONFIG=${path('config')}`,
    `HOMEASSISTANT_API=http://127.0.0.1:${apiPort}/api`,
    `HOMEASSISTANT_PROFILE=${path('profile.sh')}`,
  ];
  return `restrict,command="${settings.join(' ')} bash ${join(root, 'compose/examples/homeassistant/gate.sh')}" ${publicKey}`;
}

/** Something that is to its runner what a Home Assistant host is: sshd, `ha`, git in /config, and the Core's API. */
export async function startHost() {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(temporaryFolder({ running: 'first\n' }));
  const path: Place = (...names) => join(folder.path, ...names);
  const origin = makeOrigin(path('origin'));
  git(folder.path, 'clone', '--quiet', 'origin', 'config');
  mkdirSync(path('bin'));
  writeFileSync(path('bin/ha'), ha, { mode: 0o755 });
  writeNoting(path);
  const profile = `export SUPERVISOR_TOKEN=${supervisorToken} PATH=${path('bin')}:$PATH STANDIN=${folder.path}\n`;
  writeFileSync(path('profile.sh'), profile);
  const apiPort = await listen(createApi(path), stack);
  const keys = stack.use(keyFolder());
  keys.make('deploy', passphrase);
  keys.make('open');
  const authorizedKeys = gateLine(path, apiPort, keys.publicKey('deploy'));
  const sshd = stack.use(await startSshd({ authorizedKeys, config: 'Subsystem sftp internal-sftp' }));
  const owned = stack.move();
  return {
    ...origin,
    sshd,
    vars: {
      HOMEASSISTANT_HOST: sshd.address,
      HOMEASSISTANT_PORT: String(sshd.port),
      HOMEASSISTANT_USER: sshd.user,
      HOMEASSISTANT_KNOWN_HOSTS: `[${sshd.address}]:${sshd.port} ${sshd.hostKey}`,
    },
    secrets: { HOMEASSISTANT_SSH_KEY: read(keys.file('deploy')), HOMEASSISTANT_SSH_PASSPHRASE: passphrase },
    keyWithoutPassphrase: read(keys.file('open')),
    head: () => git(path('config'), 'rev-parse', 'HEAD'),
    running: () => read(path('running')).trim(),
    edit: (text: string) => writeFileSync(path('config/configuration.yaml'), text),
    /** What `ha` was asked. */
    asked: () => read(path('asked')).split('\n').filter(Boolean),
    logins: () => sshd.output().match(/Accepted publickey/g)?.length ?? 0,
    apiUrl: `http://127.0.0.1:${apiPort}/api`,
    notingPath: path('noting'),
    /** What SSH's commands were given on their command lines. */
    argumentLists: () => read(path('arguments')),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
