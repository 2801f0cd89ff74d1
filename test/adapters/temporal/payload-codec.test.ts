import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import { readCodecKeys } from '../../../adapters/temporal/codec-keys.ts';
import { createDataConverter } from '../../../adapters/temporal/data-converter.ts';
import { createPayloadCodec } from '../../../adapters/temporal/payload-codec.ts';
import { hasCode } from '../../errors.ts';

const key = (id: string): string => `${id}:${randomBytes(32).toString('base64')}`;
const [first, second] = [key('c1'), key('c2')];
const codecOf = (text: string) => createPayloadCodec(readCodecKeys(text));
const text = (bytes: Uint8Array | null | undefined): string => Buffer.from(bytes ?? []).toString('utf8');

const VALUES = [{ attemptId: 'a-plain-word' }, 'ä text', 0, null, [], undefined, new Uint8Array([0, 255, 1])];
const payloads: Payload[] = VALUES.map((value) => defaultPayloadConverter.toPayload(value));

test('every kind of value comes back as it was, and nothing of it can be read in between', async () => {
  const codec = codecOf(first);
  const encoded = await codec.encode(payloads);
  for (const { metadata, data } of encoded) {
    assert.deepEqual(Object.keys(metadata ?? {}), ['encoding', 'encryption-key-id']);
    assert.equal(text(metadata?.['encoding']), 'binary/encrypted');
    assert.equal(text(metadata?.['encryption-key-id']), 'c1');
    assert.doesNotMatch(text(data), /attemptId|plain|json/);
  }
  const decoded = await codec.decode(encoded);
  assert.deepEqual(
    decoded.map((payload) => defaultPayloadConverter.fromPayload(payload)),
    VALUES,
  );
});

test('a workflow that returns nothing can return it: its payload leaves the sandbox without bytes', async () => {
  const codec = codecOf(first);
  const { metadata = null } = defaultPayloadConverter.toPayload(undefined);
  const [encoded] = await codec.encode([{ metadata, data: [] as unknown as Uint8Array }]);
  const [decoded] = await codec.decode([encoded ?? {}]);
  assert.equal(defaultPayloadConverter.fromPayload(decoded ?? {}), undefined);
});

test('the same value looks different each time, and is not wrapped twice', async () => {
  const codec = codecOf(first);
  const [one, two] = await codec.encode([payloads[0] ?? {}, payloads[0] ?? {}]);
  assert.notDeepEqual(one, two);
  assert.deepEqual(await codec.encode([one ?? {}]), [one]);
});

test('payloads from before the codec was on are read as they are', async () => {
  assert.deepEqual(await codecOf(first).decode(payloads), payloads);
});

test('after a rotation old payloads open under the old key, new ones are under the new one', async () => {
  const old = await codecOf(first).encode(payloads);
  const codec = codecOf(`${second},${first}`);
  assert.equal((await codec.decode(old)).length, payloads.length);
  const [renewed] = await codec.encode(payloads);
  assert.equal(text(renewed?.metadata?.['encryption-key-id']), 'c2');
  await assert.rejects(codecOf(second).decode(old), hasCode('KEY_WRONG'));
});

test('a payload that was changed, or that another key of the same name sealed, does not open', async () => {
  const codec = codecOf(first);
  const [encoded = {}] = await codec.encode(payloads);
  const data = Buffer.from(encoded.data ?? []);
  data.writeUInt8(data.readUInt8(20) ^ 1, 20);
  await assert.rejects(codec.decode([{ ...encoded, data }]), hasCode('KEY_WRONG'));
  await assert.rejects(codec.decode([{ ...encoded, data: Buffer.alloc(3) }]), hasCode('KEY_WRONG'));
  await assert.rejects(codecOf(key('c1')).decode([encoded]), hasCode('KEY_WRONG'));
});

test('without a key nothing is encrypted, and an encrypted payload names the variable to set', async () => {
  const { payloadCodecs = [], failureConverterPath } = createDataConverter(undefined);
  assert.equal(failureConverterPath, undefined);
  assert.deepEqual(await payloadCodecs[0]?.encode(payloads), payloads);
  const encoded = await codecOf(first).encode(payloads);
  await assert.rejects(
    async () => payloadCodecs[0]?.decode(encoded),
    (error) => {
      assert.match(String(error), /MOORING_CODEC_KEY is not set/);
      return hasCode('KEY_MISSING')(error);
    },
  );
  assert.throws(() => createDataConverter('short'), hasCode('KEY_WRONG'));
});

test('a codec that is switched off encrypts nothing and still reads what was encrypted', async () => {
  const encoded = await codecOf(first).encode(payloads);
  const off = codecOf(`off, ${second},${first}`);
  assert.deepEqual(await off.encode(payloads), payloads);
  assert.equal((await off.decode(encoded)).length, payloads.length);
  const { codecKeyId, failureConverterPath } = createDataConverter(`off,${first}`);
  assert.deepEqual([codecKeyId, failureConverterPath], [undefined, undefined]);
  assert.equal(createDataConverter(`${second},${first}`).codecKeyId, 'c2');
});
