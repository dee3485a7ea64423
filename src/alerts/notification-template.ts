import type { Clock } from '../lib/clock.ts';
import type { Notification } from '../model/alert.ts';
import { executeText, parseTemplates, type TemplateSource } from './gotemplate/templates.ts';
import { escapeHtml } from './html-escape.ts';
import { templateData } from './notification-data.ts';
import { defaultTemplates } from './notification-defaults.ts';
import { notificationFunctions } from './notification-functions.ts';
import type { Writer } from './receivers/receiver.ts';

/** A receiver's template that cannot be executed: another try would fail alike. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';
}

interface Told {
  readonly notification: Notification;
  readonly externalURL: string;
  readonly clock: Pick<Clock, 'now'>;
}

/**
 * The texts of notifications, made from Alertmanager's default templates and those of the file's `templates`, which
 * may replace them. Throws an Error with the place where one of them is no template.
 */
export function createNotificationTemplates(own: readonly TemplateSource[]): (told: Told) => Writer {
  const sources = [{ name: 'default.tmpl', text: defaultTemplates }, ...own];
  // The clock comes with each notification; what is parsed does not depend on it.
  const parsed = parseTemplates(sources, notificationFunctions({ now: () => 0 }));
  return ({ notification, externalURL, clock }) => {
    const data = templateData(notification, externalURL);
    const functions = new Map([...parsed.functions, ...notificationFunctions(clock)]);
    const write = (templates: typeof parsed, text: string): string => {
      try {
        return text === '' ? '' : executeText(templates, text, data);
      } catch (error) {
        throw new TemplateError(error instanceof Error ? error.message : String(error));
      }
    };
    return {
      text: (text) => write({ ...parsed, functions }, text),
      html: (text) => write({ ...parsed, functions, guard: escapeHtml }, text),
    };
  };
}
