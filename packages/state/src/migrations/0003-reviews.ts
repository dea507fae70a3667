/** Writes that wait for a person. */
import { type Migration, SCHEMA } from './migration.ts'

/**
 * The tables of `reviews/`. Times are milliseconds since 1970 by the clock of the database. JSON is text;
 * texts are encoded as in `encoding.ts`. `last_change` names the last call that set columns.
 *
 * Personal data: `call`, `facts` and `shown` have values of records, as a person is shown them; masked
 * and hidden values are not in `shown`. `principal`, `note` and `decision_note` may name persons. Of
 * one-time values there are hashes only. All of it is deleted a day after the review was created.
 */
export const reviews: Migration = {
  name: '0003-reviews',
  sql: `
  create table reviews (
    n bigint generated always as identity primary key,
    bytes bigint not null,
    created bigint not null, expires bigint not null,
    decided bigint, claimed bigint, nonce_created bigint,
    can_tick smallint not null,
    last_change uuid not null,
    id text collate "C" not null unique,
    state text not null,
    program text not null, client text, command text not null,
    place text not null, principal text,
    table_name text not null, version text not null,
    call text not null, bound text not null, facts text not null, note text,
    row_counts text not null, digest text not null, salt text not null,
    nonce_hash text, way text, decision_note text, ticked text, result text
  );
  create table review_rows (
    review bigint not null references reviews on delete cascade,
    set_n integer not null, place integer not null,
    digest text not null, shown text not null,
    primary key (review, set_n, place)
  );
  `,
}

/** Names of the tables with their schema, whatever the search path of a connection. */
export const REVIEWS = {
  reviews: `${SCHEMA}.reviews`,
  rows: `${SCHEMA}.review_rows`,
} as const
