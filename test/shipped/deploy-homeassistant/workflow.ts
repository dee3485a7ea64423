import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { temporaryFolder } from '../../support/processes.ts';
import { root } from '../../support/tree.ts';
import { readYaml } from '../tools.ts';

export interface Step {
  readonly name: string;
  readonly id?: string;
  readonly if?: string;
  readonly uses?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly run?: string;
  readonly 'timeout-minutes'?: number;
}

export const workflow = readYaml('compose/examples/deploy-homeassistant.yml');
export const steps: readonly Step[] = workflow.jobs.deploy.steps;

type Outcome = 'success' | 'failure' | 'skipped';
type Values = Readonly<Record<string, string>>;
/** A path within the job's folder. */
type Place = (...names: string[]) => string;

export interface Given {
  readonly sha: string;
  readonly vars: Values;
  readonly secrets: Values;
  /** What the workflow does not set. */
  readonly env?: Values;
}

export interface Run {
  readonly status: 'success' | 'failure';
  /** By step name; without what needs GitHub. */
  readonly outcomes: Readonly<Record<string, Outcome>>;
  /** All that the steps printed. */
  readonly log: string;
  readonly summary: string;
}

/** A runner's job: a workspace with the repository, and files that live as long as the job. */
export function openJob() {
  const folder = temporaryFolder();
  const path: Place = (...names) => join(folder.path, ...names);
  mkdirSync(path('temp'));
  mkdirSync(path('work'));
  cpSync(join(root, 'compose/examples/homeassistant'), path('work/.github/homeassistant'), { recursive: true });
  return {
    temp: path('temp'),
    /** The steps in their order, as the runner takes them; `leaveOut` names some. */
    run: (given: Given, leaveOut: readonly string[] = []) => runSteps(given, path, leaveOut),
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  };
}

async function runSteps(given: Given, path: Place, leaveOut: readonly string[]): Promise<Run> {
  const outcomes: Record<string, Outcome> = {};
  const values: Record<string, string> = {
    'job.status': 'success',
    ...named('vars', given.vars),
    ...named('secrets', given.secrets),
  };
  writeFileSync(path('summary'), '');
  let log = '';
  for (const step of steps.filter(({ name, run }) => run !== undefined && !leaveOut.includes(name))) {
    writeFileSync(path('output'), '');
    const { outcome, text } = isDue(step, values) ? await runStep(step, { given, values, path }) : skipped;
    log += text;
    outcomes[step.name] = outcome;
    if (outcome === 'failure') values['job.status'] = 'failure';
    const outputs = readFileSync(path('output'), 'utf8').matchAll(/^(\w+)=(.*)$/gm);
    Object.assign(values, named(`steps.${step.id}`, { outcome }));
    for (const [, name, value = ''] of outputs) values[`steps.${step.id}.outputs.${name}`] = value;
  }
  const status = values['job.status'] === 'success' ? 'success' : 'failure';
  return { status, outcomes, log, summary: readFileSync(path('summary'), 'utf8') };
}

const skipped = { outcome: 'skipped', text: '' } as const;

function named(prefix: string, values: Values): Values {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [`${prefix}.${name}`, value]));
}

/** The part of GitHub's expressions that the workflow uses; fails on any other. */
function isDue({ if: condition }: Step, values: Values): boolean {
  const terms = (condition ?? 'success()').split(' && ');
  return terms.every((term) => {
    if (term === 'always()') return true;
    if (term === 'success()') return values['job.status'] === 'success';
    const [, name = '', operator, expected] = /^([\w.-]+) ([!=]=) '(\w+)'$/.exec(term) ?? [];
    if (operator === undefined) throw new Error(`not understood: ${term}`);
    return (values[name] === expected) === (operator === '==');
  });
}

/** As `shell: bash` runs it. */
async function runStep(
  step: Step,
  { given, values, path }: { readonly given: Given; readonly values: Values; readonly path: Place },
) {
  const script = path('step.sh');
  writeFileSync(script, step.run ?? '');
  const filled = Object.entries(step.env ?? {}).map(([name, text]) => [
    name,
    text.replaceAll(/\$\{\{ ([\w.-]+) \}\}/g, (_, key: string) => values[key] ?? ''),
  ]);
  const env = {
    PATH: process.env.PATH,
    HOME: path(),
    RUNNER_TEMP: path('temp'),
    GITHUB_SHA: given.sha,
    GITHUB_OUTPUT: path('output'),
    GITHUB_STEP_SUMMARY: path('summary'),
    ...given.env,
    ...Object.fromEntries(filled),
  };
  const options = { cwd: path('work'), env, timeout: 120_000 };
  try {
    const args = ['--noprofile', '--norc', '-eo', 'pipefail', script];
    const { stdout, stderr } = await promisify(execFile)('bash', args, options);
    return { outcome: 'success', text: stdout + stderr } as const;
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    return { outcome: 'failure', text: stdout + stderr } as const;
  }
}
