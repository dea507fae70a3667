/** Small texts that expire: see notes/notes.ts. */
import type { Migration } from './migration.ts'

export const notes: Migration = {
  name: '0007-notes',
  sql: `
    create table notes (
      kind text not null,
      owner text not null,
      key text not null,
      text text not null,
      expires_at timestamptz not null,
      mark text not null,
      primary key (kind, owner, key)
    );
    create index notes_by_expiry on notes (expires_at);
  `,
}
