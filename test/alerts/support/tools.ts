import { createNotificationTemplates } from '../../../src/alerts/notification-template.ts';
import type { ReceiverDeps, ReceiverTools } from '../../../src/alerts/receivers/receiver.ts';
import type { HttpClient } from '../../../src/lib/http.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { start } from './house.ts';

const writerFor = createNotificationTemplates([]);

/** What a receiver has at hand, with the default templates, no files and a clock that stands still. */
export function toolsWith(http: HttpClient, over: Partial<ReceiverDeps> = {}): ReceiverTools {
  const deps: ReceiverDeps = {
    http,
    clock: new FakeClock(start),
    externalURL: 'http://rw:9478',
    userAgent: 'runnerwatch/0.1.0',
    readFile: (path) => Promise.reject(new Error(`${path} does not exist`)),
    ...over,
  };
  const { externalURL, clock } = deps;
  return { ...deps, writer: (notification) => writerFor({ notification, externalURL, clock }) };
}
