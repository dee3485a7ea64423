import { describe, expect, it } from 'vitest';
import { loadDocuments } from '../../../src/config/documents.ts';
import { readFile } from '../../../src/config/ports.ts';
import { ProblemsError } from '../../../src/lib/problem.ts';
import type { Notification } from '../../../src/model/alert.ts';
import { temporaryFolder } from '../../support/processes.ts';
import { alert, start } from '../support/house.ts';
import { toolsWith } from '../support/tools.ts';

const notification: Notification = {
  groupKey: '{}:{}',
  receiver: 'team',
  groupLabels: {},
  alerts: [alert({ alertname: 'Down' })],
  at: start,
  truncatedAlerts: 0,
};

function routingFile(globs: readonly string[], title: string): string {
  const receiver = { name: 'team', discord_configs: [{ webhook_url: 'http://a/', title }] };
  return JSON.stringify({ route: { receiver: 'team' }, receivers: [receiver], templates: globs });
}

async function load(files: Readonly<Record<string, string>>) {
  using folder = temporaryFolder(files);
  const config = { rules: { files: [] }, history: {}, alertmanager: { config_file: `${folder.path}/am.yml` } };
  return await loadDocuments(config as unknown as Parameters<typeof loadDocuments>[0], readFile);
}

async function titleBy(files: Readonly<Record<string, string>>) {
  const { routing } = await load(files);
  const bodies: string[] = [];
  const tools = toolsWith(async (_, { body = '' }) => {
    bodies.push(body);
    return { status: 204, headers: new Headers(), text: '' };
  });
  const [integration] = routing?.receivers.get('team') ?? [];
  const delivery = await integration?.send(tools, notification, new AbortController().signal);
  return { delivery, title: bodies.map((body) => JSON.parse(body).embeds[0].title)[0] };
}

describe('templates of the Alertmanager file', () => {
  it('are found beside it, and replace those that come with it', async () => {
    const files = {
      'am.yml': routingFile(
        ['own/*.tmpl', 'missing/*.tmpl'],
        '{{ template "own" . }} {{ template "discord.default.title" . }}',
      ),
      'own/a.tmpl': '{{ define "own" }}own {{ .Status }}{{ end }}',
      'own/b.tmpl': '{{ define "__subject" }}subject of {{ .CommonLabels.alertname }}{{ end }}',
    };
    expect((await titleBy(files)).title).toBe('own firing subject of Down');
  });

  it('are refused at their line where they are broken', async () => {
    const files = {
      'am.yml': routingFile(['*.tmpl'], 'x'),
      'a.tmpl': '{{ define "own" }}\n{{ if }}{{ end }}{{ end }}',
    };
    await expect(load(files)).rejects.toThrow(ProblemsError);
    await expect(load(files)).rejects.toThrow(
      /templates: found a broken template: template: a\.tmpl:2: missing value for if/,
    );
  });

  it('make a dead letter where they fail, not another try', async () => {
    const { delivery } = await titleBy({ 'am.yml': routingFile([], '{{ template "absent" . }}') });
    expect(delivery).toMatchObject({ ok: false, retry: false, reason: 'config' });
    expect(delivery).toMatchObject({ message: expect.stringContaining('template "absent" not defined') });
  });
});
