import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';

/** One mail as it came in: who may read it, and its source. */
export interface ReceivedMail {
  readonly from: string;
  readonly to: readonly string[];
  readonly source: string;
  /** Whether it came over TLS, and who had logged in. */
  readonly isSecure: boolean;
  readonly user: string | undefined;
}

export interface MailSink extends AsyncDisposable {
  readonly port: number;
  readonly mails: readonly ReceivedMail[];
}

/** A mail server on 127.0.0.1 that keeps what it gets. */
export async function createMailSink(options: SMTPServerOptions = {}): Promise<MailSink> {
  const mails: ReceivedMail[] = [];
  const server = new SMTPServer({
    authOptional: true,
    logger: false,
    ...options,
    async onData(stream, { envelope: { mailFrom, rcptTo }, secure, user }, done) {
      const from = mailFrom ? mailFrom.address : '';
      const source = await text(stream);
      mails.push({
        from,
        to: rcptTo.map(({ address }) => address),
        source,
        isSecure: secure,
        user: user as string | undefined,
      });
      done();
    },
  });
  server.on('error', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  return {
    port: (server.server.address() as AddressInfo).port,
    mails,
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** The parts of a multipart mail by their type, decoded, and its headers as they stand there. */
export function partsOf(source: string): {
  readonly headers: string;
  readonly parts: Readonly<Record<string, string>>;
} {
  const [headers = '', ...rest] = source.split('\r\n\r\n');
  const boundary = /boundary="?([^"\r\n;]+)"?/.exec(headers)?.[1] ?? '';
  const parts = rest
    .join('\r\n\r\n')
    .split(`--${boundary}`)
    .flatMap((part): [string, string][] => {
      const [head = '', ...body] = part.split('\r\n\r\n');
      const type = /content-type: ([^;\r\n]+)/i.exec(head)?.[1];
      return type === undefined ? [] : [[type, fromQuotedPrintable(body.join('\r\n\r\n'))]];
    });
  return { headers: headers.replace(/\r\n[ \t]+/g, ' '), parts: Object.fromEntries(parts) };
}

function fromQuotedPrintable(text: string): string {
  const bytes = text
    .replace(/=\r\n/g, '')
    .replace(/=([\dA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
