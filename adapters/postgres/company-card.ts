import {
  MOST_LISTED,
  type BoundedList,
  type CardPerson,
  type CardRelationship,
  type CompanyCard,
} from '../../domain/company-card.ts';
import { qualified } from './page-sql.ts';
import type { Pool } from './pool.ts';

export interface CompanyKey {
  readonly connectionId: string;
  /** Schema of the connection's model. */
  readonly schema: string;
  readonly companyId: string;
}

/** Returns what the card of a company shows, or `undefined` when it has gone. Three look-ups by index, side by side. */
export const createReadCompanyCard =
  (pool: Pool) =>
  async (key: CompanyKey): Promise<CompanyCard | undefined> => {
    const [company, people, relationships] = await Promise.all([
      readCompany(pool, key),
      readPeople(pool, key),
      readRelationships(pool, key),
    ]);
    return company && { ...company, people, relationships };
  };

async function readCompany(pool: Pool, { connectionId, companyId, ...place }: CompanyKey) {
  const { rows } = await pool.query<Omit<CompanyCard, 'people' | 'relationships'>>(
    `SELECT c.name, c.company_type AS type, c.industry, c.status, c.stage, c.billing_city AS city, c.billing_country AS country,
            c.website, c.phone, c.employees, c.annual_revenue::text AS "annualRevenue", c.arr::text, c.mrr::text, c.currency,
            c.renewal_date::text AS "renewalDate", p.name AS parent, o.name AS owner, s.name AS csm, c.updated_at AS "updatedAt"
       FROM ${qualified(place, 'company')} c
       LEFT JOIN ${qualified(place, 'company')} p ON p.id = c.parent_company_id AND p.deleted_at IS NULL
       LEFT JOIN ${qualified(place, 'app_user')} o ON o.id = c.owner_user_id
       LEFT JOIN ${qualified(place, 'app_user')} s ON s.id = c.csm_user_id
      WHERE c.connection_id = $1 AND c.id = $2 AND c.deleted_at IS NULL`,
    [connectionId, companyId],
  );
  return rows[0];
}

async function readPeople(pool: Pool, { connectionId, companyId, ...place }: CompanyKey) {
  const { rows } = await pool.query<CardPerson & { total: number }>(
    `SELECT p.name, cp.title, cp.department, p.email, coalesce(cp.phone, p.mobile_phone) AS phone, count(*) OVER ()::integer AS total
       FROM ${qualified(place, 'company_person')} cp JOIN ${qualified(place, 'person')} p ON p.id = cp.person_id
      WHERE cp.company_id = $2 AND cp.connection_id = $1 AND cp.deleted_at IS NULL AND p.deleted_at IS NULL
      ORDER BY p.name, cp.id LIMIT ${MOST_LISTED}`,
    [connectionId, companyId],
  );
  return bounded(rows);
}

/** The next to be renewed first. */
async function readRelationships(pool: Pool, { connectionId, companyId, ...place }: CompanyKey) {
  const { rows } = await pool.query<CardRelationship & { total: number }>(
    `SELECT r.name, t.name AS type, r.status, r.stage, r.arr::text, r.currency, r.renewal_date::text AS "renewalDate",
            count(*) OVER ()::integer AS total
       FROM ${qualified(place, 'relationship')} r
       LEFT JOIN ${qualified(place, 'relationship_type')} t ON t.id = r.relationship_type_id
      WHERE r.company_id = $2 AND r.connection_id = $1 AND r.deleted_at IS NULL
      ORDER BY r.renewal_date NULLS LAST, r.name, r.id LIMIT ${MOST_LISTED}`,
    [connectionId, companyId],
  );
  return bounded(rows);
}

const bounded = <Item extends object>(rows: readonly (Item & { readonly total: number })[]): BoundedList<Item> => ({
  shown: rows,
  total: rows[0]?.total ?? 0,
});
