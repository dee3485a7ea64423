import type { Command, Option } from 'commander';
import type { CommandIo, ExitCode } from './command.ts';

export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

/** A command as completion knows it: its words, and what may follow. */
interface CommandSpec {
  readonly name: string;
  readonly help: string;
  /** Long flags: `--config`. */
  readonly options: readonly { readonly flag: string; readonly help: string; readonly takesValue: boolean }[];
  /** Whether file names may follow. */
  readonly takesFiles: boolean;
  readonly choices: readonly string[];
  readonly commands: readonly CommandSpec[];
}

/** Prints a completion script that knows every command and flag of the program. */
export function printCompletion({ out }: CommandIo, shell: Shell, program: Command): ExitCode {
  out({ bash, zsh, fish }[shell](specOf(program)));
  return 0;
}

const helpFlag = { flag: '--help', help: 'print this help', takesValue: false };

function optionOf({ long, description, required }: Option): CommandSpec['options'][number] {
  return { flag: long ?? '', help: description, takesValue: required };
}

function specOf(command: Command): CommandSpec {
  return {
    name: command.name(),
    help: command.description(),
    options: [...command.options.map(optionOf), helpFlag],
    takesFiles: command.registeredArguments.some((argument) => argument.name() === 'file'),
    choices: command.registeredArguments.flatMap(({ argChoices = [] }) => argChoices),
    commands: command.commands.map(specOf),
  };
}

/** Every command with the words that lead to it, the program itself first. */
function places(
  spec: CommandSpec,
  words: readonly string[] = [],
): readonly (readonly [readonly string[], CommandSpec])[] {
  return [[words, spec], ...spec.commands.flatMap((child) => places(child, [...words, child.name]))];
}

function wordsOf({ commands, options, choices }: CommandSpec): readonly string[] {
  return [...commands.map(({ name }) => name), ...choices, ...options.map(({ flag }) => flag)];
}

/**
 * Shell lines, the same for bash and zsh, that leave in `place` the words before the cursor without flags and their
 * values, and that offer files where such a value stands.
 */
function findPlace(root: CommandSpec, wordsBefore: string, offerFiles: string): string {
  const valued = places(root).flatMap(([, { options }]) => options.filter(({ takesValue }) => takesValue));
  const flags = [...new Set(valued.map(({ flag }) => flag))].join('|');
  return `  local word previous="" place=""
  for word in ${wordsBefore}; do
    case "$previous" in
      ${flags}) ;;
      *) case "$word" in -*) ;; *) place="$place\${place:+ }$word" ;; esac ;;
    esac
    previous="$word"
  done
  case "$previous" in ${flags}) ${offerFiles}; return ;; esac`;
}

function bash(root: CommandSpec): string {
  const cases = places(root).map(([words, spec]) => {
    const files = spec.takesFiles ? ' $(compgen -f -- "$current")' : '';
    return `    '${words.join(' ')}') COMPREPLY=($(compgen -W '${wordsOf(spec).join(' ')}' -- "$current")${files}) ;;`;
  });
  const offerFiles = 'COMPREPLY=($(compgen -f -- "$current"))';
  return `# bash completion: source <(${root.name} completion bash)
_${root.name}() {
  local current="\${COMP_WORDS[COMP_CWORD]}"
${findPlace(root, `"\${COMP_WORDS[@]:1:COMP_CWORD-1}"`, offerFiles)}
  case "$place" in
${cases.join('\n')}
    *) ${offerFiles} ;;
  esac
}
complete -F _${root.name} ${root.name}`;
}

function zsh(root: CommandSpec): string {
  const cases = places(root).map(([words, spec]) => {
    const described = [...spec.commands.map(({ name, help }) => ({ word: name, help })), ...spec.options.map(toItem)];
    const items = [...spec.choices, ...described.map(({ word, help }) => `${word}:${help}`)].map(quote).join(' ');
    const files = spec.takesFiles ? '; _files' : '';
    return `    ${quote(words.join(' '))}) items=(${items}); _describe command items${files} ;;`;
  });
  return `#compdef ${root.name}
# zsh completion: ${root.name} completion zsh > "\${fpath[1]}/_${root.name}"
_${root.name}() {
  local -a items
${findPlace(root, `"\${(@)words[2,CURRENT-1]}"`, '_files')}
  case "$place" in
${cases.join('\n')}
    *) _files ;;
  esac
}
# Autoloaded from fpath, this file is the function itself.
if [[ "\${funcstack[1]}" == _${root.name} ]]; then _${root.name} "$@"; else compdef _${root.name} ${root.name}; fi`;
}

function toItem({ flag, help }: CommandSpec['options'][number]): { readonly word: string; readonly help: string } {
  return { word: flag, help };
}

function fish(root: CommandSpec): string {
  const lines = places(root).flatMap(([words, spec]) => {
    const last = words.at(-1);
    const condition = last === undefined ? '__fish_use_subcommand' : `__fish_seen_subcommand_from ${last}`;
    const complete = `complete -c ${root.name} -n ${quote(condition)}`;
    return [
      ...spec.commands.map(({ name, help }) => `${complete} -f -a ${name} -d ${quote(help)}`),
      ...spec.choices.map((choice) => `${complete} -f -a ${choice}`),
      ...spec.options.map(({ flag, help, takesValue }) => {
        return `${complete} -l ${flag.replace(/^--/, '')}${takesValue ? ' -r' : ''} -d ${quote(help)}`;
      }),
    ];
  });
  return `# fish completion: ${root.name} completion fish > ~/.config/fish/completions/${root.name}.fish\n${lines.join('\n')}`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
