import { z } from 'zod';
import { Regexp } from '../../lib/schema.ts';
import { ipProtocol } from './ip-protocol.ts';
import { TlsConfig } from './tls-config.ts';

const Label = z.strictObject({
  name: z
    .string()
    .regex(/^(?!__)[a-zA-Z_][a-zA-Z0-9_]*$/, 'expected a label name')
    .describe('Name of the label.'),
  value: z.string().max(200).describe("Its value; $1 stands for the expression's first group."),
});

const Step = z.strictObject({
  expect: Regexp.optional().describe(
    'Expression that a line of the answer must match; lines before it are passed over.',
  ),
  send: z.string().max(65_536).optional().describe('Line to send; $1 stands for the first group of expect.'),
  starttls: z.boolean().default(false).describe('Whether the connection goes over to TLS after this step.'),
  labels: z.array(Label).max(10).default([]).describe('Labels of probe_expect_info, filled from the groups of expect.'),
});
export type QueryStep = z.output<typeof Step>;

export const TcpModule = z.strictObject({
  ...ipProtocol,
  query_response: z.array(Step).max(100).default([]).describe('The dialogue: what is expected, and what is sent.'),
  tls: z.boolean().default(false).describe('Whether TLS begins at once after the connection.'),
  tls_config: TlsConfig.prefault({}).describe('TLS of the connection.'),
});
export type TcpModule = z.output<typeof TcpModule>;
