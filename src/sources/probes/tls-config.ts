import { z } from 'zod';

export const TlsConfig = z.strictObject({
  insecure_skip_verify: z.boolean().default(false).describe('Whether any certificate will do.'),
  ca_file: z.string().min(1).optional().describe("Certificates to trust instead of the system's, in PEM."),
  cert_file: z.string().min(1).optional().describe('Certificate to show to the server, in PEM.'),
  key_file: z.string().min(1).optional().describe('Private key of cert_file, in PEM.'),
  server_name: z
    .string()
    .min(1)
    .optional()
    .describe('Name to ask for and to expect in the certificate, instead of the host that is probed.'),
});
export type TlsConfig = z.output<typeof TlsConfig>;
