const escape = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

const page = (title: string, body: string): string => `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(title)}</title>
<style>
body { margin: 0; font: 16px/1.5 system-ui, sans-serif; background: #f3f3f3; color: #181818; }
main { max-width: 24rem; margin: 2rem auto; padding: 1.5rem; background: #fff; border-radius: 0.5rem; }
h1 { font-size: 1.25rem; margin: 0 0 1rem; }
label { display: block; margin: 0 0 1rem; }
input { display: block; width: 100%; box-sizing: border-box; font: inherit; padding: 0.5rem; border: 1px solid #747474; border-radius: 0.25rem; }
button { font: inherit; padding: 0.5rem 1.25rem; border: 1px solid #0176d3; border-radius: 0.25rem; background: #0176d3; color: #fff; }
button.plain { background: #fff; color: #0176d3; }
.error { color: #8e030f; }
footer { color: #444; font-size: 0.8rem; margin-top: 1.5rem; }
</style>
</head>
<body><main>
${body}
<footer>This is an emulated org on your own machine.</footer>
</main></body>
</html>
`;

/** The login page; `next` is where the browser goes once logged in. */
export const loginPage = (next: string, { username = '', failed = false } = {}): string =>
  page(
    'Login',
    `<h1>Log in</h1>
${failed ? '<p class="error" role="alert">Please check your username and password. If you still can\'t log in, contact your administrator.</p>' : ''}
<form id="login_form" method="post" action="/login">
<input type="hidden" name="next" value="${escape(next)}">
<label>Username <input id="username" name="username" autocomplete="username" value="${escape(username)}" required autofocus></label>
<label>Password <input id="password" name="password" type="password" autocomplete="current-password" required></label>
<button id="Login" type="submit">Log In</button>
</form>`,
  );

/** The page that asks the user to let the app in; `request` is the query of the authorization request. */
export const consentPage = (
  app: string,
  username: string,
  orgName: string,
  scopes: readonly string[],
  request: string,
): string =>
  page(
    'Allow Access?',
    `<h1>Allow Access?</h1>
<p><strong>${escape(app)}</strong> is asking to:</p>
<ul>${scopes.map((scope) => `<li>${escape(scope)}</li>`).join('')}</ul>
<p>Do you want to allow access for <strong>${escape(username)}</strong> in the org <strong>${escape(orgName)}</strong>?
<a href="/secur/logout.jsp?next=${encodeURIComponent(`/services/oauth2/authorize?${request}`)}">Not you?</a></p>
<form id="consent_form" method="post" action="/services/oauth2/approve">
<input type="hidden" name="request" value="${escape(request)}">
<button id="oaapprove" type="submit" name="decision" value="allow">Allow</button>
<button id="oadeny" class="plain" type="submit" name="decision" value="deny">Deny</button>
</form>`,
  );

/** Shown in place of a redirect where the client or its address cannot be trusted. */
export const errorPage = (error: string, description: string): string =>
  page(
    'Authorization Error',
    `<h1>We can't authorize you because of an OAuth error.</h1>
<p class="error">error=${escape(error)}&amp;error_description=${escape(encodeURIComponent(description))}</p>
<p>${escape(description)}</p>`,
  );
