import type { Path } from '../lib/document.ts';
import type { Labels } from '../model/labels.ts';
import type { Matcher, MatchOperator } from '../model/matcher.ts';
import { isLabelName } from './label-names.ts';
import { parseMatchers, toMatcher } from './matchers.ts';
import type { Report } from './report.ts';
import type { InhibitRule } from './route.ts';
import type { InhibitSettings } from './routing-schema.ts';

interface MatcherKeys<K extends string> {
  readonly path: Path;
  /** The keys of equality, of regular expressions and of matchers in the present syntax. */
  readonly keys: readonly [K, K, K];
}

/** The matchers of all three ways to write them; each fault is reported at its place. */
export function matchersOf<K extends string>(
  settings: { readonly [key in K]?: Labels | readonly string[] | undefined },
  { path, keys: [equal, regex, present] }: MatcherKeys<K>,
  report: Report,
): readonly Matcher[] {
  const texts = (settings[present] ?? []) as readonly string[];
  return [
    ...fromMap(settings[equal] as Labels | undefined, '=', [...path, equal], report),
    ...fromMap(settings[regex] as Labels | undefined, '=~', [...path, regex], report),
    ...texts.flatMap((text, index) => reported(() => parseMatchers(text), [...path, present, index], report)),
  ];
}

function fromMap(map: Labels | undefined, operator: MatchOperator, path: Path, report: Report): readonly Matcher[] {
  return Object.entries(map ?? {}).flatMap(([name, value]) => {
    const place = [...path, name];
    if (!isLabelName(name)) report(place, 'found no valid label name', 'Use letters, digits and _, no digit first');
    return reported(() => [toMatcher(name, operator, value)], place, report);
  });
}

function reported(parse: () => readonly Matcher[], path: Path, report: Report): readonly Matcher[] {
  try {
    return parse();
  } catch (error) {
    report(path, (error as Error).message, 'Correct the matcher');
    return [];
  }
}

export function buildInhibitRule(rule: InhibitSettings, path: Path, report: Report): InhibitRule {
  const { equal = [] } = rule;
  for (const [index, label] of equal.entries()) {
    if (!isLabelName(label)) {
      report([...path, 'equal', index], `found ${JSON.stringify(label)}, expected a label name`, 'Correct the name');
    }
  }
  return {
    sourceMatchers: matchersOf(rule, { path, keys: ['source_match', 'source_match_re', 'source_matchers'] }, report),
    targetMatchers: matchersOf(rule, { path, keys: ['target_match', 'target_match_re', 'target_matchers'] }, report),
    equal,
  };
}
