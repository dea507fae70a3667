/** The file of `--report`: named before the first request, and written whatever happens then. */
import { rm } from 'node:fs/promises'
import { createPrivateFile, replacePrivateFile } from '@chatlayer-tables/local'
import { printReport, type Report } from '@chatlayer-tables/report'
import { UsageError } from '../../failures.ts'

export class ReportFile implements AsyncDisposable {
  readonly path: string
  #isWritten = false

  /** Creates the file, empty. @throws UsageError if it exists; StorageError if it cannot be created */
  constructor(path: string) {
    if (!createPrivateFile(path)) {
      throw new UsageError(
        `${path} exists`,
        'Pass another name for the report, or move the file away.',
      )
    }
    this.path = path
  }

  async write(report: Report): Promise<void> {
    await replacePrivateFile(this.path, printReport(report))
    this.#isWritten = true
  }

  /** Removes the file if there is no report. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isWritten) await rm(this.path, { force: true })
  }
}
