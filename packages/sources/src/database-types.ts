/** The types of all databases, for the documentation. Loads no library of a database. */
export type { TypeFact } from './database/type-table.ts'
export { MYSQL_TYPES } from './mysql/types.ts'
export { POSTGRES_TYPES } from './postgres/types.ts'
export { SQLITE_TYPES } from './sqlite/sqlite-types.ts'
export { TARGET_TYPES } from './target/holders.ts'
