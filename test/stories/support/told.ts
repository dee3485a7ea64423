import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { listen } from '../../support/listen.ts';

/** One notification, as far as it has to be the same on both sides. */
export interface Told {
  /** Monotonic milliseconds of the arrival. */
  readonly at: number;
  readonly story: string;
  /** Receiver and group key: within these the order counts. */
  readonly group: string;
  /** Everything that has to be the same, on one line. */
  readonly said: string;
}

/** A webhook receiver of one side that keeps what it was told. */
export interface Ear extends AsyncDisposable {
  readonly port: number;
  of(story: string): readonly Told[];
  /** Whether it answers notifications of the story with 503, as if it had not heard them. */
  deafen(story: string, isDeaf: boolean): void;
}

interface Body {
  readonly receiver: string;
  readonly groupKey: string;
  readonly status: string;
  readonly notification_reason: string;
  readonly groupLabels: Labels;
  readonly commonLabels: Labels;
  readonly commonAnnotations: Labels;
  readonly alerts: readonly { readonly status: string; readonly labels: Labels; readonly annotations: Labels }[];
}

type Labels = Readonly<Record<string, string>>;

export async function createEar(): Promise<Ear> {
  await using stack = new AsyncDisposableStack();
  const heard: Told[] = [];
  const deaf = new Set<string>();
  const server = createServer(async (request, response) => {
    const at = performance.now();
    const told = toldFrom(JSON.parse(await text(request)) as Body, at);
    const isDeaf = deaf.has(told.story);
    if (!isDeaf) heard.push(told);
    response.writeHead(isDeaf ? 503 : 200).end();
  });
  const port = await listen(server, stack);
  const owned = stack.move();
  return {
    port,
    of: (story) => heard.filter((each) => each.story === story),
    deafen(story, isDeaf) {
      if (isDeaf) deaf.add(story);
      else deaf.delete(story);
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function toldFrom(body: Body, at: number): Told {
  const alerts = body.alerts.map(({ status, labels, annotations }) =>
    [status, labels.alertname, shown(labels, (name) => !(name in body.commonLabels)), shown(annotations)]
      .filter((part) => part !== '')
      .join(' '),
  );
  const parts = [
    body.status,
    `(${body.notification_reason})`,
    alerts.sort().join(', '),
    `of ${shown(body.groupLabels)}`,
    `common ${shown(body.commonLabels)} ${shown(body.commonAnnotations)}`,
  ];
  const story = body.commonLabels.story ?? '';
  return { at, story, group: `${body.receiver} ${body.groupKey}`, said: parts.join(' ').trim() };
}

function shown(labels: Labels, isShown: (name: string) => boolean = () => true): string {
  const pairs = Object.entries(labels).filter(([name]) => isShown(name));
  return pairs.length === 0
    ? ''
    : `{${pairs
        .map(([name, value]) => `${name}=${value}`)
        .sort()
        .join(' ')}}`;
}
