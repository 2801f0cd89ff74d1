import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMailer, type Mail } from '../../../adapters/mail/mailer.ts';
import { MooringError } from '../../../domain/errors.ts';
import { freePort } from '../../../services/free-port.ts';
import { hasCode } from '../../errors.ts';
import { startFakeSmtp } from '../../fake-smtp.ts';

const from = 'mooring@acme.example';
const mail: Mail = {
  id: '7',
  event: 'sync/acme/1',
  recipients: ['jane@acme.example', 'joe@acme.example'],
  subject: '[Mooring] acme must be authorized again',
  body: 'Grüße.\n.\nA line with a dot before it.\n',
  createdAt: new Date('2026-11-23T01:02:03Z'),
};

test('a mail arrives with its sender, recipients, subject and text, umlauts and lone dots included', async () => {
  const smtp = await startFakeSmtp();
  assert.deepEqual(await createMailer({ url: smtp.url, from })(mail), []);
  const [received] = smtp.mails;
  assert.deepEqual(received?.to, ['<jane@acme.example>', '<joe@acme.example>']);
  assert.equal(received.from, '<mooring@acme.example>');
  assert.equal(received.body, mail.body.replaceAll('\n', '\r\n'));
  assert.match(received.headers, /^Subject: \[Mooring\] acme must be authorized again$/m);
  assert.match(received.headers, /^To: <jane@acme\.example>, <joe@acme\.example>\r?$/m);
  assert.match(received.headers, /^Date: Mon, 23 Nov 2026 01:02:03 \+0000\r?$/m);
  assert.match(received.headers, /^Message-ID: <mooring\.7\.\d+@acme\.example>\r?$/m);
});

test('the same mail has the same Message-ID each time, so that one that comes twice is recognized', async () => {
  const smtp = await startFakeSmtp();
  const send = createMailer({ url: smtp.url, from });
  await send(mail);
  await send(mail);
  assert.equal(smtp.mails.length, 2);
  assert.equal(smtp.mails[0]?.headers, smtp.mails[1]?.headers);
});

test('who is refused is named, and the others get their mail; without any recipient it is refused', async () => {
  const smtp = await startFakeSmtp();
  const send = createMailer({ url: smtp.url, from });
  smtp.answers.set('RCPT TO:<joe', '550 no such user');
  assert.deepEqual(await send(mail), ['joe@acme.example']);
  assert.deepEqual(smtp.mails[0]?.to, ['<jane@acme.example>']);
  smtp.answers.set('RCPT TO:', '550 no such user');
  await assert.rejects(send(mail), (error) => {
    assert.ok(hasCode('MAIL_REFUSED')(error));
    assert.match(String(error), /refused every recipient: 550 no such user/);
    return true;
  });
});

test('what passes is tried again, what does not is given up', async () => {
  for (const [begin, answer, code] of [
    ['MAIL FROM', '451 try later', 'MAIL_UNREACHABLE'],
    ['MAIL FROM', '553 sender not allowed', 'MAIL_REFUSED'],
    ['.', '452 no space', 'MAIL_UNREACHABLE'],
    ['.', '554 looks like spam', 'MAIL_REFUSED'],
    ['DATA', 'HANG UP', 'MAIL_UNREACHABLE'],
    ['EHLO', 'HANG UP', 'MAIL_UNREACHABLE'],
    ['AUTH', '535 wrong password', 'MAIL_REFUSED'],
  ] as const) {
    const smtp = await startFakeSmtp();
    smtp.answers.set(begin, answer);
    const url = smtp.url.replace('//', '//jane:s%3Acret@');
    await assert.rejects(createMailer({ url, from })(mail), (error) => {
      assert.ok(hasCode(code)(error), `${begin} ${answer}: ${String(error)}`);
      assert.doesNotMatch(String(error), /s:cret/);
      return true;
    });
  }
  const nobody = `smtp://127.0.0.1:${await freePort()}`;
  await assert.rejects(createMailer({ url: nobody, from })(mail), (error) => {
    assert.ok(error instanceof MooringError && error.code === 'MAIL_UNREACHABLE');
    assert.equal(error.retryAfterMs, 60_000);
    return true;
  });
});

test('a login is sent as the server asks for it', async () => {
  const smtp = await startFakeSmtp();
  await createMailer({ url: smtp.url.replace('//', '//jane:s%3Acret@'), from })(mail);
  const line = smtp.said.find((said) => said.startsWith('AUTH PLAIN ')) ?? '';
  assert.equal(Buffer.from(line.slice('AUTH PLAIN '.length), 'base64').toString(), '\0jane\0s:cret');
});

test('without a mail server or a sender the message names the variable', async () => {
  for (const [settings, words] of [
    [{ url: undefined, from }, /MOORING_SMTP_URL is not set/],
    [{ url: 'smtp://mail.example', from: undefined }, /MOORING_MAIL_FROM is not set/],
    [{ url: 'https://user:hunter2@mail.example', from }, /MOORING_SMTP_URL is not smtp/],
    [{ url: 'smtp://mail.example', from: 'nobody' }, /no mail address: "nobody"/],
  ] as const) {
    await assert.rejects(createMailer(settings)(mail), (error) => {
      assert.ok(hasCode('MAIL_NOT_SET_UP')(error));
      assert.match(String(error), words);
      assert.doesNotMatch(String(error), /hunter2/);
      return true;
    });
  }
});
