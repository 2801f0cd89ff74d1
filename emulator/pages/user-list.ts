import type { EmulatorContext } from '../context.ts';
import { identifier } from '../data/sql.ts';
import type { Person } from '../oauth/people.ts';
import { tokenField } from './browser-session.ts';
import { html, type Html } from './html.ts';
import type { Form, Pages } from './org-routes.ts';

const PATH = '/setup/users';
/** Users shown: those who can log in first, then others by name. */
const MOST_USERS = 100;

interface UserRow {
  readonly Id: string;
  readonly Name: string;
  readonly Username: string;
  readonly IsActive: boolean;
  /** Null for those who have no password here, so cannot log in anyway. */
  readonly frozen: boolean | null;
}

type Action = 'freeze' | 'unfreeze' | 'deactivate' | 'reactivate';

const NOTICES: Readonly<Record<Action | 'yourself' | 'nobody', string>> = {
  freeze: 'Frozen. The user cannot log in, and tokens in the user’s name are refused.',
  unfreeze: 'Unfrozen. The user can log in again.',
  deactivate: 'Deactivated. The user cannot log in, and tokens in the user’s name are refused.',
  reactivate: 'Reactivated. The user can log in again.',
  yourself: 'You cannot freeze or deactivate yourself. Log in as another user.',
  nobody: 'The org has no such user.',
};

const LABELS: Readonly<Record<Action, string>> = {
  freeze: 'Freeze',
  unfreeze: 'Unfreeze',
  deactivate: 'Deactivate',
  reactivate: 'Reactivate',
};

const isNotice = (name: string): name is keyof typeof NOTICES => Object.hasOwn(NOTICES, name);
const isAction = (name: string): name is Action => Object.hasOwn(LABELS, name);

/** `/setup/users`: the users of the org; buttons freeze, deactivate and let them in again. */
export function userList(pages: Pages, context: EmulatorContext): void {
  pages.page(PATH, PATH, async ({ person, request, query }) => {
    const users = await readUsers(context, person);
    const done = query['done'] ?? '';
    const token = tokenField(request);
    return {
      title: 'Users',
      notice: isNotice(done) ? NOTICES[done] : undefined,
      body: html`<section>
        <table>
          <thead>
            <tr>
              <th scope="col">Full Name</th>
              <th scope="col">Username</th>
              <th scope="col">Status</th>
              <th scope="col">Action</th>
            </tr>
          </thead>
          <tbody>
            ${users.map((user) => userLine(user, token))}
          </tbody>
        </table>
        ${users.length < MOST_USERS ? '' : html`<p>Only the first ${MOST_USERS} are shown.</p>`}
      </section>`,
    };
  });

  pages.button(PATH, PATH, async ({ person }, { user_id: userId = '', action = '' }: Form) => {
    if (!isAction(action)) return PATH;
    return `${PATH}?done=${await change(context, person, userId, action)}`;
  });
}

async function readUsers({ pool }: EmulatorContext, { org }: Person): Promise<UserRow[]> {
  const { rows } = await pool.query<UserRow>(
    `SELECT u."Id", u."Name", u."Username", u."IsActive", l.frozen FROM ${identifier(org.schema)}."User" u
     LEFT JOIN emulator.login l ON l.org_id = $1 AND l.user_id = u."Id"
     WHERE u."UserType" = 'Standard' ORDER BY l.username IS NULL, l.username, u."Name", u."Id" LIMIT ${MOST_USERS}`,
    [org.id],
  );
  return rows;
}

/** Freezing is a mark on the login, deactivating a change of the User record in the name of whoever does it. */
async function change(
  { pool }: EmulatorContext,
  { org, userId: self }: Person,
  userId: string,
  action: Action,
): Promise<keyof typeof NOTICES> {
  if (userId === self && (action === 'freeze' || action === 'deactivate')) return 'yourself';
  if (action === 'freeze' || action === 'unfreeze') {
    const { rowCount } = await pool.query('UPDATE emulator.login SET frozen = $3 WHERE org_id = $1 AND user_id = $2', [
      org.id,
      userId,
      action === 'freeze',
    ]);
    return rowCount === 0 ? 'nobody' : action;
  }
  const { rowCount } = await pool.query(
    `UPDATE ${identifier(org.schema)}."User" SET "IsActive" = $2
     WHERE "Id" = $1 AND set_config('emulator.user_id', $3, true) IS NOT NULL`,
    [userId, action === 'reactivate', self],
  );
  return rowCount === 0 ? 'nobody' : action;
}

function userLine({ Id, Name, Username, IsActive, frozen }: UserRow, token: Html): Html {
  const actions: readonly Action[] = [
    ...(frozen === null ? [] : ([frozen ? 'unfreeze' : 'freeze'] as const)),
    IsActive ? 'deactivate' : 'reactivate',
  ];
  const status = [IsActive ? 'Active' : 'Inactive', ...(frozen === true ? ['Frozen'] : [])].join(', ');
  return html`<tr>
    <th scope="row">${Name}</th>
    <td data-label="Username">${Username}</td>
    <td data-label="Status">${status}</td>
    <td>
      ${actions.map(
        (action) =>
          html`<form method="post" action="${PATH}">
            ${token}<input type="hidden" name="user_id" value="${Id}" />
            <input type="hidden" name="action" value="${action}" />
            <button type="submit" class="plain" aria-label="${LABELS[action]} ${Username}">${LABELS[action]}</button>
          </form>`,
      )}
    </td>
  </tr>`;
}
