import { createPrivateKey } from 'node:crypto';
import githubAppJwt from 'universal-github-app-jwt';
import type { Clock } from '../../lib/clock.ts';
import { reasonOf } from '../../lib/log.ts';
import type { CredentialBook } from './credential-book.ts';
import { call } from './endpoints.ts';
import type { Access, Answer, Exchange, Question, Uses } from './exchange.ts';
import { GithubError } from './github-error.ts';
import type { ClockSkew } from './skew.ts';

export interface AppOptions {
  /** The App's id or client id. */
  readonly id: string;
  /** Read at each use, so that a key can be replaced. */
  readonly privateKey: () => Promise<string>;
}

/** Asks as the App itself: with a token of ten minutes that its key signs. */
export interface GithubApp {
  readonly id: string;
  /** Throws a GithubError where GitHub does not know the App or its key. */
  ask(question: Question, etag?: string): Promise<Answer>;
  /** Throws the same where the App is not taken. */
  check(signal: AbortSignal): Promise<void>;
}

interface AppDeps {
  readonly app: AppOptions;
  readonly exchange: Exchange;
  readonly book: CredentialBook;
  readonly uses: Uses;
  readonly skew: ClockSkew;
  readonly clock: Clock;
}

/** A token is good for half a minute into the past and the future: less than this is not the clock's fault. */
const skewThatMatters = 20_000;

export function createGithubApp({ app, exchange, book, uses, skew, clock }: AppDeps): GithubApp {
  async function access(): Promise<Access> {
    const pem = await app.privateKey().catch((error: unknown) => {
      throw refuse(`github.app.private_key cannot be read: ${reasonOf(error)}`);
    });
    book.uses('app', pem);
    // GitHub counts for the App, whichever of its keys signs.
    uses('app', app.id);
    book.check('app');
    // GitHub refuses what is issued in its future, or lives longer than ten minutes of its time.
    const now = Math.floor((clock.now() - skew.latest()) / 1000);
    const { token } = await githubAppJwt({ id: app.id, privateKey: rsaKey(pem), now });
    return { credential: 'app', secret: token };
  }

  function rsaKey(pem: string): string {
    const key = keyIn(pem);
    if (key) return key;
    throw refuse('github.app.private_key is no RSA key in PEM; give the .pem file that GitHub made for the App');
  }

  function refuse(message: string): GithubError {
    const error = new GithubError('auth', message);
    book.refused('app', error);
    return error;
  }

  async function ask(question: Question, etag?: string): Promise<Answer> {
    const before = skew.latest();
    let answer = await exchange(question, await access(), etag);
    const hasLearnt = Math.abs(skew.latest() - before) >= skewThatMatters;
    if (answer.status === 401 && hasLearnt) answer = await exchange(question, await access(), etag);
    if (answer.status === 401) {
      const mend = "check github.app.id, and that the key is still listed on the App's settings page";
      throw refuse(`App ${app.id} was refused: ${answer.message}; ${mend}`);
    }
    if (answer.status === 404 && /integration/i.test(answer.message)) {
      throw refuse(`GitHub knows no App ${app.id}: check github.app.id`);
    }
    book.took('app');
    return answer;
  }

  const self = call('app', {});
  let etag: string | undefined;
  return {
    id: app.id,
    ask,
    check: async (signal) => {
      const { headers } = await ask({ ...self, what: `App ${app.id}`, signal }, etag);
      etag = headers.etag;
    },
  };
}

/**
 * As PKCS#8, which WebCrypto wants; GitHub hands out PKCS#1. In an environment variable line ends are often written as
 * `\n`.
 */
function keyIn(pem: string): string | undefined {
  try {
    const key = createPrivateKey(pem.replaceAll('\\n', '\n').trim());
    return key.asymmetricKeyType === 'rsa' ? key.export({ type: 'pkcs8', format: 'pem' }).toString() : undefined;
  } catch {
    // The reason might quote the key.
    return undefined;
  }
}
