import type { Org } from '../org.ts';

/** Which orgs' people may log in at a host. */
export type HostRole =
  | { readonly kind: 'any' }
  | { readonly kind: 'production' }
  | { readonly kind: 'sandbox' }
  | { readonly kind: 'myDomain'; readonly name: string };

/** Returns what a `Host` header stands for: login, test, a My Domain (`acme.my.salesforce.com`), or just this emulator. */
export function roleOfHost(host: string | undefined): HostRole {
  const name = (host ?? '').toLowerCase().replace(/:\d+$/, '');
  if (name === 'login.salesforce.com') return { kind: 'production' };
  if (name === 'test.salesforce.com') return { kind: 'sandbox' };
  const domain = /^([^.]+)(?:\.sandbox)?\.my\.salesforce\.com$/.exec(name)?.[1];
  return domain === undefined ? { kind: 'any' } : { kind: 'myDomain', name: domain };
}

/** Whether people of the org may log in at a host. A sandbox's My Domain is `company--sandbox`. */
export function admits(role: HostRole, org: Org): boolean {
  switch (role.kind) {
    case 'any':
      return true;
    case 'production':
      return !org.isSandbox;
    case 'sandbox':
      return org.isSandbox;
    case 'myDomain':
      return role.name === org.name;
  }
}
