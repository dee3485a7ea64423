import type { ChangedScope } from '../model/runner.ts';
import type { Cordon } from '../state/runner-cordons.ts';
import type { GithubLook, Registration } from './findings.ts';
import type { RecoveryPorts } from './ports.ts';

type Ports = Pick<RecoveryPorts, 'clock' | 'github' | 'cordons' | 'audit' | 'log'>;

export interface CordonRequest {
  readonly runner: string;
  readonly by: string;
  readonly purpose: Cordon['purpose'];
}

interface Labelled {
  readonly scope: ChangedScope;
  readonly id: number;
  readonly labels: readonly string[];
}

/** Why a runner cannot be cordoned; undefined where it can. Jobs that ask for no more than its own labels go on to it. */
export function whyNoCordon(registrations: readonly Registration[]): string | undefined {
  if (registrations.length === 0) return 'GitHub does not list it, or is not asked';
  return labelled(registrations).length === 0
    ? 'it has no labels that were given to it, so none can be taken away'
    : undefined;
}

function labelled(registrations: readonly Registration[]): readonly Labelled[] {
  return registrations.flatMap(({ scope, runner: { id, customLabels = [] } }) =>
    scope.kind === 'enterprise' || customLabels.length === 0 ? [] : [{ scope, id, labels: customLabels }],
  );
}

/** Takes its labels away, and returns them. Throws where there are none, and it is not cordoned yet. */
export async function cordon(
  ports: Ports,
  request: CordonRequest,
  registrations: readonly Registration[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { runner } = request;
  const taken = labelled(registrations);
  const before = ports.cordons.of(runner);
  const why = whyNoCordon(registrations);
  if (why !== undefined && before.length === 0) throw new Error(why);
  for (const one of before) ports.cordons.put({ ...one, ...ownerOf(one, request) });
  for (const one of taken) {
    remember(ports, request, one);
    await ports.github.removeLabels(one, signal);
  }
  const labels = [...new Set(ports.cordons.of(runner).flatMap((one) => one.labels))];
  tell(ports, { action: 'runner-cordoned', runner, by: request.by, text: 'was cordoned', labels });
  return labels;
}

/** On disk before anything is taken: a crash in the middle must not lose a label. */
function remember({ clock, cordons }: Ports, request: CordonRequest, { scope, id, labels }: Labelled): void {
  const before = cordons.of(request.runner).find((one) => isIn(one, scope) && one.id === id);
  const { runner, by, purpose } = { ...request, ...(before && ownerOf(before, request)) };
  const all = [...new Set([...(before?.labels ?? []), ...labels])];
  cordons.put({ runner, scope, id, labels: all, at: before?.at ?? clock.now(), by, purpose });
}

/** A person's cordon is ended by a person only, whoever else would cordon as well. */
function ownerOf(before: Cordon, { by, purpose }: CordonRequest): Pick<Cordon, 'by' | 'purpose'> {
  return purpose === 'person' ? { by, purpose } : { by: before.by, purpose: before.purpose };
}

export interface Uncordoned {
  /** Undefined where it was not cordoned. */
  readonly given: readonly string[] | undefined;
  /** Whether its registration is another one now, which has labels of its own. */
  readonly isAnother: boolean;
}

/** Gives its labels back. Throws where GitHub does not answer: they are still remembered then. */
export async function uncordon(
  ports: Ports,
  { runner, by }: Pick<CordonRequest, 'runner' | 'by'>,
  signal: AbortSignal,
): Promise<Uncordoned> {
  const cordons = ports.cordons.of(runner);
  if (cordons.length === 0) return { given: undefined, isAnother: false };
  const github = await ports.github.look(runner, signal);
  if (!github.asked) throw new Error('GitHub is not asked, and its labels are still remembered');
  const given: string[] = [];
  for (const one of cordons) given.push(...(await giveBack(ports, one, github, signal)));
  const text = given.length > 0 ? 'got its labels back' : 'is another registration now, which has its own labels';
  tell(ports, { action: 'runner-uncordoned', runner, by, text, labels: given });
  return { given, isAnother: given.length === 0 };
}

async function giveBack(
  { github: port, cordons }: Ports,
  one: Cordon,
  { registrations, scopes }: Extract<GithubLook, { asked: true }>,
  signal: AbortSignal,
): Promise<readonly string[]> {
  if (scopes && !scopes.some((scope) => isIn(one, scope)))
    throw new Error(`${one.scope.name} is not watched any more, and the labels there are still remembered`);
  const isThere = registrations.some(({ scope, runner }) => isIn(one, scope) && runner.id === one.id);
  const isGiven = isThere && (await port.addLabels(one, one.labels, signal));
  cordons.remove(one);
  return isGiven ? one.labels : [];
}

function isIn({ scope }: Pick<Cordon, 'scope'>, { kind, name }: Registration['scope']): boolean {
  return scope.kind === kind && scope.name === name;
}

function tell(
  { log, audit }: Ports,
  told: {
    readonly action: 'runner-cordoned' | 'runner-uncordoned';
    readonly runner: string;
    readonly by: string;
    readonly text: string;
    readonly labels: readonly string[];
  },
): void {
  const { action, runner, by, text, labels } = told;
  log.warn({ runner, by, labels }, action === 'runner-cordoned' ? 'runner cordoned' : 'cordon ended');
  audit({
    action,
    outcome: 'success',
    message: `Runner ${runner} ${text}, by ${by}.`,
    labels: { runner, by, labels: labels.join(',') },
  });
}
