import { z } from 'zod';
import type { ChangedScope } from '../../model/runner.ts';
import type { Asking } from './access.ts';
import { type Call, jitConfigCall, labelsCall, labelsRemovalCall, registrationCall, removalCall } from './endpoints.ts';
import type { Answer } from './exchange.ts';
import { errorOf, GithubError } from './github-error.ts';
import type { GithubSource } from './github-source.ts';
import type { MissingPermissions } from './permissions.ts';
import type { createTurns } from './turns.ts';

type Writes = Pick<
  GithubSource,
  'createRegistrationToken' | 'createJitConfig' | 'removeRunner' | 'removeLabels' | 'addLabels'
>;

interface WriterDeps {
  readonly asking: Asking;
  readonly permissions: MissingPermissions;
  readonly inTurn: ReturnType<typeof createTurns>;
}

interface Write {
  readonly call: Call;
  readonly scope: ChangedScope;
  readonly what: string;
  readonly body?: object;
  readonly signal: AbortSignal;
}

const Token = z.object({ token: z.string().min(1) });
const JitConfig = z.object({ encoded_jit_config: z.string().min(1), runner: z.object({ id: z.int() }) });

/** What is changed at GitHub: for the token broker and for recovery, and nothing else. */
export function createWrites({ asking, permissions, inTurn }: WriterDeps): Writes {
  /** Settles for the statuses that are expected; throws a GithubError for all else, or the signal's reason. */
  async function write({ call, scope, what, body, signal }: Write, expected: readonly number[]): Promise<Answer> {
    const question = { ...call, what, body, signal };
    const { answer, credential } = await inTurn(signal, () => asking.ask(question, scope));
    const use = { credential, scope: scope.name, endpoint: call.endpoint };
    if (!expected.includes(answer.status)) {
      permissions.refused(use, answer);
      throw errorOf(answer, question);
    }
    permissions.allowed(use);
    return answer;
  }

  return {
    async createRegistrationToken(scope, signal) {
      const what = `a registration token for ${scope.name}`;
      const { data } = await write({ call: registrationCall(scope), scope, what, signal }, [201]);
      return parsed(Token, data, what).token;
    },

    async createJitConfig(scope, { name, labels, groupId, workFolder }, signal) {
      const what = `a runner configuration for ${scope.name}`;
      const body = { name, runner_group_id: groupId, labels, work_folder: workFolder };
      const { status, data } = await write({ call: jitConfigCall(scope), scope, what, body, signal }, [201, 409]);
      if (status === 409) return undefined;
      const { encoded_jit_config: config, runner } = parsed(JitConfig, data, what);
      return { config, runnerId: runner.id };
    },

    async removeRunner(scope, id, signal) {
      const what = `the removal of a runner from ${scope.name}`;
      // 404: somebody was faster. 422: it works on a job.
      const { status } = await write({ call: removalCall(scope, id), scope, what, signal }, [204, 404, 422]);
      return status !== 422;
    },

    async removeLabels(scope, id, signal) {
      const what = `the labels of a runner of ${scope.name}`;
      const { status } = await write({ call: labelsRemovalCall(scope, id), scope, what, signal }, [200, 404]);
      return status === 200;
    },

    async addLabels(scope, id, labels, signal) {
      const what = `labels for a runner of ${scope.name}`;
      const body = { labels };
      const { status } = await write({ call: labelsCall(scope, id), scope, what, body, signal }, [200, 404]);
      return status === 200;
    },
  };
}

/** Says where an answer is not as documented, and never what it holds. */
function parsed<S extends z.ZodType>(schema: S, data: unknown, what: string): z.output<S> {
  const result = schema.safeParse(data);
  if (result.success) return result.data;
  const where = result.error.issues[0]?.path.join('.') || 'the whole';
  throw new GithubError('malformed', `GitHub's answer for ${what} is not as documented: ${where}`);
}
