export type ExpositionFormat = 'text' | 'openmetrics';

interface Offer {
  readonly format: ExpositionFormat | undefined;
  readonly quality: number;
}

/**
 * The format for an Accept header: the highest `q` of what can be written, the first of equals. Prometheus 3 prefers
 * OpenMetrics 1.0.0. Whoever accepts neither gets the text format, as from every exporter; a scrape never sees 406.
 */
export function negotiate(accept: string | undefined): ExpositionFormat {
  const offers = (accept ?? '').split(',').map(offerOf);
  const writable = offers.filter(({ format, quality }) => format !== undefined && quality > 0);
  const [best] = writable.sort((a, b) => b.quality - a.quality);
  return best?.format ?? 'text';
}

function offerOf(entry: string): Offer {
  const [type = '', ...rest] = entry.split(';').map((part) => part.trim().toLowerCase());
  const parameters = new Map(rest.map((part) => part.split('=', 2).map((word) => word.trim()) as [string, string]));
  const quality = Number(parameters.get('q') ?? 1);
  return { format: formatOf(type, parameters.get('version')), quality: Number.isNaN(quality) ? 0 : quality };
}

function formatOf(type: string, version: string | undefined): ExpositionFormat | undefined {
  // OpenMetrics 0.0.1 is an older draft and not what is written here.
  if (type === 'application/openmetrics-text') return (version ?? '1.0.0') === '1.0.0' ? 'openmetrics' : undefined;
  return type === 'text/plain' || type === 'text/*' || type === '*/*' ? 'text' : undefined;
}
