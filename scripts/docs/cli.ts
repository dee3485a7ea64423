import { run } from '../check/run.ts';
import { page } from './markdown.ts';

interface HelpText {
  readonly words: readonly string[];
  readonly text: string;
}

/** The names under "Commands:"; a line that goes on is indented further. */
function subcommands(text: string): readonly string[] {
  const section = /^Commands:\n((?: {2}.*\n?)+)/m.exec(text)?.[1] ?? '';
  return [...section.matchAll(/^ {2}([a-z][a-z-]*)/gm)].map(([, name = '']) => name);
}

/** What `--help` prints, for the command at these words and all below it. */
async function helpTexts(root: string, words: readonly string[]): Promise<readonly HelpText[]> {
  const { ok, stdout, output } = await run(root, 'node', ['src/cli.ts', ...words, '--help']);
  if (!ok) throw new Error(`runnerwatch ${words.join(' ')} --help failed: ${output}`);
  const below = await Promise.all(subcommands(stdout).map((name) => helpTexts(root, [...words, name])));
  return [{ words, text: stdout.trimEnd() }, ...below.flat()];
}

const intro = `Exit codes: 0, it worked; 1, it did not; 2, the command line was wrong. In a checkout, write
\`node src/cli.ts\` for \`runnerwatch\`.`;

/** docs/cli.md: the commands in their own words. */
export async function cliPage(root: string): Promise<string> {
  const sections = (await helpTexts(root, [])).flatMap(({ words, text }) => [
    `## ${['runnerwatch', ...words].join(' ')}`,
    `\`\`\`text\n${text}\n\`\`\``,
  ]);
  return page('Command line', 'src/cli.ts', [intro, ...sections]);
}
