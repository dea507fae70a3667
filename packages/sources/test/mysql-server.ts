/** The MySQL or MariaDB server of the tests, where `CLT_TEST_MYSQL_URL` names one. */
import { randomBytes } from 'node:crypto'
import mysql from 'mysql2/promise'

/** An address such as `mysql://root@127.0.0.1:3306`, without a database. */
export const MYSQL_URL = process.env.CLT_TEST_MYSQL_URL || undefined

/** For the name of a test, so that a report says why tests were skipped. */
export const NEEDS_MYSQL = 'needs CLT_TEST_MYSQL_URL'

export interface MysqlDatabase extends AsyncDisposable {
  /** The address of the database. */
  readonly url: string
  readonly name: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** The variable of the password, if there is one. */
  readonly password: Readonly<Record<string, string>>
  run(sql: string, values?: readonly unknown[]): Promise<unknown[]>
}

/** Makes a database of its own. It is removed at the end. */
export async function makeMysqlDatabase(): Promise<MysqlDatabase> {
  const server = new URL(MYSQL_URL ?? '')
  const name = `clt_test_${randomBytes(6).toString('hex')}`
  const connection = await mysql.createConnection({
    host: server.hostname,
    port: Number(server.port || 3306),
    user: decodeURIComponent(server.username),
    password: process.env.MYSQL_PWD ?? '',
    charset: 'utf8mb4',
  })
  await connection.query(`create database \`${name}\` character set utf8mb4`)
  await connection.changeUser({ database: name })
  return {
    name,
    url: `mysql://${server.username}@${server.host}/${name}`,
    env: process.env,
    password: process.env.MYSQL_PWD === undefined ? {} : { MYSQL_PWD: process.env.MYSQL_PWD },
    async run(sql, values = []) {
      const [rows] = await connection.query(sql, [...values])
      return Array.isArray(rows) ? rows : []
    },
    async [Symbol.asyncDispose]() {
      try {
        await connection.query(`drop database \`${name}\``)
      } finally {
        connection.destroy()
      }
    },
  }
}
