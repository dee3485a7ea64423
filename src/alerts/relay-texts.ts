import { z } from 'zod';
import { reasonOf } from '../lib/log.ts';
import { parseTemplates } from './gotemplate/templates.ts';
import { notificationFunctions } from './notification-functions.ts';

const functions = notificationFunctions({ now: () => 0 });

/** A template over Alertmanager's notification data. */
export const Template = z.string().superRefine((text, context) => {
  try {
    parseTemplates([{ name: '', text }], functions);
  } catch (error) {
    context.addIssue({ code: 'custom', message: `a template: ${reasonOf(error)}` });
  }
});

export const defaultTitle = '{{ template "__subject" . }}';

/** Each alert's summary, or its name, and its description. */
export const defaultMessage =
  '{{ range .Alerts }}{{ if gt (len $.Alerts) 1 }}{{ toUpper .Status }} {{ end }}' +
  '{{ or .Annotations.summary .Labels.alertname }}{{ with .Annotations.description }}\n{{ . }}{{ end }}\n{{ end }}';

/** The template of a number that depends on the gravest alert that fires. */
export function priorityTemplate(by: {
  readonly critical: number;
  readonly warning: number;
  readonly other: number;
  readonly resolved: number;
}): string {
  return (
    `{{ $p := ${by.resolved} }}{{ if eq .Status "firing" }}{{ $p = ${by.other} }}{{ end }}` +
    `{{ range .Alerts.Firing }}{{ if eq .Labels.severity "warning" }}{{ if lt $p ${by.warning} }}{{ $p = ${by.warning} }}` +
    `{{ end }}{{ else if eq .Labels.severity "critical" }}{{ $p = ${by.critical} }}{{ end }}{{ end }}{{ $p }}`
  );
}

/** As much of the text as fits into so many bytes of UTF-8, an ellipsis at its end where it was cut. */
export function fitting(text: string, maxBytes: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= maxBytes) return text;
  const ellipsis = '…';
  const cut = bytes.subarray(0, maxBytes - Buffer.byteLength(ellipsis)).toString();
  // A character that was cut in two reads as one that is none.
  return `${cut.replace(/\uFFFD$/, '')}${ellipsis}`;
}
