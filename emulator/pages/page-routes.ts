import type { FastifyInstance } from 'fastify';
import type { EmulatorContext } from '../context.ts';
import { accountList } from './account-list.ts';
import { accountPage } from './account-page.ts';
import { connectedApps } from './connected-apps.ts';
import { homePage } from './home-page.ts';
import { createPages } from './org-routes.ts';
import { userList } from './user-list.ts';

/** The org as people with a browser see it. Everybody who can log in is an administrator. */
export function pageRoutes(server: FastifyInstance, context: EmulatorContext): void {
  server.get('/', (_request, reply) => reply.redirect('/home', 302));
  const pages = createPages(server, context);
  for (const add of [homePage, accountList, accountPage, connectedApps, userList]) add(pages, context);
}
