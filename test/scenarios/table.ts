import type { Report } from './run.ts';

const columns = ['fault', 'verdict', 'detected', 'action', 'end', 'after', 'harm'] as const;

export function isRight({ harm, missing }: Report): boolean {
  return harm.length === 0 && missing.length === 0;
}

function seconds(ms: number | undefined): string {
  return ms === undefined ? '' : `${(ms / 1000).toFixed(1)} s`;
}

function rowOf(report: Report): readonly string[] {
  const { fault, verdict, detectMs, acts, endMs, harm, missing } = report;
  const { ends, pages = [] } = fault.expect;
  const told = pages.map(({ alert }) => alert).join(', ');
  const end = ends === 'healed' || told === '' ? ends : `${ends}: ${told}`;
  return [
    fault.name,
    verdict ?? '',
    seconds(detectMs),
    acts.map(({ action }) => action).join(', ') || 'none',
    missing.length === 0 ? end : `NOT ${end}`,
    seconds(endMs),
    String(harm.length),
  ];
}

/** As Markdown, so that it can be kept as it is. */
export function tableOf(reports: readonly Report[]): string {
  const rows = [columns, ...reports.map(rowOf)];
  const widths = columns.map((_, index) => Math.max(...rows.map((row) => row[index]?.length ?? 0)));
  const line = (row: readonly string[]) => `| ${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | ')} |`;
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  const [head, ...body] = rows.map(line);
  return [head, rule, ...body].join('\n');
}

/** The part of the healable ones that must heal with no person. */
const wanted = 0.9;

/** Counted by what was seen, over those that Runnerwatch can heal. */
export function summaryOf(reports: readonly Report[]) {
  const healable = reports.filter(({ fault }) => fault.expect.ends === 'healed');
  const healed = healable.filter(({ missing }) => missing.length === 0);
  const rest = reports.filter(({ fault }) => fault.expect.ends !== 'healed');
  const told = rest.filter(({ missing }) => missing.length === 0);
  const harm = reports.flatMap((report) => report.harm.map((one) => `${report.fault.name}: ${one}`));
  const share = healable.length === 0 ? 1 : healed.length / healable.length;
  return {
    lines: [
      `healed with no person: ${healed.length} of ${healable.length} that can be healed (${Math.round(share * 100)} %)`,
      `told the right cause, or let be what was wanted: ${told.length} of ${rest.length} others`,
      `harm done: ${harm.length}`,
    ],
    details: [
      ...reports.flatMap(({ fault, missing }) => missing.map((one) => `${fault.name}: ${one}`)),
      ...harm.map((one) => `HARM ${one}`),
    ],
    isGood: share >= wanted && told.length === rest.length && harm.length === 0,
  };
}
