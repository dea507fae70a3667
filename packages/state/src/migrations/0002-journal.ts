/** Change sets, their changes, and calls of tools. */
import { type Migration, SCHEMA } from './migration.ts'

/**
 * The tables of `journal/`. A change's number is its set's times 2^31 plus its place in the set, so that
 * a set's changes are together and in order. `kind` and `state` are the codes of the journal. Times are
 * milliseconds since 1970 by the clock of the database, but for `gateway_begun` and `moment_…`: these are
 * by the gateway's clock, and null where no response had it. Values are JSON in text columns, since
 * `jsonb` changes numbers and rejects NUL; texts and ids are encoded as in `encoding.ts`.
 *
 * Personal data: `before`, `after` and `sent` of changes are values of records, without the columns that
 * the journal is set to hide, whose keyed hashes may be in `hidden` and `sent`; `content` is a hash of all
 * values of a row. `principal`, `client`, `host` and `note` of sets, and `result` of calls, may name persons.
 */
export const journal: Migration = {
  name: '0002-journal',
  sql: `
  create table journal_keys (
    name text primary key,
    value bytea not null
  );
  create sequence journal_set_numbers maxvalue 4194303;
  create table journal_sets (
    n bigint primary key,
    begun bigint not null, ended bigint, gateway_begun bigint, call bigint,
    total bigint not null default 0,
    inserted bigint not null default 0, updated bigint not null default 0,
    deleted bigint not null default 0, rejected bigint not null default 0,
    unknown bigint not null default 0, elsewhere bigint not null default 0,
    retriable bigint not null default 0, undone bigint not null default 0,
    bytes bigint not null,
    id text collate "C" not null unique,
    writer text collate "C" not null,
    tool text collate "C" not null, client text, command text, note text,
    origin text collate "C" not null, team text collate "C" not null, bot text collate "C" not null,
    table_id text collate "C" not null, table_name text collate "C" not null,
    columns text not null, version text collate "C" not null,
    undoes text collate "C", job text collate "C", principal text, host text not null
  ) with (fillfactor = 60);
  create index journal_sets_by_writer on journal_sets (writer);
  create index journal_sets_by_table on journal_sets (table_id, n);
  create index journal_sets_by_bot on journal_sets (bot, n);
  create index journal_sets_by_begin on journal_sets (begun);
  create index journal_sets_by_undone on journal_sets (undoes, n) where undoes is not null;
  create index journal_sets_by_job on journal_sets (job, n) where job is not null;
  create index journal_sets_by_call on journal_sets (call, n) where call is not null;
  create table journal_changes (
    n bigint primary key,
    at bigint not null, ended bigint,
    reverses bigint, undone_by bigint,
    moment_records bigint, moment_dates bigint, "row" bigint,
    kind smallint not null, state smallint not null,
    record bytea, content bytea,
    before text, after text, hidden text, sent text, problem text
  );
  create index journal_changes_by_record on journal_changes (record) where record is not null;
  create index journal_changes_by_content on journal_changes (content)
    where content is not null and record is null;
  create index journal_changes_anonymous on journal_changes (n)
    where content is not null and record is null;
  create table journal_renamed (
    set_n bigint not null,
    old bytea not null, new bytea not null,
    primary key (old, set_n)
  );
  create index journal_renamed_by_set on journal_renamed (set_n);
  create table journal_altered (
    set_n bigint not null,
    column_name text collate "C" not null,
    primary key (set_n, column_name)
  );
  create table journal_calls (
    n bigint generated always as identity primary key,
    begun bigint not null, ended bigint,
    digest text collate "C" not null, token text, result text
  );
  create index journal_calls_by_digest on journal_calls (digest, n);
  create index journal_calls_by_begin on journal_calls (begun);
  `,
}

/** Names of the tables with their schema, whatever the search path of a connection. */
export const JOURNAL = {
  keys: `${SCHEMA}.journal_keys`,
  setNumbers: `${SCHEMA}.journal_set_numbers`,
  sets: `${SCHEMA}.journal_sets`,
  changes: `${SCHEMA}.journal_changes`,
  renamed: `${SCHEMA}.journal_renamed`,
  altered: `${SCHEMA}.journal_altered`,
  calls: `${SCHEMA}.journal_calls`,
} as const
