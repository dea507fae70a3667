/** Queued projects: their files, progress and logs. The queue itself is in a schema of pg-boss. */
import type { Migration } from './migration.ts'

export const projects: Migration = {
  name: '0006-projects',
  sql: `
    create table queue_runs (
      job uuid primary key,
      -- The claim of pg-boss that this row is about; whether that worker has said how it ended.
      attempt integer not null,
      settled boolean not null default false,
      failures integer not null default 0,
      lost integer not null default 0,
      host text not null,
      pid integer not null,
      begun_at timestamptz not null default clock_timestamp(),
      updated_at timestamptz not null default clock_timestamp(),
      reason text,
      transfer_job text,
      progress jsonb,
      lines bigint not null default 0
    );
    create table queue_lines (
      job uuid not null,
      number bigint not null,
      at timestamptz not null default clock_timestamp(),
      text text not null,
      primary key (job, number)
    );
    create table queue_files (
      digest text primary key,
      content bytea not null,
      used_at timestamptz not null default clock_timestamp()
    );
  `,
}
