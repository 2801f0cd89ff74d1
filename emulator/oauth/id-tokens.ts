import { generateKeyPairSync, sign, type JsonWebKey } from 'node:crypto';

/** Signs id_tokens with a key that lives as long as the emulator's process. */
export interface IdTokens {
  readonly sign: (claims: object) => string;
  /** As `/id/keys` publishes it. */
  readonly publicKey: () => JsonWebKey & { readonly kid: string };
}

const KEY_ID = 'emulator';
const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

export function createIdTokens(): IdTokens {
  let pair: ReturnType<typeof generateKeyPairSync> | undefined;
  // Made when first needed: it takes longer than the rest of the start.
  const keys = (): NonNullable<typeof pair> => (pair ??= generateKeyPairSync('rsa', { modulusLength: 2048 }));
  return {
    sign: (claims) => {
      const signed = `${encode({ alg: 'RS256', typ: 'JWT', kid: KEY_ID })}.${encode(claims)}`;
      return `${signed}.${sign('RSA-SHA256', Buffer.from(signed), keys().privateKey).toString('base64url')}`;
    },
    publicKey: () => ({ ...keys().publicKey.export({ format: 'jwk' }), kid: KEY_ID, use: 'sig', alg: 'RS256' }),
  };
}
