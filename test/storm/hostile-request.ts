import fc from 'fast-check';

/** What a browser holds of an attempt. */
interface Held {
  readonly code: string;
  readonly state: string;
  /** As the header says it. */
  readonly cookie: string;
}

/** What an attacker may have got hold of. */
export interface Loot {
  /** A callback that is good, for the browser whose cookie it is. */
  readonly mine: Held;
  /** The same of another connection. */
  readonly other: Held;
  /** A callback that was used. */
  readonly spent: Held;
}

const PATH = '/oauth/callback';

/** A request as it goes over the wire, a byte for each character: one line of request, lines of headers. */
function raw(target: string, headers: readonly string[] = [], method = 'GET'): string {
  const lines = [`${method} ${target} HTTP/1.1`, 'Host: 127.0.0.1', 'Connection: close', ...headers];
  return `${lines.join('\r\n')}\r\n\r\n`;
}

const encode = encodeURIComponent;
const BASE64URL = Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_');
const word = fc.string({ minLength: 1, maxLength: 60, unit: 'binary' }).map((text) => encode(text));
const base64url = (length: number) =>
  fc
    .array(fc.constantFrom(...BASE64URL), {
      minLength: length,
      maxLength: length,
    })
    .map((characters) => characters.join(''));

/** One character of a good state is another one. */
const tampered = (state: string) =>
  fc
    .tuple(fc.nat(state.length - 1), base64url(1))
    .map(([at, character]) => state.slice(0, at) + (state[at] === character ? '.' : character) + state.slice(at + 1));

/** What may be done to a value so that it is still taken for the good one, by a careless reader. */
const disguises: readonly ((value: string) => string)[] = [
  (value) => `%00${value}`,
  (value) => `${value}%00`,
  (value) => `%20${value}`,
  (value) => `${value}%0d%0aSet-Cookie:%20evil=1`,
  (value) => `${value}%0d%0a%0d%0a<script>evil()</script>`,
  (value) => `${value}%c0%af`,
  (value) => `%ff%fe${value}`,
  (value) => `${value}%u0000`,
  (value) => `%EF%BB%BF${value}`,
  (value) => Array.from(value, (character) => `%25${character.charCodeAt(0).toString(16)}`).join(''),
  (value) => `${value}'%20OR%20'1'='1`,
  (value) => `${value}%`,
  (value) => value.toUpperCase(),
];

/** Requests to the callback that must come to nothing, whoever holds what. Each is a whole request. */
export function hostileRequest({ mine, other, spent }: Loot): fc.Arbitrary<string> {
  const good = `code=${encode(mine.code)}&state=${mine.state}`;
  const mineCookie = `Cookie: ${mine.cookie}`;
  const disguised = fc.constantFrom(...disguises);
  const query = fc.oneof(
    base64url(43).map((state) => `code=${encode(mine.code)}&state=${state}`), // forged
    base64url(43).map((state) => `error=access_denied&state=${state}`),
    tampered(mine.state).map((state) => `code=${encode(mine.code)}&state=${state}`),
    disguised.map((disguise) => `code=${encode(mine.code)}&state=${disguise(mine.state)}`), // odd encodings
    fc
      .constantFrom('%0d%0aevil:1', '%00', '%20', '%0aSet-Cookie:evil=1')
      .map((tail) => `code=${encode(mine.code)}${tail}&state=${mine.state}`),
    fc.constantFrom(`${good}&state=${mine.state}`, `${good}&code=1`, `state=${other.state}&${good}`), // duplicates
    fc.constantFrom(
      `code[]=1&state[]=${mine.state}`,
      `code[$ne]=1&state[$ne]=1`,
      `state=${mine.state}`,
      `code=${encode(mine.code)}`,
      '',
    ),
    fc.constantFrom(`code=${encode(mine.code)}&state=${other.state}`, `error=access_denied&state=${other.state}`), // swapped
    fc.constantFrom(
      `code=${encode(spent.code)}&state=${spent.state}`,
      `code=${encode(mine.code)}&state=${spent.state}`,
    ), // replayed
    fc.integer({ min: 4_097, max: 60_000 }).map((length) => `code=${'x'.repeat(length)}&state=${mine.state}`), // oversized
    fc.tuple(word, word).map(([code, state]) => `code=${code}&state=${state}`),
    fc
      .array(fc.tuple(word, word), { maxLength: 300 })
      .map((pairs) => pairs.map(([name, value]) => `${name}=${value}`).join('&')),
    fc.constantFrom('%%%', '%', '&&&', '=', '?', '%E0%A4%A', '__proto__=1&constructor=1'),
  );
  const strangers = fc.constantFrom<readonly string[]>(
    [],
    [`Cookie: ${mine.cookie.replace(/=.*/, `=${'A'.repeat(43)}`)}`],
    [`Cookie: ${mine.cookie.replace(/=.*/, '=')}`],
    ['Cookie: ;;;=;evil'],
    [`Cookie: a=${'x'.repeat(12_000)}`],
  );
  const broken = fc.constantFrom(
    raw(`${PATH}?${good}`, [`X-Evil: ${'x'.repeat(20_000)}`, mineCookie]),
    raw(`${PATH}?${good}`, ['Evil Header: 1', mineCookie]),
    raw(`${PATH}?${good}`, ['Transfer-Encoding: chunked', 'Content-Length: 3', mineCookie]),
    raw(`${PATH}?${good}&x=\u0000`, [mineCookie]),
    'GET\r\n\r\n',
    '\u0016\u0003\u0001\u0002evil',
  );
  const elsewhere = fc
    .constantFrom(
      `${PATH}/../callback`,
      `${PATH}//`,
      `${PATH}/%2e%2e/callback`,
      `${PATH}%00`,
      `/${PATH}`,
      `${PATH}/${'a'.repeat(300)}`,
      PATH.toUpperCase(),
      '/oauth/%zz',
    )
    .map((path) => raw(`${path}?${good}`, [mineCookie]));
  const otherMethod = fc
    .constantFrom('POST', 'HEAD', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'TRACE')
    .map((method) => raw(`${PATH}?${good}`, [mineCookie, 'Content-Length: 0'], method));

  return fc.oneof(
    { weight: 8, arbitrary: query.map((text) => raw(`${PATH}?${text}`, [mineCookie])) },
    { weight: 4, arbitrary: fc.tuple(query, strangers).map(([text, headers]) => raw(`${PATH}?${text}`, headers)) },
    { weight: 2, arbitrary: strangers.map((headers) => raw(`${PATH}?${good}`, headers)) }, // another browser
    { weight: 1, arbitrary: fc.constant(raw(`${PATH}?${good}`, [`Cookie: ${other.cookie}`])) },
    { weight: 2, arbitrary: broken },
    { weight: 2, arbitrary: elsewhere },
    { weight: 1, arbitrary: otherMethod },
  );
}
