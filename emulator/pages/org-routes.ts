import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { EmulatorContext } from '../context.ts';
import type { Person } from '../oauth/people.ts';
import { hasFormToken, sendHtml, sendLogin, visitorOf } from './browser-session.ts';
import { html } from './html.ts';
import { orgPage, type OrgPage } from './layout.ts';

/** What a page is made of, but for who looks at it. */
export type PageContent = Omit<OrgPage, 'person' | 'at'>;

export type Form = Readonly<Record<string, string | undefined>>;

/** The parts of a request that pages read; what stands twice is not looked at. */
export interface Visit {
  readonly person: Person;
  readonly request: FastifyRequest;
  readonly parameters: Readonly<Record<string, string>>;
  readonly query: Form;
}

const texts = (values: unknown): Record<string, string> =>
  Object.fromEntries(
    Object.entries((values ?? {}) as Record<string, unknown>).flatMap(([name, value]) =>
      typeof value === 'string' ? [[name, value] as const] : [],
    ),
  );

const notFound: PageContent = {
  title: 'Page not found',
  body: html`<section><p>The org has nothing at this address. It may have been deleted.</p></section>`,
};

const forbidden: PageContent = {
  title: 'Not done',
  body: html`<section><p>The form is not of this session. Open the page again.</p></section>`,
};

/** Adds pages of an org, and what their buttons do: for those who have logged in, all others are asked to. */
export function createPages(server: FastifyInstance, context: EmulatorContext) {
  const visit = (request: FastifyRequest, person: Person): Visit => ({
    person,
    request,
    parameters: texts(request.params),
    query: texts(request.query),
  });
  const send = (reply: FastifyReply, status: number, page: OrgPage): FastifyReply =>
    sendHtml(reply, status, orgPage(page));

  return {
    /** @param show - undefined when there is nothing to show */
    page(path: string, at: OrgPage['at'], show: (visit: Visit) => Promise<PageContent | undefined>): void {
      server.get(path, async (request, reply) => {
        const person = await visitorOf(context, request);
        if (person === undefined) return sendLogin(request, reply);
        const content = await show(visit(request, person));
        if (content === undefined) return send(reply, 404, { ...notFound, person, at });
        return send(reply, 200, { ...content, person, at });
      });
    },

    /** @param act - does it, and returns the path of the page that shows what came of it */
    button(path: string, at: OrgPage['at'], act: (visit: Visit, form: Form) => Promise<string>): void {
      server.post(path, async (request, reply) => {
        const person = await visitorOf(context, request);
        if (person === undefined) return sendLogin(request, reply);
        if (!hasFormToken(request)) return send(reply, 403, { ...forbidden, person, at });
        return reply.redirect(await act(visit(request, person), texts(request.body)), 303);
      });
    },
  };
}

export type Pages = ReturnType<typeof createPages>;
