/**
 * The calls that some tasks would take with other servers, as far as the names, descriptions and input
 * schemas of their tools tell. Nothing of this was run: that requires accounts. The versions are those
 * of `servers.json`; check the numbers when measuring again.
 */

/** The servers in the order of `servers.json`. */
export const COMPARED_SERVERS = ['Airtable', 'Notion', 'NocoDB', 'MongoDB'] as const

export type ComparedServer = (typeof COMPARED_SERVERS)[number]

/** The tasks of the page that are compared. */
export type ComparedTask = 'count' | 'largest' | 'correct' | 'raise' | 'insert' | 'delete' | 'undo'

const ALL = 'reads all records'

export const COMPARED_CALLS: Readonly<
  Record<
    ComparedTask,
    { readonly asked: string; readonly calls: Readonly<Record<ComparedServer, string>> }
  >
> = {
  count: {
    asked: 'Count the records that match',
    calls: {
      Airtable: '1, reads all matches',
      Notion: '1 per 100 matches',
      NocoDB: '1 per page',
      MongoDB: '1',
    },
  },
  largest: {
    asked: 'Sum by group, the ten largest',
    calls: { Airtable: ALL, Notion: ALL, NocoDB: ALL, MongoDB: '1' },
  },
  correct: {
    asked: 'Correct 30 records by key',
    calls: { Airtable: '1 + 3', Notion: '1 + 30', NocoDB: '1 + 30', MongoDB: '30' },
  },
  raise: {
    asked: 'Raise 81 prices by 10%',
    calls: { Airtable: '1 + 9', Notion: '1 + 81', NocoDB: '1 + 81', MongoDB: '1' },
  },
  insert: {
    asked: 'Insert 8 records',
    calls: { Airtable: '8', Notion: '8', NocoDB: '1', MongoDB: '1' },
  },
  delete: {
    asked: 'Delete records that match',
    calls: { Airtable: '1 + 1', Notion: '1 + 1 each', NocoDB: '1 + 1', MongoDB: '1' },
  },
  undo: {
    asked: 'Undo a delete',
    calls: { Airtable: 'no tool', Notion: '1 each', NocoDB: 'no tool', MongoDB: 'no tool' },
  },
}
