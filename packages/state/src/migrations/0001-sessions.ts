/** Processes that use the database, and their locks. */
import type { Migration } from './migration.ts'

export const sessions: Migration = {
  name: '0001-sessions',
  sql: `
    create table sessions (
      id bigint generated always as identity primary key,
      host text not null,
      program text not null,
      principal text,
      pid integer not null,
      begun timestamptz not null default clock_timestamp(),
      renewed timestamptz not null default clock_timestamp(),
      expires timestamptz not null,
      -- How long after that it may still come back, since it waits for a database that went away.
      patience interval not null,
      -- Since when another process has waited for a renewal, after the lease ran out.
      suspected timestamptz,
      -- Ended by another process. Nothing is committed under it any more.
      dead boolean not null default false
    ) with (fillfactor = 50);

    create table locks (
      kind text not null,
      name text not null,
      -- Null where it is free.
      session bigint references sessions on delete set null,
      -- Tells one taking from the next of the same session.
      token uuid not null,
      taken timestamptz not null default clock_timestamp(),
      -- The number of the last commit under it, of those that are numbered.
      last_commit bigint not null default 0,
      primary key (kind, name)
    );
    create index locks_session on locks (session) where session is not null;
  `,
}
