import type { Sink } from '../support/sink.ts';

type Labels = Readonly<Record<string, string>>;

export interface Page {
  readonly alert: string;
  readonly labels: Labels;
}

interface Body {
  readonly alerts: readonly { readonly status: string; readonly labels: Labels }[];
}

/** What people were told of, each alert once, in its order. */
export function pagesIn({ bodies }: Pick<Sink, 'bodies'>) {
  function firing(): readonly Page[] {
    const alerts = (bodies as readonly Body[]).flatMap((body) => body.alerts);
    const found = new Map(
      alerts.filter(({ status }) => status === 'firing').map(({ labels }) => [JSON.stringify(labels), labels]),
    );
    return [...found.values()].map((labels) => ({ alert: labels.alertname ?? '', labels }));
  }
  return {
    firing,
    has: (page: Page): boolean => firing().some((one) => fits(one, page)),
  };
}

function fits(page: Page, { alert, labels }: Page): boolean {
  return page.alert === alert && Object.entries(labels).every(([name, value]) => page.labels[name] === value);
}
