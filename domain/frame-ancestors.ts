import { trustedOrigin } from './instance-url.ts';

/** A My Domain host: the name, with the sandbox behind `--`; then, for all but production, the kind of org (`sandbox`, `develop`…). */
const MY_DOMAIN = /^([a-z0-9-]+)((?:\.[a-z0-9-]+)?)\.my\.salesforce\.com$/;

/**
 * Returns the origins of the pages of an org that may frame the widget, or none when the instance URL is not to be trusted.
 *
 * From the My Domain follow the hosts of Salesforce Classic, of Lightning pages, of Visualforce pages that are not part of a package, and
 * of Setup, where the Canvas app previewer is. An org on loopback has one host for everything.
 *
 * @param instanceUrl - what the org told at the last authorization
 * @param loginUrl - origin from the connection's configuration
 * @see https://help.salesforce.com/s/articleView?id=sf.domain_name_enhanced.htm
 */
export function frameAncestorsOf(instanceUrl: string, loginUrl: string): readonly string[] {
  const origin = trustedOrigin(instanceUrl, loginUrl);
  if (origin === undefined) return [];
  const [, name, kind = ''] = MY_DOMAIN.exec(new URL(origin).hostname) ?? [];
  if (name === undefined) return [origin];
  return [
    origin,
    `https://${name}${kind}.lightning.force.com`,
    `https://${name}--c${kind}.vf.force.com`,
    `https://${name}${kind}.my.salesforce-setup.com`,
  ];
}
