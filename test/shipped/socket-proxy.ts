import { randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { connect } from 'node:net';
import { docker } from '../support/docker-cli.ts';
import { randomSubnet } from '../support/subnets.ts';
import { tool } from './tools.ts';

const port = 2375;
const answerMs = 10_000;
/** After the first answer the others come at once. */
const quietMs = 1000;

/** The shipped proxy before an engine's socket, as the only service of a project of its own. */
export async function startSocketProxy(socket: string, ...env: readonly string[]) {
  const project = `runnerwatch-proxy-${randomBytes(3).toString('hex')}`;
  const subnet = randomSubnet();
  const container = `${project}-docker-socket-proxy-1`;

  async function compose(...args: readonly string[]): Promise<void> {
    const files = ['--env-file', '/dev/null', '-f', 'compose/compose.yaml', '--project-name', project];
    const { code, output } = await tool(
      'env',
      `DOCKER_SOCKET=${socket}`,
      `DOCKER_API_SUBNET=${subnet}`,
      ...env,
      'docker',
      'compose',
      ...files,
      ...args,
    );
    if (code !== 0) throw new Error(output);
  }

  await compose('up', '--detach', '--wait', '--wait-timeout', '60', 'docker-socket-proxy');
  const format = '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}';
  const address = await docker('inspect', '--format', format, container);

  return {
    container,
    url: `tcp://${address}:${port}`,
    /** A container that counts as a runner here. */
    runner: `${project}-github-runner-1-1`,
    logs: () => docker('logs', container),
    /** The status of the answer to `GET /path`, which goes out as it is written: fetch would tidy it up. */
    ask(call: string, headers: Readonly<Record<string, string>> = {}, body = ''): Promise<number> {
      const [method = '', path = ''] = call.split(' ');
      const { promise, resolve, reject } = Promise.withResolvers<number>();
      const options = { host: address, port, method, path, headers, timeout: answerMs, agent: false };
      const sent = request(options, (response) => {
        // The events have no end.
        resolve(response.statusCode ?? 0);
        response.destroy();
      });
      sent.on('timeout', () => sent.destroy(new Error('no answer'))).on('error', reject);
      sent.end(body);
      return promise;
    },
    /** The statuses of all answers to these bytes, until nothing more comes. */
    async send(text: string): Promise<readonly number[]> {
      const opened = connect(port, address).setEncoding('latin1').setTimeout(answerMs);
      opened.on('timeout', () => opened.end());
      // Not the end of it: who ends wants no answer any more.
      opened.write(text, 'latin1');
      let answers = '';
      for await (const part of opened) {
        answers += part;
        opened.setTimeout(quietMs);
      }
      return [...answers.matchAll(/^HTTP\/1\.[01] (\d{3}) /gm)].map(([, status]) => Number(status));
    },
    connect: () => connect(port, address),
    async [Symbol.asyncDispose]() {
      await compose('down', '--timeout', '5');
    },
  };
}

export type SocketProxy = Awaited<ReturnType<typeof startSocketProxy>>;
