import { reasonOf } from '../../lib/log.ts';
import type { GithubScope } from '../../model/runner.ts';
import type { CredentialBook } from './credential-book.ts';
import { expirationIn } from './credential-book.ts';
import type { Access, Answer, Exchange, Question, Uses } from './exchange.ts';
import { errorOf, GithubError } from './github-error.ts';
import type { Installations } from './installations.ts';

/** Asks with the credential that the scope is read with. */
export interface Asking {
  /** `etagOf` gives the ETag that goes with the credential. */
  ask(question: Question, scope: GithubScope, etagOf?: (credential: string) => string | undefined): Promise<Asked>;
}

interface Asked {
  readonly answer: Answer;
  readonly credential: string;
}

interface AccessDeps {
  readonly exchange: Exchange;
  readonly book: CredentialBook;
  /** Undefined where none is configured. */
  readonly token: (() => Promise<string | undefined>) | undefined;
  /** Undefined where no App is configured. */
  readonly installations: Installations | undefined;
  readonly uses: Uses;
}

/** An App for repositories and organisations, else the token; enterprises know no Apps. */
export function createAsking({ exchange, book, token, installations, uses }: AccessDeps): Asking {
  async function access(scope: GithubScope, signal: AbortSignal): Promise<Access> {
    if (installations && scope.kind !== 'enterprise') return installations.access(scope, signal);
    if (!token) throw new GithubError('auth', noToken(scope));
    const secret = await usableToken(token).catch((error: GithubError) => {
      book.refused('token', error);
      throw error;
    });
    book.uses('token', secret);
    uses('token', secret);
    book.check('token');
    return { credential: 'token', secret };
  }

  return {
    async ask(question, scope, etagOf = () => undefined) {
      let used = await access(scope, question.signal);
      let answer = await exchange(question, used, etagOf(used.credential));
      if (answer.status === 401 && used.credential !== 'token') {
        installations?.drop(scope);
        used = await access(scope, question.signal);
        answer = await exchange(question, used, etagOf(used.credential));
      }
      const { credential } = used;
      if (answer.status === 401) book.refused(credential, errorOf(answer, question));
      else if (answer.status < 400) {
        book.took(credential, expirationIn(answer.headers['github-authentication-token-expiration']));
      }
      return { answer, credential };
    },
  };
}

function noToken({ kind, name }: GithubScope): string {
  if (kind !== 'enterprise') return 'there is no GitHub token';
  return `there is no github.token, and an App cannot read the enterprise ${name}; set a classic token beside it`;
}

/** Throws where there is none, and where it could not be a header: the platform's error would print it. */
async function usableToken(read: () => Promise<string | undefined>): Promise<string> {
  const text = await read().catch((error: unknown) => {
    throw new GithubError('auth', `github.token cannot be read: ${reasonOf(error)}`);
  });
  const token = text?.trim();
  if (!token) throw new GithubError('auth', 'there is no GitHub token');
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw new GithubError('auth', 'the GitHub token holds characters that no token has; was the right file given?');
}
