/** Jobs, the states of their rows, and their files. */
import { type Migration, SCHEMA } from './migration.ts'

/**
 * The tables of `jobs/`. JSON is text. A job is a part of its own, with the empty name. Rows and problems,
 * of which there are many, have no foreign keys: they are deleted with their part.
 *
 * Personal data: `job_facts`, `job_problems` and `job_file_pieces` may have values of records, as the files
 * of a job on a machine have. `principal` may name a person. What only an unfinished job needs is deleted
 * once it is done; the rest when the job is removed.
 */
export const jobs: Migration = {
  name: '0004-jobs',
  sql: `
    create table jobs (
      id text collate "C" primary key,
      -- Others see the job from then on.
      begun boolean not null default false,
      done boolean not null default false,
      -- Of the schema that the job has on a machine.
      format integer,
      -- Grows with each write, and when the job is taken over.
      version bigint not null default 0,
      created timestamptz not null default clock_timestamp(),
      updated timestamptz not null default clock_timestamp(),
      host text not null,
      principal text,
      figures text
    ) with (fillfactor = 50);

    create table job_parts (
      key bigint generated always as identity primary key,
      job text collate "C" not null references jobs on delete cascade,
      part text collate "C" not null,
      unique (job, part)
    );
    create table job_facts (
      part bigint not null references job_parts on delete cascade,
      name text not null,
      value text not null,
      primary key (part, name)
    );
    create table job_marks (
      part bigint not null references job_parts on delete cascade,
      id integer not null,
      first bigint not null, through bigint not null,
      records double precision, dates double precision,
      primary key (part, id)
    );
    create table job_rows (
      part bigint not null,
      n bigint not null,
      state smallint not null,
      id bytea, content bytea,
      primary key (part, n)
    );
    create table job_problems (
      part bigint not null,
      n bigint not null,
      detail text not null,
      primary key (part, n)
    );
    create table job_files (
      key bigint generated always as identity primary key,
      part bigint not null references job_parts on delete cascade,
      name text collate "C" not null,
      -- Null until all of it is there.
      size bigint, sha256 text,
      unique (part, name)
    );
    create table job_file_pieces (
      file bigint not null references job_files on delete cascade,
      n integer not null,
      bytes bytea not null,
      primary key (file, n)
    );
  `,
}

/** Names of the tables with their schema, whatever the search path of a connection. */
export const JOBS = {
  jobs: `${SCHEMA}.jobs`,
  parts: `${SCHEMA}.job_parts`,
  facts: `${SCHEMA}.job_facts`,
  marks: `${SCHEMA}.job_marks`,
  rows: `${SCHEMA}.job_rows`,
  problems: `${SCHEMA}.job_problems`,
  files: `${SCHEMA}.job_files`,
  pieces: `${SCHEMA}.job_file_pieces`,
  locks: `${SCHEMA}.locks`,
  sessions: `${SCHEMA}.sessions`,
} as const
