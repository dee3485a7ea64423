import { RE2JS } from 're2js';

/** What a match puts in the place of a template's variables; undefined without a match. */
export type Expansion = (text: string, template: string) => string | undefined;

/** The pattern over the whole text, in which the dot matches a line break too. Throws where it is invalid. */
export function compileExpansion(pattern: string): Expansion {
  const compiled = RE2JS.compile(`^(?s:${pattern})$`);
  const names = compiled.namedGroups();
  return (text, template) => {
    const matcher = compiled.matcher(text);
    if (!matcher.find()) return undefined;
    const groups = Array.from({ length: matcher.groupCount() + 1 }, (_, index) => matcher.group(index) ?? '');
    return expand(template, (name) => groups[indexOf(name) ?? names[name] ?? groups.length] ?? '');
  };
}

/** `$name` takes as many letters, digits and underscores as follow, `${name}` those in the braces, `$$` is a dollar. */
const variables = /\$(?:\$|\{([\p{L}\p{Nd}_]+)\}|([\p{L}\p{Nd}_]+))/gu;

/** The template of Go's `Regexp.Expand`, in which a dollar without a name stays as it is. */
function expand(template: string, textFor: (name: string) => string): string {
  return template.replace(variables, (whole, braced?: string, plain?: string) =>
    whole === '$$' ? '$' : textFor(braced ?? plain ?? ''),
  );
}

/** A group's number; a name that only starts with digits, or with a needless 0, is a name. */
function indexOf(name: string): number | undefined {
  return /^(?:0|[1-9]\d{0,7})$/.test(name) ? Number(name) : undefined;
}
