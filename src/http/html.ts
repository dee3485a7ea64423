/** HTML that is already escaped. */
export interface Html {
  readonly html: string;
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}

type Part = string | number | Html | readonly Html[];

/** A tagged template that escapes every value that is not itself Html: names of containers come from outside. */
export function html(texts: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return { html: texts.reduce((page, text, index) => page + textOf(parts[index - 1]) + text) };
}

function textOf(part: Part | undefined): string {
  if (part === undefined) return '';
  if (Array.isArray(part)) return part.map(({ html }) => html).join('');
  return typeof part === 'object' && 'html' in part ? part.html : escapeHtml(String(part));
}
