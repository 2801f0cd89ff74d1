import formbody from '@fastify/formbody';
import type { Payload } from '@temporalio/common';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { answerInJson } from '../answer-in-json.ts';
import { createOriginRule } from '../codec-origin.ts';
import { keepToken, keptTokenOf } from '../codec-session.ts';
import { bearerTokenOf, guardFor } from '../guard.ts';
import { signInPage } from '../pages/sign-in-page.ts';
import type { CodecPorts } from '../ports.ts';
import { createRateLimit } from '../rate-limit.ts';
import { sendPage } from '../security-headers.ts';

/** The Web UI asks once for each event it shows. */
const LIMIT = { perSecond: 100, burst: 1_000 } as const;
/** Temporal takes payloads of 2 MB; in base64, and some of them together. */
const BODY_LIMIT = 16 * 1024 * 1024;

/** A payload as Temporal writes it in JSON: every value in base64. */
interface JsonPayload {
  readonly metadata?: Readonly<Record<string, string>>;
  readonly data?: string;
}

const bodySchema = {
  type: 'object',
  properties: {
    payloads: {
      type: 'array',
      // The temporal command leaves an empty list out.
      default: [],
      maxItems: 10_000,
      items: {
        type: 'object',
        properties: {
          metadata: { type: 'object', additionalProperties: { type: 'string' } },
          data: { type: 'string' },
        },
      },
    },
  },
} as const;

const fromJson = ({ metadata = {}, data = '' }: JsonPayload): Payload => ({
  metadata: Object.fromEntries(Object.entries(metadata).map(([name, value]) => [name, Buffer.from(value, 'base64')])),
  data: Buffer.from(data, 'base64'),
});

const base64 = (bytes: Uint8Array | null | undefined): string => Buffer.from(bytes ?? []).toString('base64');

const toJson = ({ metadata, data }: Payload): JsonPayload => ({
  metadata: Object.fromEntries(Object.entries(metadata ?? {}).map(([name, value]) => [name, base64(value)])),
  data: base64(data),
});

/**
 * `POST /codec/decode` and `/codec/encode`, as Temporal's Web UI and command line ask a codec server, and `/codec/sign-in`, by which a
 * browser comes to hold a token: the Web UI cannot send one of ours in a header.
 *
 * @see https://docs.temporal.io/codec-server
 */
export async function codecRoutes(server: FastifyInstance, baseUrl: string, ports: CodecPorts): Promise<void> {
  await server.register(
    async (scope) => {
      answerInJson(scope);
      await scope.register(formbody);
      addCodec(scope, ports);
      addSignIn(scope, baseUrl, ports);
    },
    { prefix: '/codec' },
  );
}

function addCodec(scope: FastifyInstance, { codec, uiOrigins, authenticate }: CodecPorts): void {
  const rule = createOriginRule(uiOrigins);
  // A cookie counts only for a page that may ask, and that says which it is.
  const tokenOf = (request: FastifyRequest): string | undefined =>
    bearerTokenOf(request) ?? (rule.allowedOriginOf(request) === undefined ? undefined : keptTokenOf(request));
  const guard = guardFor('codec', { authenticate, limit: createRateLimit(LIMIT) }, tokenOf);

  for (const direction of ['decode', 'encode'] as const) {
    scope.options(`/${direction}`, { onRequest: rule.refuseOthers }, rule.answerPreflight);
    scope.post<{ Body: { readonly payloads: readonly JsonPayload[] } }>(
      `/${direction}`,
      { onRequest: [rule.refuseOthers, guard], bodyLimit: BODY_LIMIT, schema: { body: bodySchema } },
      async (request, reply) => {
        const payloads = await codec[direction](request.body.payloads.map(fromJson));
        rule.permitReading(request, reply);
        return { payloads: payloads.map(toJson) };
      },
    );
  }
}

function addSignIn(scope: FastifyInstance, baseUrl: string, { authenticate }: CodecPorts): void {
  const action = new URL(`${baseUrl}/codec/sign-in`).pathname;
  const send = (reply: FastifyReply, status: number, notice?: Parameters<typeof signInPage>[2]): FastifyReply =>
    sendPage(reply, status, (nonce) => signInPage(action, nonce, notice), { formAction: "'self'" });

  scope.get('/sign-in', (_request, reply) => send(reply, 200));

  scope.post<{ Body: { readonly token?: unknown } | null }>('/sign-in', async (request, reply) => {
    const site = request.headers['sec-fetch-site'];
    if (site !== undefined && site !== 'same-origin') return send(reply, 403, { good: false, text: 'Sign in here.' });
    const token = request.body?.token;
    const caller = typeof token === 'string' ? await authenticate(token.trim()) : undefined;
    if (typeof token !== 'string' || caller?.role !== 'codec') {
      return send(reply, 401, { good: false, text: 'This is no valid token of the role “codec”.' });
    }
    keepToken(reply, baseUrl, token.trim());
    return send(reply, 200, { good: true, text: 'This browser may read payloads now.' });
  });
}
