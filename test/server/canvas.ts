import { createHmac } from 'node:crypto';

export const encodeEnvelope = (envelope: unknown): string => Buffer.from(JSON.stringify(envelope)).toString('base64');

/** Signs as Salesforce does. */
export const signEncoded = (encoded: string, secret: string): string =>
  `${createHmac('sha256', secret).update(encoded).digest('base64')}.${encoded}`;

export const sign = (envelope: unknown, secret: string): string => signEncoded(encodeEnvelope(envelope), secret);

export interface EnvelopeParts {
  readonly orgId: string;
  readonly userId: string;
  readonly recordId?: string;
  readonly parameters?: object;
  readonly issuedAt?: number;
  readonly algorithm?: string;
}

let counter = 0;

/** An envelope of now that no other equals. */
export const envelopeOf = ({
  orgId,
  userId,
  recordId,
  parameters = {},
  issuedAt = Date.now() | 0,
  algorithm = 'HMACSHA256',
}: EnvelopeParts) => ({
  algorithm,
  issuedAt,
  userId,
  client: { oauthToken: `00D!secret-token-${(counter += 1)}`, instanceUrl: 'https://evil.example' },
  context: {
    organization: { organizationId: orgId },
    environment: { parameters, record: recordId === undefined ? {} : { Id: recordId } },
  },
});
