import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { binary } from '../services.ts';

export interface Certificate {
  /** The certificate's file. */
  readonly file: string;
  readonly cert: string;
  readonly key: string;
}

/** `openssl ca` is what sets both dates of a certificate, and it wants all of this. */
const caConfig = `
[ca]
default_ca = here
[here]
database = index.txt
new_certs_dir = .
rand_serial = yes
default_md = sha256
copy_extensions = copy
policy = any
[any]
countryName = optional
organizationName = optional
organizationalUnitName = optional
commonName = supplied
`;

/** A self-signed certificate for localhost, home.lan and the loopback addresses, valid since yesterday; `endsIn` seconds. */
export function selfSigned(parent: string, name: string, { endsIn }: { readonly endsIn: number }): Certificate {
  const folder = join(parent, name);
  mkdirSync(folder);
  writeFileSync(join(folder, 'ca.cnf'), caConfig);
  writeFileSync(join(folder, 'index.txt'), '');
  const run = (...args: string[]): unknown => execFileSync(binary('openssl'), args, { cwd: folder, stdio: 'ignore' });
  const names = 'subjectAltName=DNS:localhost,DNS:home.lan,IP:127.0.0.1,IP:::1';
  const subject = ['-subj', '/C=AT/O=Home, Inc./OU=Lab/CN=localhost', '-addext', names];
  run('req', '-newkey', 'rsa:2048', '-nodes', '-keyout', 'key.pem', '-out', 'csr.pem', ...subject);
  const dates = ['-startdate', utc(-86_400), '-enddate', utc(endsIn)];
  run(
    'ca',
    '-config',
    'ca.cnf',
    '-selfsign',
    '-keyfile',
    'key.pem',
    '-in',
    'csr.pem',
    '-out',
    'cert.pem',
    '-batch',
    '-notext',
    ...dates,
  );
  const file = join(folder, 'cert.pem');
  return { file, cert: readFileSync(file, 'utf8'), key: readFileSync(join(folder, 'key.pem'), 'utf8') };
}

/** ASN.1's GeneralizedTime, so many seconds from now. */
function utc(seconds: number): string {
  return `${new Date(Date.now() + seconds * 1000).toISOString().replace(/[-:T]|\..*/g, '')}Z`;
}
