/** What stands in for the world beyond the WAN: a nameserver for every name, and a GitHub without runners. */
import { createSocket } from 'node:dgram';
import { createServer } from 'node:http';
import { decode, encode } from 'dns-packet';

/** Bound to one address: an answer must come from the one that was asked. */
const [, , nameserverAddress, githubAddress = ''] = process.argv;

const nameserver = createSocket('udp4');
nameserver.on('message', (message, { port, address: asker }) => {
  const { id, questions = [] } = decode(message);
  const answers = questions
    .filter(({ type }) => type === 'A')
    .map(({ name }) => ({ type: 'A' as const, name, ttl: 1, data: githubAddress }));
  nameserver.send(encode({ type: 'response', id: id ?? 0, questions, answers }), port, asker);
});

const github = createServer((_, response) => {
  response.setHeader('content-type', 'application/json').end('{"total_count":0,"runners":[]}');
});

nameserver.bind(53, nameserverAddress, () => github.listen(8080, githubAddress, () => process.stdout.write('ready\n')));
