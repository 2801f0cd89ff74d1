import { escapeHtml } from '../pages/html.ts';
import { narrowPage } from '../pages/layout.ts';

/** The login page; `next` is where the browser goes once logged in. */
export const loginPage = (next: string, { username = '', failed = false } = {}): string =>
  narrowPage(
    'Login',
    `<h1>Log in</h1>
${failed ? '<p class="error" role="alert">Please check your username and password. If you still can\'t log in, contact your administrator.</p>' : ''}
<form id="login_form" method="post" action="/login">
<input type="hidden" name="next" value="${escapeHtml(next)}">
<label>Username <input id="username" name="username" autocomplete="username" value="${escapeHtml(username)}" required autofocus></label>
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
  narrowPage(
    'Allow Access?',
    `<h1>Allow Access?</h1>
<p><strong>${escapeHtml(app)}</strong> is asking to:</p>
<ul>${scopes.map((scope) => `<li>${escapeHtml(scope)}</li>`).join('')}</ul>
<p>Do you want to allow access for <strong>${escapeHtml(username)}</strong> in the org <strong>${escapeHtml(orgName)}</strong>?
<a href="/secur/logout.jsp?next=${encodeURIComponent(`/services/oauth2/authorize?${request}`)}">Not you?</a></p>
<form id="consent_form" method="post" action="/services/oauth2/approve">
<input type="hidden" name="request" value="${escapeHtml(request)}">
<button id="oaapprove" type="submit" name="decision" value="allow">Allow</button>
<button id="oadeny" class="plain" type="submit" name="decision" value="deny">Deny</button>
</form>`,
  );

/** Shown in place of a redirect where the client or its address cannot be trusted. */
export const errorPage = (error: string, description: string): string =>
  narrowPage(
    'Authorization Error',
    `<h1>We can't authorize you because of an OAuth error.</h1>
<p class="error">error=${escapeHtml(error)}&amp;error_description=${escapeHtml(encodeURIComponent(description))}</p>
<p>${escapeHtml(description)}</p>`,
  );
