/** What the processes of one token learn of its rate limit: see pace/shared-pace.ts. */
import type { Migration } from './migration.ts'

export const pace: Migration = {
  name: '0005-pace',
  sql: `
    -- Tokens are only kept as hashes with this key.
    create table pace_key (
      only_one boolean primary key default true check (only_one),
      key bytea not null
    );
    insert into pace_key (key)
      select decode(replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 'hex');

    -- Unlogged, both: of no use after some seconds or minutes, so a crash of the server may empty them,
    -- and what is written twice a second costs no write-ahead log.

    -- The agreed limit of each token, in requests a second; null where there is none.
    create unlogged table pace_limits (
      token_hash bytea primary key,
      agreed double precision,
      changed timestamptz not null
    ) with (fillfactor = 50);

    -- The latest report of each client.
    create unlogged table pace_reports (
      client uuid primary key,
      number bigint not null generated always as identity,
      token_hash bytea not null,
      serial integer not null,
      own_limit double precision,
      used double precision not null,
      is_held_back boolean not null,
      pause_ms double precision not null,
      reported timestamptz not null
    ) with (fillfactor = 50);
    create index pace_reports_by_token on pace_reports (token_hash);
  `,
}
