/** The first characters of a text, the last of them an ellipsis where it is longer: as Alertmanager cuts. */
export function truncate(text: string, max: number): string {
  if (text.length <= max) return text;
  const characters = [...text];
  if (characters.length <= max) return text;
  return max <= 3 ? characters.slice(0, max).join('') : `${characters.slice(0, max - 1).join('')}…`;
}

/** The texts that are there; Go leaves out empty ones with `omitempty`. */
export function withoutEmpty<T extends Readonly<Record<string, unknown>>>(values: T): Partial<T> {
  return Object.fromEntries(
    Object.entries(values).filter(([, value]) => value !== '' && value !== undefined && value !== false),
  ) as Partial<T>;
}
