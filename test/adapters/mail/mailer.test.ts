import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMailer, type Mail } from '../../../adapters/mail/mailer.ts';
import { MooringError } from '../../../domain/errors.ts';
import { freePort } from '../../../services/free-port.ts';
import { hasCode } from '../../errors.ts';
import { startMailServer } from '../../mail-server.ts';

const from = 'mooring@acme.example';
const mail: Mail = {
  id: '7',
  event: 'sync/acme/1',
  recipients: ['jane@acme.example', 'joe@acme.example'],
  subject: '[Mooring] acme must be authorized again',
  body: 'Grüße.\n.\nA line with a dot before it.\n',
  createdAt: new Date('2026-11-23T01:02:03Z'),
};

/** The settings' address with a login whose password needs to be escaped. */
const withLogin = (url: string): string => url.replace('//', '//jane:s%3Acret@');

test('a mail arrives with its sender, recipients, subject and text, umlauts and lone dots included', async () => {
  const server = await startMailServer();
  assert.deepEqual(await createMailer({ url: server.url, from })(mail), []);
  const [received] = server.mails;
  assert.deepEqual(received?.to, ['jane@acme.example', 'joe@acme.example']);
  assert.equal(received.from, from);
  assert.equal(received.body.replaceAll('\r\n', '\n'), mail.body);
  assert.match(received.headers, /^From: Mooring <mooring@acme\.example>$/m);
  assert.match(received.headers, /^Subject: \[Mooring\] acme must be authorized again$/m);
  assert.match(received.headers, /^To: jane@acme\.example, joe@acme\.example$/m);
  assert.match(received.headers, /^Date: Mon, 23 Nov 2026 01:02:03 \+0000$/m);
  assert.match(received.headers, /^Message-ID: <mooring\.7\.\d+@acme\.example>$/m);
  assert.match(received.headers, /^Auto-Submitted: auto-generated$/m);
});

test('the same mail has the same Message-ID each time, so that one that comes twice is recognized', async () => {
  const server = await startMailServer();
  const send = createMailer({ url: server.url, from });
  await send(mail);
  await send(mail);
  const ids = server.mails.map(({ headers }) => /^Message-ID: .*$/m.exec(headers)?.[0]);
  assert.equal(ids.length, 2);
  assert.equal(ids[0], ids[1]);
});

test('who is refused is named, and the others get their mail; without any recipient it is refused', async () => {
  const server = await startMailServer();
  const send = createMailer({ url: server.url, from });
  server.refusals.set('RCPT TO', { code: 550, text: 'no such user', of: 'joe@acme.example' });
  assert.deepEqual(await send(mail), ['joe@acme.example']);
  assert.deepEqual(server.mails[0]?.to, ['jane@acme.example']);
  server.refusals.set('RCPT TO', { code: 550, text: 'no such user' });
  await assert.rejects(send(mail), (error) => {
    assert.ok(hasCode('MAIL_REFUSED')(error));
    assert.match(String(error), /refused the mail: .*550 no such user/);
    return true;
  });
});

test('what passes is tried again, what does not is given up', async () => {
  for (const [stage, refusal, code] of [
    ['CONNECT', { code: 421, text: 'too busy' }, 'MAIL_UNREACHABLE'],
    ['CONNECT', { code: 554, text: 'blocked' }, 'MAIL_REFUSED'],
    ['AUTH', { code: 535, text: 'wrong password' }, 'MAIL_REFUSED'],
    ['AUTH', { code: 454, text: 'not now' }, 'MAIL_UNREACHABLE'],
    ['MAIL FROM', { code: 451, text: 'try later' }, 'MAIL_UNREACHABLE'],
    ['MAIL FROM', { code: 553, text: 'sender not allowed' }, 'MAIL_REFUSED'],
    ['RCPT TO', { text: 'gone' }, 'MAIL_UNREACHABLE'],
    ['DATA', { code: 452, text: 'no space' }, 'MAIL_UNREACHABLE'],
    ['DATA', { code: 554, text: 'looks like spam' }, 'MAIL_REFUSED'],
    ['DATA', { text: 'gone' }, 'MAIL_UNREACHABLE'],
  ] as const) {
    const server = await startMailServer();
    server.refusals.set(stage, refusal);
    await assert.rejects(createMailer({ url: withLogin(server.url), from })(mail), (error) => {
      assert.ok(hasCode(code)(error), `${stage} ${refusal.text}: ${String(error)}`);
      assert.doesNotMatch(String(error), /s:cret/);
      return true;
    });
    assert.deepEqual(server.mails, []);
  }
  const nobody = `smtp://127.0.0.1:${await freePort()}`;
  await assert.rejects(createMailer({ url: nobody, from })(mail), (error) => {
    assert.ok(error instanceof MooringError && error.code === 'MAIL_UNREACHABLE');
    assert.equal(error.retryAfterMs, 60_000);
    return true;
  });
});

test('a login travels encrypted wherever the server offers it', async () => {
  for (const encryption of ['starttls', 'smtps'] as const) {
    const { url, authority, ...server } = await startMailServer(encryption);
    assert.deepEqual(await createMailer({ url: withLogin(url), from, authority })(mail), []);
    assert.deepEqual(server.logins, [{ user: 'jane', password: 's:cret', isEncrypted: true }]);
    assert.equal(server.mails[0]?.isEncrypted, true);
  }
});

test('a server with a certificate of nobody we know gets neither login nor mail', async () => {
  for (const encryption of ['starttls', 'smtps'] as const) {
    const server = await startMailServer(encryption);
    await assert.rejects(createMailer({ url: withLogin(server.url), from })(mail), (error) => {
      assert.ok(hasCode('MAIL_UNREACHABLE')(error));
      assert.match(String(error), /self-signed certificate/);
      return true;
    });
    assert.deepEqual([server.logins, server.mails], [[], []]);
  }
});

test('an unencrypted server elsewhere is sent no password', async () => {
  const server = await startMailServer('none');
  const elsewhere = withLogin(server.url).replace('127.0.0.1', '[::ffff:127.0.0.1]'); // not known to be this machine
  await assert.rejects(createMailer({ url: elsewhere, from })(mail), (error) => {
    assert.ok(hasCode('MAIL_NOT_SET_UP')(error), String(error));
    assert.match(String(error), /offers no encryption/);
    return true;
  });
  assert.deepEqual([server.logins, server.mails], [[], []]);
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
